-- The website with its shop, as the agency built it: visitors are a random browser id in a cookie,
-- their choices about cookies and what they looked at; people have a row once they sent the contact
-- form or opened an account. Varsam adds nothing here.
SET client_min_messages = warning;

CREATE SCHEMA webb;

CREATE TABLE webb.besokare (
  besokare    uuid PRIMARY KEY,
  webblasare  text,
  enhet       varchar(10),
  forst_sedd  timestamptz NOT NULL,
  senast_sedd timestamptz NOT NULL
);

CREATE TABLE webb.kakval (
  besokare uuid NOT NULL REFERENCES webb.besokare,
  kategori varchar(12) NOT NULL,           -- installning, statistik, annonser
  tillaten boolean NOT NULL,
  vald_tid timestamptz NOT NULL,
  PRIMARY KEY (besokare, kategori)
);

CREATE TABLE webb.sidvisning (
  visning_id bigint PRIMARY KEY,
  besokare   uuid NOT NULL REFERENCES webb.besokare,
  tid        timestamptz NOT NULL,
  sida       text NOT NULL,
  klick      text
);
CREATE INDEX sidvisning_besokare ON webb.sidvisning (besokare);

CREATE TABLE webb.konto (
  konto_nr integer PRIMARY KEY,
  besokare uuid,                           -- the browser they last came with; no foreign key
  fornamn  text NOT NULL,
  efternamn text NOT NULL,
  epost    text NOT NULL,
  skapad   timestamptz NOT NULL
);
CREATE INDEX konto_epost ON webb.konto (lower(btrim(epost)));

CREATE TABLE webb.formular (
  formular_id integer PRIMARY KEY,
  konto_nr    integer NOT NULL REFERENCES webb.konto,
  namn        text NOT NULL,
  epost       text NOT NULL,
  arende      text NOT NULL,
  skickad     timestamptz NOT NULL
);
CREATE INDEX formular_konto ON webb.formular (konto_nr);
