-- Which systems have ever told of a record: what any other holds is unknown, not nothing.
CREATE TABLE heard_system (
  system   text COLLATE "C" PRIMARY KEY
);
INSERT INTO heard_system SELECT DISTINCT system FROM field WHERE record_key <> '';

-- People of whom a run left no field while a hold, a restriction, a case or an unknown system kept
-- them known; its end is noticed by itself.
CREATE TABLE waiting_person (
  subject_id uuid PRIMARY KEY,
  run_id     uuid NOT NULL
);

SELECT pg_temp.varsam_grant('SELECT, INSERT', 'TABLE heard_system');
SELECT pg_temp.varsam_grant('SELECT, INSERT, UPDATE, DELETE', 'TABLE waiting_person');
