// A schema no one would design: composite keys with text in them, a hostile column name,
// many-to-many, a history table without foreign key, soft delete, a view in between.
#pragma once

namespace varsam::connector {

inline constexpr char kOddSchema[] = R"sql(
CREATE SCHEMA "Odd ""one""";
SET search_path = "Odd ""one""";
CREATE TABLE person (
  branch text, no integer, "select ""from""" text NOT NULL, surname text, mail varchar(80),
  seen timestamp, dropped timestamptz, blocked boolean NOT NULL DEFAULT false, meta jsonb,
  PRIMARY KEY (branch, no));
CREATE TABLE club (id integer PRIMARY KEY, minutes text NOT NULL);
CREATE TABLE member (
  branch text, no integer, club_id integer REFERENCES club, PRIMARY KEY (branch, no, club_id),
  FOREIGN KEY (branch, no) REFERENCES person);
CREATE TABLE person_history (at timestamptz, branch text, no integer, old_row jsonb);
CREATE VIEW spending AS SELECT branch, no, 12.50::numeric AS amount FROM person;
INSERT INTO person VALUES
  ('n/o', 1, 'Eva', 'Ek', ' Eva.Ek@Post.example', '2025-03-01 08:00', NULL, false, '{"a":1}'),
  ('n/o', 2, 'Eva', 'Ek', 'eva.ek@post.example', NULL, '2025-01-01', false, NULL),
  ('s%', 1, 'Bo', 'Al', 'bo.al@post.example', '2025-07-01 08:00', NULL, false, NULL);
INSERT INTO club VALUES (7, 'Eva Ek och Bo Al deltog. Evas bil; Evald. eva.ek@post.example');
INSERT INTO member VALUES ('n/o', 1, 7), ('s%', 1, 7);
INSERT INTO person_history VALUES (now(), 'n/o', 1, '{"mail":"eva@gammal.example"}');
)sql";

inline constexpr char kOddMapping[] = R"yaml(
mapping: 1
system: crm
schema: 'Odd "one"'
joins:
  member: {from: person, to: member, keys: {branch: branch, no: no}}
  club: {from: member, to: club, keys: {club_id: id}}
  history: {from: person, to: person_history, keys: {branch: branch, no: no}}
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
