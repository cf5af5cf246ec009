-- The second way to the person: a code for each case, and how often today somebody failed to be
-- that person. Phases of a breach.

CREATE TABLE case_code (
  case_id    uuid PRIMARY KEY REFERENCES request_case,
  code_mac   bytea NOT NULL CHECK (length(code_mac) = 32),
  delivery   text NOT NULL,
  tries      integer NOT NULL CHECK (tries BETWEEN 0 AND 5),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);

CREATE TABLE identity_try (
  subject_id uuid NOT NULL,
  day        date NOT NULL,
  tries      integer NOT NULL CHECK (tries > 0),
  PRIMARY KEY (subject_id, day)
);

ALTER TABLE breach ADD COLUMN partial integer[] NOT NULL DEFAULT '{}';

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE case_code, identity_try');
