-- Uploads and packages too large for memory: an upload's digest is known with its last chunk; a
-- package is written part by part, and one download of it takes many calls.

CREATE TABLE task_upload (
  task_id uuid NOT NULL REFERENCES task,
  fence   bigint NOT NULL,
  sha256  bytea NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (task_id, fence)
);

ALTER TABLE package
  ADD COLUMN ready boolean NOT NULL DEFAULT true,
  ADD COLUMN ticket uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  ADD COLUMN next_part integer NOT NULL DEFAULT 0,
  ADD COLUMN ticket_at timestamptz NOT NULL DEFAULT 'epoch';

SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE task_upload');
