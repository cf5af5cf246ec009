-- When the one stop was last asked for; asking again stands over a consent given since.
ALTER TABLE preferences ADD COLUMN global_stop_at timestamptz;
