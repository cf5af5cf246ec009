-- The access log is under the policy's own rule (access_log): rows go when their period is over.

CREATE INDEX access_log_at ON access_log (at);
SELECT pg_temp.varsam_grant('DELETE', 'TABLE access_log');
