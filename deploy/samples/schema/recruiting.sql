-- The recruitment system as its vendor shipped it: English names, random keys, an audit table that
-- keeps old rows as JSON, a soft-delete column (deleted_at). Varsam adds nothing here.
SET client_min_messages = warning;

CREATE SCHEMA ats;

CREATE TABLE ats.opening (
  opening_id  integer PRIMARY KEY,
  title       text NOT NULL,
  location    text NOT NULL,
  opened_on   date NOT NULL,
  closed_on   date
);

CREATE TABLE ats.candidate (
  candidate_id   uuid PRIMARY KEY,
  first_name     text NOT NULL,
  last_name      text NOT NULL,
  email          text NOT NULL,
  phone          text,
  city           text,
  source         varchar(16) NOT NULL,   -- career_page, agency, referral
  presentation   text,                   -- what they wrote about themselves
  talent_pool    boolean NOT NULL DEFAULT false,
  last_login_at  timestamptz,
  created_at     timestamptz NOT NULL,
  deleted_at     timestamptz             -- "archived" in the product: the row stays
);
CREATE INDEX candidate_email ON ats.candidate (lower(btrim(email)));

CREATE TABLE ats.application (
  candidate_id uuid NOT NULL REFERENCES ats.candidate,
  opening_id   integer NOT NULL REFERENCES ats.opening,
  status       varchar(12) NOT NULL CHECK (
                 status IN ('new', 'interview', 'offer', 'hired', 'rejected', 'withdrawn')),
  applied_at   timestamptz NOT NULL,
  updated_by_candidate_at timestamptz,
  rejected_at  timestamptz,
  withdrawn_at timestamptz,
  cover_letter text,
  PRIMARY KEY (candidate_id, opening_id)
);

CREATE TABLE ats.document (
  document_id  uuid PRIMARY KEY,
  candidate_id uuid NOT NULL REFERENCES ats.candidate,
  kind         varchar(12) NOT NULL,     -- cv, grade, letter
  file_name    text NOT NULL,
  media_type   text NOT NULL,
  content      bytea NOT NULL,
  uploaded_at  timestamptz NOT NULL
);
CREATE INDEX document_candidate ON ats.document (candidate_id);

CREATE TABLE ats.interview (
  candidate_id uuid NOT NULL,
  opening_id   integer NOT NULL,
  round        smallint NOT NULL,
  held_at      timestamptz NOT NULL,
  interviewer  text NOT NULL,
  score        smallint CHECK (score BETWEEN 1 AND 5),
  assessment   text NOT NULL,
  PRIMARY KEY (candidate_id, opening_id, round),
  FOREIGN KEY (candidate_id, opening_id) REFERENCES ats.application
);

CREATE TABLE ats.candidate_audit (
  audit_id     bigint PRIMARY KEY,
  candidate_id uuid NOT NULL,
  changed_at   timestamptz NOT NULL,
  changed_by   text NOT NULL,
  old_row      jsonb NOT NULL
);
CREATE INDEX candidate_audit_candidate ON ats.candidate_audit (candidate_id);
