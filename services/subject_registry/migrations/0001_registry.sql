-- The subject registry's own tables. Names and identifiers of people stand sealed under the
-- subject's key; look-up goes by keyed blind index. The catalogue holds no personal data.

CREATE TABLE policy_version (
  version      text PRIMARY KEY,
  yaml         text NOT NULL,
  text_sha256  bytea NOT NULL,
  effective_at timestamptz NOT NULL,
  applied_seq  bigint NOT NULL UNIQUE
);

CREATE TABLE assessment (
  kind        smallint NOT NULL,
  id          text COLLATE "C" NOT NULL,
  approved_at timestamptz NOT NULL,
  review_by   date,
  approver    text NOT NULL,
  summary     text NOT NULL,
  PRIMARY KEY (kind, id)
);

CREATE TABLE processor_agreement (
  processor          text COLLATE "C" PRIMARY KEY,
  status             text NOT NULL CHECK (status IN ('missing', 'draft', 'signed')),
  signed_on          date,
  expires_on         date,
  region             text NOT NULL CHECK (region IN ('eea', 'third_country')),
  transfer_mechanism text NOT NULL,
  transfer_valid_to  date,
  CHECK (status <> 'signed' OR signed_on IS NOT NULL)
);

CREATE TABLE notice (
  id           text COLLATE "C" NOT NULL,
  version      integer NOT NULL,
  language     text NOT NULL,
  body         text NOT NULL,
  text_sha256  bytea NOT NULL,
  purposes     text[] NOT NULL,
  material     boolean NOT NULL,
  effective_at timestamptz NOT NULL,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (id, version, language)
);

CREATE TABLE subject (
  subject_id                uuid PRIMARY KEY,
  categories                text[] NOT NULL CHECK (cardinality(categories) > 0),
  capacity                  smallint NOT NULL,
  obtained_in_sale          boolean NOT NULL,
  own_similar_services      boolean NOT NULL,
  opt_out_offered_each_time boolean NOT NULL,
  language                  smallint NOT NULL,
  sealed_name               bytea,
  registered_at             timestamptz NOT NULL,
  erased_at                 timestamptz,
  merged_into               uuid REFERENCES subject,
  revision                  bigint NOT NULL
);

CREATE TABLE subject_identifier (
  type          smallint NOT NULL,
  blind_index   bytea NOT NULL CHECK (octet_length(blind_index) = 16),
  subject_id    uuid NOT NULL REFERENCES subject,
  system        text NOT NULL,
  sealed        bytea NOT NULL,
  on_file_since timestamptz NOT NULL,
  PRIMARY KEY (type, blind_index)
);
CREATE INDEX subject_identifier_subject ON subject_identifier (subject_id);

-- Keyed hashes of erased people's identifiers: they survive the erasure so that no list brings
-- anybody back.
CREATE TABLE suppressed_identifier (
  type        smallint NOT NULL,
  blind_index bytea NOT NULL CHECK (octet_length(blind_index) = 16),
  since       timestamptz NOT NULL,
  PRIMARY KEY (type, blind_index)
);

CREATE TABLE subject_source (
  subject_id   uuid NOT NULL REFERENCES subject,
  source       text COLLATE "C" NOT NULL,
  collected_at timestamptz NOT NULL,
  notice_at    timestamptz,
  evidence     text[] NOT NULL,
  PRIMARY KEY (subject_id, source)
);

CREATE TABLE relationship (
  relationship_id uuid PRIMARY KEY,
  subject_id      uuid NOT NULL REFERENCES subject,
  kind            smallint NOT NULL,
  purposes        text[] NOT NULL,
  from_day        date NOT NULL,
  to_day          date,
  CHECK (to_day IS NULL OR to_day >= from_day)
);
CREATE INDEX relationship_subject ON relationship (subject_id);

CREATE TABLE disclosure (
  disclosure_id   uuid PRIMARY KEY,
  subject_id      uuid NOT NULL REFERENCES subject,
  recipient       text NOT NULL,
  recipient_kind  text NOT NULL,
  data_categories text[] NOT NULL,
  purpose         text NOT NULL,
  disclosed_at    timestamptz NOT NULL
);
CREATE INDEX disclosure_subject ON disclosure (subject_id, disclosure_id);

CREATE TABLE access_log (
  access_id  uuid PRIMARY KEY,
  subject_id uuid NOT NULL,
  at         timestamptz NOT NULL,
  operation  text NOT NULL,
  purpose    text NOT NULL,
  actor      text NOT NULL
);
CREATE INDEX access_log_subject ON access_log (subject_id, access_id);

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE assessment');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE processor_agreement');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE policy_version');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE notice');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE subject');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE subject_identifier');
SELECT pg_temp.varsam_grant('SELECT, INSERT, DELETE', 'TABLE suppressed_identifier');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE subject_source');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE relationship');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE disclosure');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE access_log');
