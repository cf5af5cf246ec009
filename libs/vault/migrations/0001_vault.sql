-- The key database. Keys stand here wrapped only: an epoch key under the root key, a subject's key
-- under its epoch's key. A destroyed key leaves its row behind, so that nobody comes back to life.

CREATE TABLE vault_epoch (
  epoch_id     integer PRIMARY KEY,
  wrapped_key  bytea,
  created_at   timestamptz NOT NULL,
  retired_at   timestamptz,
  destroyed_at timestamptz,
  CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE UNIQUE INDEX vault_epoch_current ON vault_epoch ((true)) WHERE retired_at IS NULL;

CREATE TABLE vault_key (
  subject_id   uuid PRIMARY KEY,
  epoch_id     integer REFERENCES vault_epoch,
  key_id       bytea CHECK (length(key_id) = 8),
  wrapped_key  bytea,
  created_at   timestamptz NOT NULL,
  destroyed_at timestamptz,
  CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL)),
  CHECK (wrapped_key IS NULL OR (epoch_id IS NOT NULL AND key_id IS NOT NULL))
);
CREATE INDEX vault_key_epoch ON vault_key (epoch_id, subject_id) WHERE wrapped_key IS NOT NULL;
CREATE INDEX vault_key_destroyed ON vault_key (destroyed_at, subject_id)
  WHERE destroyed_at IS NOT NULL;

-- What was done to keys, for the auditor: epochs made, retired, destroyed; subject keys destroyed.
CREATE TABLE vault_log (
  log_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  event      text NOT NULL,
  epoch_id   integer,
  subject_id uuid
);

SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE vault_epoch');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE', 'TABLE vault_key');
SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE vault_log');
