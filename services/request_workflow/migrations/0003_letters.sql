-- How many letters an address was sent that it did not ask for, why a mail was put aside, and what
-- data a hold names.

ALTER TABLE mail_out ADD COLUMN to_index bytea NOT NULL DEFAULT '';
ALTER TABLE mail_out ADD COLUMN made_at timestamptz NOT NULL DEFAULT '-infinity';
CREATE INDEX mail_out_address ON mail_out (to_index, made_at) WHERE to_index <> '';

ALTER TABLE mail_in ADD COLUMN reason text NOT NULL DEFAULT '';

ALTER TABLE retention_hold ADD COLUMN data_categories text[] NOT NULL DEFAULT '{}';
CREATE INDEX mail_out_case ON mail_out (case_id, kind);
