-- One row per write that a caller may repeat: the same id and content is answered from here.
CREATE TABLE journal_request (
  request_id  uuid        PRIMARY KEY,
  fingerprint bytea       NOT NULL CHECK (length(fingerprint) <= 64),
  response    bytea       NOT NULL,
  first_index bigint      NOT NULL CHECK (first_index >= 0),
  entry_count integer     NOT NULL CHECK (entry_count >= 0),
  at          timestamptz NOT NULL
);
-- Rows come in by time; forgetting old ones reads a few block ranges.
CREATE INDEX journal_request_at ON journal_request USING brin (at);
SELECT pg_temp.varsam_grant('SELECT, INSERT, DELETE', 'TABLE journal_request');
