-- The log of a service: entries, the tiles over them, and the one row that orders all writers.

CREATE TABLE ledger_entry (
  index      bigint PRIMARY KEY CHECK (index >= 0),
  kind       text COLLATE "C" NOT NULL,
  at         timestamptz NOT NULL,
  commitment bytea NOT NULL CHECK (length(commitment) = 32),
  leaf_hash  bytea NOT NULL CHECK (length(leaf_hash) = 32),
  salt       bytea,
  payload    bytea,
  CHECK ((salt IS NULL) = (payload IS NULL))
);

-- A row for every full tile: its 256 hashes, and the root of them, which is one hash of the level
-- above.
CREATE TABLE ledger_tile (
  level  integer NOT NULL,
  index  bigint NOT NULL,
  hashes bytea NOT NULL CHECK (length(hashes) = 8192),
  root   bytea NOT NULL CHECK (length(root) = 32),
  PRIMARY KEY (level, index)
);
ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Signed checkpoints along the way, at least one per tile: they tell where a rewritten history
-- forks.
CREATE TABLE ledger_checkpoint (
  size bigint PRIMARY KEY,
  note text NOT NULL
);

CREATE TABLE ledger_head (
  singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  size       bigint NOT NULL,
  edge       bytea NOT NULL,
  last_at    timestamptz NOT NULL,
  checkpoint text NOT NULL
);
INSERT INTO ledger_head (size, edge, last_at, checkpoint)
VALUES (0, '', 'epoch'::timestamptz, '');

-- Which entries have lost payload and salt, and why. The leaf stays.
CREATE TABLE ledger_erasure (
  index     bigint PRIMARY KEY,
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason    text NOT NULL
);

-- Stores a full tile from the hashes below it. Sequential scans are off because the plan is kept
-- and may have been made when the table was small.
CREATE FUNCTION ledger_store_tile(tile_level integer, tile_index bigint, tile_root bytea)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  gathered bytea;
BEGIN
  IF tile_level = 0 THEN
    SELECT string_agg(e.leaf_hash, ''::bytea ORDER BY e.index) INTO gathered
      FROM ledger_entry e
     WHERE e.index >= tile_index * 256 AND e.index < (tile_index + 1) * 256;
  ELSE
    SELECT string_agg(t.root, ''::bytea ORDER BY t.index) INTO gathered
      FROM ledger_tile t
     WHERE t.level = tile_level - 1
       AND t.index >= tile_index * 256 AND t.index < (tile_index + 1) * 256;
  END IF;
  INSERT INTO ledger_tile (level, index, hashes, root)
  VALUES (tile_level, tile_index, gathered, tile_root);
END $$;

-- Removes what an entry says, never that it was. The only way in which a written entry changes; it
-- runs with the owner's rights, the service itself has none to update or delete.
CREATE FUNCTION ledger_erase(entries bigint[], why text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  done bigint;
BEGIN
  WITH erased AS (
    UPDATE ledger_entry SET payload = NULL, salt = NULL
     WHERE index = ANY (entries) AND payload IS NOT NULL
    RETURNING index
  ), recorded AS (
    INSERT INTO ledger_erasure (index, reason) SELECT e.index, why FROM erased e
    RETURNING 1
  )
  SELECT count(*) INTO done FROM recorded;
  RETURN done;
END $$;
REVOKE ALL ON FUNCTION ledger_erase(bigint[], text) FROM PUBLIC;

SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE ledger_entry');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE ledger_tile');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE ledger_checkpoint');
SELECT pg_temp.varsam_grant('SELECT, UPDATE', 'TABLE ledger_head');
SELECT pg_temp.varsam_grant('SELECT', 'TABLE ledger_erasure');
SELECT pg_temp.varsam_grant('EXECUTE', 'FUNCTION ledger_erase(bigint[], text)');
