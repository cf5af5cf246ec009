-- Staged disposals, which can be taken back for a while; reviews of registers, signed.

ALTER TABLE disposal_item ADD COLUMN staged_until timestamptz;
CREATE INDEX disposal_item_blocked_run ON disposal_item (run_id) WHERE state = 5;
-- Who may be idle in a system is read in the order of the due index.
CREATE INDEX field_system_due ON field (system, due_on)
  WHERE disposed_at IS NULL AND item_id IS NULL;

CREATE TABLE review (
  review_id  uuid PRIMARY KEY,
  system     text COLLATE "C" NOT NULL,
  idle_since timestamptz NOT NULL,
  opened_at  timestamptz NOT NULL,
  opened_by  text NOT NULL,
  due_by     date NOT NULL,
  signed_at  timestamptz,
  signed_by  text NOT NULL DEFAULT '',
  reason     text NOT NULL DEFAULT '',
  people     uuid[] NOT NULL,
  kept       uuid[] NOT NULL
);
CREATE INDEX review_system ON review (system, opened_at);

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE review');
-- What no backup can need any more is forgotten.
SELECT pg_temp.varsam_grant('DELETE', 'TABLE replay_fact, backup_set');
