-- Cases, their tasks, links, mails, packages and breaches. Enumerations are the numbers of
-- varsam.requests.v1. What people wrote stands sealed; lists that are never searched are JSON text.

CREATE TABLE request_case (
  case_id        uuid PRIMARY KEY,
  parent_id      uuid REFERENCES request_case,
  subject_id     uuid,
  candidate_id   uuid,
  right_no       integer,
  state          integer NOT NULL CHECK (state BETWEEN 1 AND 19),
  received_at    timestamptz NOT NULL,
  due_date       date,
  certificate_id text NOT NULL,
  package_ready  boolean NOT NULL,
  answer_sent    boolean NOT NULL,
  link_failures  integer NOT NULL,
  step           integer NOT NULL,
  step_at        timestamptz NOT NULL,
  step_attempts  integer NOT NULL,
  closed_at      timestamptz,
  version        bigint NOT NULL,
  detail         text NOT NULL,
  -- No search, no review and no fee without a person whose identity is proven.
  CHECK (state NOT IN (8, 9, 10) OR subject_id IS NOT NULL)
);
CREATE INDEX request_case_order ON request_case (due_date NULLS LAST, case_id);
CREATE INDEX request_case_subject ON request_case (subject_id);
CREATE INDEX request_case_parent ON request_case (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX request_case_step ON request_case (step_at) WHERE step <> 0;

CREATE TABLE case_event (
  case_id uuid NOT NULL REFERENCES request_case,
  seq     bigint GENERATED ALWAYS AS IDENTITY,
  at      timestamptz NOT NULL,
  event   text NOT NULL,
  state   integer NOT NULL,
  actor   text NOT NULL,
  note    text NOT NULL,
  PRIMARY KEY (case_id, seq)
);

-- Texts of a case; also the identifiers of the person of a disposal task, under the task's id.
CREATE TABLE case_text (
  case_id uuid NOT NULL,
  name    text NOT NULL,
  sealed  bytea NOT NULL,
  PRIMARY KEY (case_id, name)
);

CREATE TABLE case_link (
  token_sha256   bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
  case_id        uuid NOT NULL REFERENCES request_case,
  link_use       integer NOT NULL,
  contact_sha256 bytea NOT NULL,
  expires_at     timestamptz NOT NULL,
  consumed_at    timestamptz
);

CREATE TABLE task (
  task_id       uuid PRIMARY KEY,
  case_id       uuid REFERENCES request_case,
  run_id        uuid,
  subject_id    uuid,
  system        text NOT NULL,
  action        integer NOT NULL,
  state         integer NOT NULL CHECK (state BETWEEN 1 AND 5),
  manual        boolean NOT NULL,
  verifies      uuid,
  attempts      integer NOT NULL,
  fence         bigint NOT NULL,
  lease_peer    text NOT NULL,
  lease_until   timestamptz,
  available_at  timestamptz NOT NULL,
  due_date      date,
  outcome       integer,
  question      text NOT NULL,
  result_sha256 bytea NOT NULL,
  result_fence  bigint,
  created_at    timestamptz NOT NULL,
  finished_at   timestamptz,
  detail        text NOT NULL,
  CHECK (num_nonnulls(case_id, run_id) = 1)
);
CREATE INDEX task_case ON task (case_id);
CREATE INDEX task_run ON task (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX task_open ON task (system, due_date NULLS LAST, created_at)
  WHERE state = 1 AND NOT manual;
CREATE INDEX task_leased ON task (lease_until) WHERE state = 2;

-- Every report of a lease, also of one that had ended: evidence, never an effect.
CREATE TABLE task_report (
  task_id  uuid NOT NULL REFERENCES task,
  seq      bigint GENERATED ALWAYS AS IDENTITY,
  fence    bigint NOT NULL,
  at       timestamptz NOT NULL,
  peer     text NOT NULL,
  outcome  text NOT NULL,
  accepted boolean NOT NULL,
  PRIMARY KEY (task_id, seq)
);

CREATE TABLE task_chunk (
  task_id      uuid NOT NULL REFERENCES task,
  fence        bigint NOT NULL,
  chunk_offset bigint NOT NULL,
  length       bigint NOT NULL,
  sealed       bytea NOT NULL,
  PRIMARY KEY (task_id, fence, chunk_offset)
);

CREATE TABLE served_system (
  system           text PRIMARY KEY,
  connector        text NOT NULL,
  actions          text[] NOT NULL,
  identifier_types integer[] NOT NULL,
  schema_digest    bytea NOT NULL,
  seen_at          timestamptz NOT NULL
);

CREATE TABLE mail_in (
  mail_id           uuid PRIMARY KEY,
  uid_validity      bigint NOT NULL,
  uid               bigint NOT NULL,
  arrived_at        timestamptz NOT NULL,
  state             text NOT NULL,
  message_id_sha256 bytea NOT NULL,
  case_id           uuid,
  sealed_raw        bytea NOT NULL,
  UNIQUE (uid_validity, uid)
);
CREATE INDEX mail_in_arrived ON mail_in (arrived_at) WHERE state = 'arrived';
CREATE INDEX mail_in_thread ON mail_in (message_id_sha256);

CREATE TABLE mail_out (
  mail_id     uuid PRIMARY KEY,
  case_id     uuid NOT NULL REFERENCES request_case,
  kind        text NOT NULL,
  subject     text NOT NULL,
  sealed_to   bytea NOT NULL,
  sealed_body bytea NOT NULL,
  send_at     timestamptz NOT NULL,
  attempts    integer NOT NULL,
  sent_at     timestamptz,
  given_up    boolean NOT NULL
);
CREATE INDEX mail_out_waiting ON mail_out (send_at) WHERE sent_at IS NULL AND NOT given_up;

CREATE TABLE package (
  case_id    uuid PRIMARY KEY REFERENCES request_case,
  package_id uuid NOT NULL,
  sha256_hex text NOT NULL,
  downloads  integer NOT NULL CHECK (downloads BETWEEN 0 AND 3),
  expires_at timestamptz NOT NULL
);
CREATE TABLE package_chunk (
  case_id uuid NOT NULL REFERENCES package ON DELETE CASCADE,
  format  text NOT NULL,
  part    integer NOT NULL,
  sealed  bytea NOT NULL,
  PRIMARY KEY (case_id, format, part)
);

CREATE TABLE breach (
  breach_id           uuid PRIMARY KEY,
  state               integer NOT NULL,
  aware_at            timestamptz NOT NULL,
  notified_at         timestamptz[] NOT NULL,
  sealed_text         bytea NOT NULL,
  risk                text NOT NULL,
  authority_reference text NOT NULL,
  version             bigint NOT NULL
);

CREATE TABLE consumer_cursor (feed text PRIMARY KEY, next_index bigint NOT NULL);
CREATE TABLE policy_in_force (
  one   boolean PRIMARY KEY DEFAULT true CHECK (one),
  model bytea NOT NULL
);
CREATE TABLE retention_hold (
  hold_id     uuid PRIMARY KEY,
  subject_ids text[] NOT NULL,
  systems     text[] NOT NULL,
  released    boolean NOT NULL
);

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE',
  'TABLE request_case, case_text, case_link, task, served_system, mail_in, mail_out, breach, '
  'consumer_cursor, policy_in_force, retention_hold');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE case_event, task_report');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE task_chunk');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE package, package_chunk');
