-- The retention service's own tables. A person is a random id; nothing here identifies anybody:
-- record keys are the systems' own, facts are categories, events and times.

CREATE TABLE policy_version (
  seq          bigint PRIMARY KEY,
  version      text NOT NULL,
  effective_at timestamptz NOT NULL,
  model        bytea NOT NULL
);

-- What is known of a person over all records: choices, objections, erasures, restrictions, sources.
CREATE TABLE person (
  subject_id  uuid PRIMARY KEY,
  detail      text NOT NULL,
  limits      text NOT NULL,
  merged_into uuid
);

-- One data category of one record: the unit that has a period.
CREATE TABLE field (
  subject_id    uuid NOT NULL,
  system        text COLLATE "C" NOT NULL,
  record_key    text COLLATE "C" NOT NULL,
  data_category text COLLATE "C" NOT NULL,
  detail        text NOT NULL,
  observed_at   timestamptz NOT NULL,
  disposed_at   timestamptz,
  -- What followed from the rules, without holds and restrictions, and under which rules.
  generation    bigint NOT NULL,
  status        smallint NOT NULL,
  may_until     date,
  must_until    date,
  retain_until  date,
  due_on        date,
  -- The open disposal it is part of.
  item_id       uuid,
  PRIMARY KEY (subject_id, system, record_key, data_category)
);
CREATE INDEX field_due ON field (due_on)
  WHERE due_on IS NOT NULL AND disposed_at IS NULL AND item_id IS NULL;
CREATE INDEX field_generation ON field (generation) WHERE disposed_at IS NULL;
CREATE INDEX field_item ON field (item_id) WHERE item_id IS NOT NULL;

CREATE TABLE hold (
  hold_id            uuid PRIMARY KEY,
  matter             text NOT NULL,
  owner              text NOT NULL,
  reason             text NOT NULL,
  subject_ids        uuid[] NOT NULL,
  subject_categories text[] NOT NULL,
  systems            text[] NOT NULL,
  data_categories    text[] NOT NULL,
  set_at             timestamptz NOT NULL,
  review_by          date NOT NULL,
  released_at        timestamptz,
  release_reason     text NOT NULL DEFAULT ''
);

CREATE TABLE disposal_run (
  run_id        uuid PRIMARY KEY,
  as_of         timestamptz NOT NULL,
  started_at    timestamptz NOT NULL,
  finished_at   timestamptz,
  operator      text NOT NULL,
  approvers     text[] NOT NULL,
  items_total   integer NOT NULL,
  items_done    integer NOT NULL,
  items_failed  integer NOT NULL,
  items_blocked integer NOT NULL
);

CREATE TABLE disposal_item (
  item_id         uuid PRIMARY KEY,
  run_id          uuid NOT NULL REFERENCES disposal_run,
  subject_id      uuid NOT NULL,
  system          text COLLATE "C" NOT NULL,
  record_key      text COLLATE "C" NOT NULL,
  data_categories text[] NOT NULL,
  method          text NOT NULL,
  rule            text NOT NULL,
  reference       text NOT NULL,
  retain_until    date,
  state           integer NOT NULL,
  blocked_by      text NOT NULL,
  -- How it was carried out and confirmed; null while it was not.
  executed_at     timestamptz,
  executed_count  integer NOT NULL DEFAULT 0,
  verification    text NOT NULL DEFAULT '',
  failure         text NOT NULL DEFAULT ''
);
CREATE INDEX disposal_item_run ON disposal_item (run_id, item_id);
CREATE INDEX disposal_item_subject ON disposal_item (subject_id, item_id);
CREATE INDEX disposal_item_blocked ON disposal_item (item_id) WHERE state = 5;

-- Wall clock and monotonic clock as they stood at the last run (SECURITY 4.3).
CREATE TABLE clock_anchor (
  only_row  boolean PRIMARY KEY CHECK (only_row),
  wall      timestamptz NOT NULL,
  monotonic bigint NOT NULL,
  boot      text NOT NULL
);

CREATE TABLE certificate (
  certificate_id uuid PRIMARY KEY,
  case_id        text COLLATE "C" NOT NULL,
  run_id         text COLLATE "C" NOT NULL,
  record_json    text NOT NULL,
  text_sv        text NOT NULL,
  text_en        text NOT NULL,
  entry_index    bigint NOT NULL
);
CREATE INDEX certificate_case ON certificate (case_id, certificate_id);
CREATE INDEX certificate_run ON certificate (run_id, certificate_id);

CREATE TABLE backup_set (
  backup_id     text COLLATE "C" PRIMARY KEY,
  target        text NOT NULL,
  taken_at      timestamptz NOT NULL,
  expires_on    date NOT NULL,
  registered_at timestamptz NOT NULL
);

-- What a restored backup must be told before anybody may look at it.
CREATE TABLE replay_fact (
  fact_id      uuid PRIMARY KEY,
  kind         text NOT NULL,
  subject_hash text NOT NULL,
  purpose      text NOT NULL,
  at           timestamptz NOT NULL
);
CREATE INDEX replay_fact_at ON replay_fact (at, fact_id);

CREATE TABLE feed_cursor (
  feed       text PRIMARY KEY,
  next_index bigint NOT NULL
);

SELECT pg_temp.varsam_grant('SELECT, INSERT',
  'TABLE policy_version, certificate, backup_set, replay_fact');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE',
  'TABLE person, hold, disposal_run, disposal_item, clock_anchor, feed_cursor');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE field');
