-- Which choices have ended, in order of time: what is due is found there, whatever is stored.
CREATE INDEX consent_event_ends ON consent_event (
  (CASE WHEN choice IN (2, 3) THEN COALESCE(expires_at, 'infinity'::timestamptz) ELSE at END),
  consent_id);
