-- A feed that has fallen silent is unknown again. Of those heard so far nobody knows when: until
-- they are read again.
ALTER TABLE heard_system ADD COLUMN heard_at timestamptz NOT NULL DEFAULT '-infinity';
SELECT pg_temp.varsam_grant('UPDATE', 'TABLE heard_system');
