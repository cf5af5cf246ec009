-- The operations system as its vendor shipped it, on MariaDB: numbers for people, a log that
-- outlives them by trigger, a soft-delete column. Varsam adds nothing here.
CREATE TABLE person (
  person_id integer PRIMARY KEY,
  namn      varchar(120) NOT NULL,
  epost     varchar(200),
  telefon   varchar(40),
  roll      enum('bestallare', 'tekniker') NOT NULL,
  borttagen datetime
);
CREATE TABLE arbetsorder (
  ordernr       integer PRIMARY KEY,
  bestallare_id integer,
  anlaggning    varchar(80) NOT NULL,
  beskrivning   text NOT NULL,
  skapad        datetime NOT NULL,
  FOREIGN KEY (bestallare_id) REFERENCES person (person_id) ON DELETE SET NULL
);
CREATE TABLE arbetslogg (
  logg_id     integer PRIMARY KEY,
  ordernr     integer NOT NULL,
  tekniker_id integer,
  startad     datetime,
  avslutad    datetime,
  anteckning  text NOT NULL,
  FOREIGN KEY (ordernr) REFERENCES arbetsorder (ordernr),
  FOREIGN KEY (tekniker_id) REFERENCES person (person_id) ON DELETE SET NULL
);
CREATE TABLE underhallslogg (
  ordernr    integer NOT NULL,
  rad        integer NOT NULL,
  anteckning text NOT NULL,
  PRIMARY KEY (ordernr, rad),
  FOREIGN KEY (ordernr) REFERENCES arbetsorder (ordernr)
);
CREATE TABLE position (
  person_id integer NOT NULL,
  tid       timestamp NOT NULL,
  lat       decimal(9, 6) NOT NULL,
  lon       decimal(9, 6) NOT NULL,
  KEY (person_id, tid)
);
CREATE TABLE positionsstatistik (
  manad    char(7) PRIMARY KEY,
  punkter  integer NOT NULL,
  personer integer NOT NULL
);
CREATE TABLE person_hist (
  person_id integer NOT NULL,
  tid       timestamp NOT NULL,
  gammalt   varchar(500) NOT NULL
);
CREATE TRIGGER person_andrad AFTER UPDATE ON person FOR EACH ROW
  INSERT INTO person_hist VALUES (OLD.person_id, now(), concat_ws(' ', OLD.namn, OLD.epost));
