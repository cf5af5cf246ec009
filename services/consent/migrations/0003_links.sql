-- Which browser is whose, and which requested consents a click has confirmed.

CREATE TABLE subject_link (
  link_id            uuid PRIMARY KEY,
  subject_id         uuid NOT NULL,
  browser_subject_id uuid NOT NULL,
  at                 timestamptz NOT NULL,
  channel            text NOT NULL,
  evidence_reference text NOT NULL,
  undone_at          timestamptz,
  ledger_index       bigint NOT NULL
);
CREATE UNIQUE INDEX subject_link_browser ON subject_link (browser_subject_id)
  WHERE undone_at IS NULL;
CREATE INDEX subject_link_subject ON subject_link (subject_id);

CREATE TABLE confirmation (
  requested_id uuid PRIMARY KEY,
  consent_id   uuid NOT NULL
);

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE subject_link');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE confirmation');
