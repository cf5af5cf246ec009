-- Proofs of consent go when the policy's rule for them says so; the ledger keeps their leaves. The
-- need of a suppressed address is looked at again.
ALTER TABLE suppression ADD COLUMN reviewed_at timestamptz;

SELECT pg_temp.varsam_grant('DELETE', 'TABLE consent_event');
SELECT pg_temp.varsam_grant('DELETE', 'TABLE confirmation');
SELECT pg_temp.varsam_grant('UPDATE, DELETE', 'TABLE suppression');
