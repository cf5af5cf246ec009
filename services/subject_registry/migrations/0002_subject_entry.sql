-- Where the ledger speaks of a person, so that erasing the person empties those entries too.

CREATE TABLE subject_entry (
  subject_id   uuid NOT NULL REFERENCES subject,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (subject_id, ledger_index)
);

SELECT pg_temp.varsam_grant('SELECT, INSERT, DELETE', 'TABLE subject_entry');
