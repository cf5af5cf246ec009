// A schema no one would design: composite keys with text in them, a hostile column name,
// many-to-many, a history table without foreign key that triggers fill while rows are erased, soft
// delete, a self-reference, a view in between and one that is written through; on MariaDB columns
// of several character sets and a collation for which Éva is Eva.
#pragma once

namespace varsam::connector {

inline constexpr char kOddPostgres[] = R"sql(
CREATE SCHEMA "Odd ""one""";
SET search_path = "Odd ""one""";
CREATE TABLE person (
  branch text, no integer, "select ""from""" text NOT NULL, surname text, mail varchar(80),
  seen timestamp, dropped timestamptz, blocked boolean NOT NULL DEFAULT false, meta jsonb,
  boss_branch text, boss_no integer, PRIMARY KEY (branch, no));
CREATE TABLE club (id integer PRIMARY KEY, minutes text NOT NULL);
CREATE TABLE member (
  branch text, no integer, club_id integer REFERENCES club, PRIMARY KEY (branch, no, club_id),
  FOREIGN KEY (branch, no) REFERENCES person);
CREATE TABLE person_history (at timestamptz, branch text, no integer, old_row jsonb);
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "Odd ""one""".person_history VALUES
    (now(), OLD.branch, OLD.no, jsonb_build_object('mail', OLD.mail, 'surname', OLD.surname));
  RETURN NULL;
END $$;
CREATE TRIGGER keep_history AFTER UPDATE OR DELETE ON person
  FOR EACH ROW EXECUTE FUNCTION keep_history();
CREATE TABLE letter (id integer PRIMARY KEY, branch text, no integer, body text);
CREATE VIEW outbox AS SELECT id, branch, no, body FROM letter;
CREATE VIEW spending AS SELECT branch, no, 12.50::numeric AS amount FROM person;
)sql";

inline constexpr char kOddMariaDb[] = R"sql(
SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES';
DROP DATABASE IF EXISTS "Odd ""one""";
CREATE DATABASE "Odd ""one""" CHARACTER SET utf8mb4;
USE "Odd ""one""";
CREATE TABLE person (
  branch varchar(20), no integer, "select ""from""" varchar(50) NOT NULL, surname text,
  mail varchar(80) CHARACTER SET latin1, seen datetime, dropped timestamp NULL,
  blocked boolean NOT NULL DEFAULT false, meta json, boss_branch varchar(20), boss_no integer,
  PRIMARY KEY (branch, no));
CREATE TABLE club (id integer PRIMARY KEY, minutes text NOT NULL);
CREATE TABLE member (
  branch varchar(20), no integer, club_id integer, PRIMARY KEY (branch, no, club_id),
  FOREIGN KEY (club_id) REFERENCES club (id),
  FOREIGN KEY (branch, no) REFERENCES person (branch, no));
CREATE TABLE person_history (at timestamp, branch varchar(20), no integer, old_row json);
CREATE TRIGGER history_of_update AFTER UPDATE ON person FOR EACH ROW INSERT INTO person_history
  VALUES (now(), OLD.branch, OLD.no, json_object('mail', OLD.mail, 'surname', OLD.surname));
CREATE TRIGGER history_of_delete AFTER DELETE ON person FOR EACH ROW INSERT INTO person_history
  VALUES (now(), OLD.branch, OLD.no, json_object('mail', OLD.mail, 'surname', OLD.surname));
CREATE TABLE letter (id integer PRIMARY KEY, branch varchar(20), no integer, body text);
CREATE VIEW outbox AS SELECT id, branch, no, body FROM letter;
CREATE VIEW spending AS SELECT branch, no, CAST(12.50 AS DECIMAL(10,2)) AS amount FROM person;
)sql";

// For both.
inline constexpr char kOddRows[] = R"sql(
INSERT INTO person VALUES
  ('n/o', 1, 'Eva', 'Ek', ' Eva.Ek@Post.example', '2025-03-01 08:00', NULL, false, '{"a":1}',
   's%', 1),
  ('n/o', 2, 'Eva', 'Ek', 'eva.ek@post.example', NULL, '2025-01-01', false, NULL, NULL, NULL),
  ('s%', 1, 'Bo', 'Al', 'bo.al@post.example', '2025-07-01 08:00', NULL, false, NULL, NULL, NULL),
  ('s%', 2, 'Éva', 'Ék', 'éva.ek@post.example', NULL, NULL, false, NULL, NULL, NULL);
INSERT INTO club VALUES
  (7, 'Eva Ek och Bo Al deltog. Evas bil; Evald. eva.ek@post.example'),
  (8, 'EVA EK var sen.');
INSERT INTO member VALUES ('n/o', 1, 7), ('n/o', 1, 8), ('s%', 1, 7);
INSERT INTO letter VALUES (1, 'n/o', 1, 'Hej Eva'), (2, 's%', 1, 'Hej Bo');
INSERT INTO person_history VALUES ('2025-02-02', 'n/o', 1, '{"mail":"eva@gammal.example"}');
)sql";

inline constexpr char kOddMapping[] = R"yaml(
mapping: 1
system: crm
schema: 'Odd "one"'
joins:
  member: {from: person, to: member, keys: {branch: branch, no: no}}
  club: {from: member, to: club, keys: {club_id: id}}
  history: {from: person, to: person_history, keys: {branch: branch, no: no}}
  outbox: {from: person, to: outbox, keys: {branch: branch, no: no}}
  boss: {from: person, to: person, keys: {boss_branch: branch, boss_no: no}}
  spending: {from: person, to: spending, keys: {branch: branch, no: no}}
subjects:
  table: person
  key: [branch, no]
  names: ['select "from"', surname]
  identifiers: [{column: mail, type: email}]
  category: {value: prospect}
  collected_at: {column: seen}
  soft_delete: {column: dropped}
  erase_row: true
signals:
  - {event: reply, column: seen, categories: [email]}
purposes:
  - {purpose: prospecting_crm}
restrict:
  - {set: {blocked: "true"}, lift: {blocked: "false"}}
categories:
  meeting_minutes:
    - {via: [member, club], columns: [minutes], action: anonymise, redact: [minutes]}
    - {via: [member], columns: [club_id], action: delete}
  letters:
    - {via: [outbox], columns: [id, body], action: delete}
    - {via: [boss], columns: ['select "from"'], action: keep, reason: "another person's row"}
  sales_activity:
    - {via: [spending], columns: [amount], action: keep, reason: "Bokföringslagen 7 kap. 2 §"}
  email:
    - {columns: [mail, meta], action: anonymise, set: {mail: null, meta: null}}
  name:
    - {via: [history], columns: [at, old_row], action: delete}
    - {columns: ['select "from"', surname], action: anonymise,
       set: {'select "from"': "x", surname: null}}
)yaml";

}  // namespace varsam::connector
