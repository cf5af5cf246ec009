-- The consent service's own tables. A person is the random subject id; free text of people is
-- sealed, an address is a keyed hash. Events are only ever added.

CREATE TABLE consent_event (
  consent_id         uuid PRIMARY KEY,
  subject_id         uuid NOT NULL,
  purpose            text COLLATE "C" NOT NULL,
  choice             smallint NOT NULL CHECK (choice BETWEEN 1 AND 6),
  at                 timestamptz NOT NULL,
  recorded_at        timestamptz NOT NULL,
  actor              smallint NOT NULL CHECK (actor BETWEEN 1 AND 3),
  verified           boolean NOT NULL,
  mechanism          text NOT NULL,
  notice_id          text NOT NULL,
  notice_version     integer NOT NULL,
  notice_language    text NOT NULL,
  notice_sha256      text NOT NULL,
  recipient          text NOT NULL,
  channel            text NOT NULL,
  evidence_reference text NOT NULL,
  expires_at         timestamptz,
  ledger_index       bigint NOT NULL
);
CREATE INDEX consent_event_subject ON consent_event (subject_id, consent_id);

CREATE TABLE objection (
  objection_id    uuid PRIMARY KEY,
  subject_id      uuid NOT NULL,
  marketing_scope text NOT NULL,
  purposes        text[] NOT NULL,
  at              timestamptz NOT NULL,
  outcome         text NOT NULL CHECK (outcome IN ('', 'upheld', 'rejected')),
  decided_at      timestamptz,
  channel         text NOT NULL,
  sealed_reasons  bytea,
  ledger_index    bigint NOT NULL,
  CHECK ((outcome = '') = (decided_at IS NULL)),
  CHECK ((marketing_scope = '') <> (cardinality(purposes) = 0))
);
CREATE INDEX objection_subject ON objection (subject_id, at);

CREATE TABLE preferences (
  subject_id  uuid PRIMARY KEY,
  global_stop boolean NOT NULL,
  topics      text[] NOT NULL,
  enabled     text[] NOT NULL,
  changed_at  text[] NOT NULL,
  revision    bigint NOT NULL,
  CHECK (cardinality(topics) = cardinality(enabled)),
  CHECK (cardinality(topics) = cardinality(changed_at))
);

CREATE TABLE suppression (
  suppression_id  uuid PRIMARY KEY,
  identifier_type smallint NOT NULL,
  address_hash    bytea NOT NULL CHECK (octet_length(address_hash) = 16),
  scope           text NOT NULL CHECK (scope IN ('all', 'email', 'phone')),
  ledger_index    bigint NOT NULL,
  UNIQUE (identifier_type, address_hash, scope)
);

SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE consent_event');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE objection');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE preferences');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE suppression');
