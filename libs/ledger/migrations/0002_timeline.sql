-- The timeline of the cluster on which this log was last known to be whole. A cluster that comes
-- back from a backup, or a standby that takes over, continues on another one: then what happened
-- since may be missing here, and no port opens before the replay list has been gone through.

CREATE TABLE ledger_timeline (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  timeline    integer NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO ledger_timeline (timeline)
VALUES (('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer);

SELECT pg_temp.varsam_grant('SELECT, UPDATE', 'TABLE ledger_timeline');
