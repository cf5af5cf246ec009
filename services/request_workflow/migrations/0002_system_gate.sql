-- When a system may be given tasks: its owner says so in Hello.
ALTER TABLE served_system
  ADD COLUMN closed text[] NOT NULL DEFAULT '{}',
  ADD COLUMN tasks_per_hour_max integer NOT NULL DEFAULT 0;
CREATE INDEX task_done ON task (system, finished_at) WHERE finished_at IS NOT NULL;
