-- The business system as its vendor shipped it: Swedish names, a composite key for people, codes in
-- one letter, a soft-delete column (raderad_tid), a history table without foreign key, and the
-- ledger module in a schema of its own (bokforing) with its own copy of the reference persons.
-- Varsam adds nothing here.
SET client_min_messages = warning;

CREATE SCHEMA affar;

CREATE TABLE affar.foretag (
  foretag_nr   integer PRIMARY KEY,
  namn         text NOT NULL,
  orgnr        char(11) NOT NULL,
  gata         text,
  postnr       char(6),
  ort          text,
  bransch      text,
  kundstatus   char(1) NOT NULL CHECK (kundstatus IN ('P', 'K', 'F')),  -- prospekt, kund, fd kund
  avtal_from   date,
  avtal_tom    date,
  saljare      text
);

CREATE TABLE affar.kontaktperson (
  foretag_nr       integer NOT NULL REFERENCES affar.foretag,
  lopnr            smallint NOT NULL,
  kundnr           text,                 -- reskontrans nummer, bara kunder
  fornamn          text NOT NULL,
  efternamn        text NOT NULL,
  titel            text,
  epost            text,                 -- as typed: mixed case, stray blanks
  telefon          text,                 -- as typed: 08-465 004 12, +46 8 465 004 12 …
  mobil            text,
  ursprung         char(1) NOT NULL CHECK (ursprung IN ('E', 'U')),     -- egen kontakt, utgående
  kalla            varchar(8) NOT NULL,  -- SJALV, WEB, LISTA, ARBGIV
  kontaktad        char(1) NOT NULL DEFAULT 'N' CHECK (kontaktad IN ('J', 'N')),
  senaste_dialog   timestamptz,          -- senaste tvåvägskontakt
  senaste_intresse timestamptz,
  lista_inlast     date,
  tackat_nej       timestamptz,
  roll_slut        date,
  intressen        text[],
  skapad           timestamptz NOT NULL,
  andrad           timestamptz NOT NULL,
  raderad_tid      timestamptz,          -- "raderad" i kundbilden, raden finns kvar
  PRIMARY KEY (foretag_nr, lopnr)
);
CREATE INDEX kontaktperson_epost ON affar.kontaktperson (lower(btrim(epost)));

CREATE TABLE affar.kontaktperson_hist (
  hist_id     bigint PRIMARY KEY,
  foretag_nr  integer NOT NULL,
  lopnr       smallint NOT NULL,
  andrad      timestamptz NOT NULL,
  andrad_av   text NOT NULL,
  falt        text NOT NULL,
  gammalt     text,
  nytt        text
);
CREATE INDEX kontaktperson_hist_person ON affar.kontaktperson_hist (foretag_nr, lopnr);

CREATE TABLE affar.aktivitet (
  aktivitet_id bigint PRIMARY KEY,
  foretag_nr   integer NOT NULL,
  lopnr        smallint NOT NULL,
  typ          varchar(8) NOT NULL,      -- SAMTAL, MEJL, BESOK, KAMPANJ
  riktning     char(1) NOT NULL CHECK (riktning IN ('I', 'U')),
  tid          timestamptz NOT NULL,
  anteckning   text,
  saljare      text NOT NULL,
  FOREIGN KEY (foretag_nr, lopnr) REFERENCES affar.kontaktperson
);
CREATE INDEX aktivitet_person ON affar.aktivitet (foretag_nr, lopnr);

CREATE TABLE affar.mote (
  mote_id    bigint PRIMARY KEY,
  foretag_nr integer NOT NULL REFERENCES affar.foretag,
  tid        timestamptz NOT NULL,
  plats      text,
  protokoll  text NOT NULL               -- names everybody who was there
);

CREATE TABLE affar.mote_deltagare (
  mote_id    bigint NOT NULL REFERENCES affar.mote,
  foretag_nr integer NOT NULL,
  lopnr      smallint NOT NULL,
  roll       text,
  PRIMARY KEY (mote_id, foretag_nr, lopnr),
  FOREIGN KEY (foretag_nr, lopnr) REFERENCES affar.kontaktperson
);
CREATE INDEX mote_deltagare_person ON affar.mote_deltagare (foretag_nr, lopnr);

CREATE TABLE affar.enkat_svar (
  svar_id    integer PRIMARY KEY,
  enkat_id   integer NOT NULL,
  foretag_nr integer,                    -- tom: anonymt svar
  lopnr      smallint,
  besvarad   timestamptz,
  betyg      smallint CHECK (betyg BETWEEN 1 AND 10),
  kommentar  text,
  FOREIGN KEY (foretag_nr, lopnr) REFERENCES affar.kontaktperson
);
CREATE INDEX enkat_svar_person ON affar.enkat_svar (foretag_nr, lopnr);

CREATE TABLE affar.utskick_val (
  foretag_nr integer NOT NULL,
  lopnr      smallint NOT NULL,
  kanal      varchar(8) NOT NULL,        -- EPOST, TELEFON
  amne       varchar(12) NOT NULL,
  tillaten   boolean NOT NULL,
  andrad     timestamptz NOT NULL,
  PRIMARY KEY (foretag_nr, lopnr, kanal, amne),
  FOREIGN KEY (foretag_nr, lopnr) REFERENCES affar.kontaktperson ON DELETE CASCADE
);

CREATE SCHEMA bokforing;

CREATE TABLE bokforing.rakenskapsar (
  ar     smallint PRIMARY KEY,
  fran   date NOT NULL,
  till   date NOT NULL,
  stangt boolean NOT NULL DEFAULT false
);

CREATE TABLE bokforing.referens (       -- "er referens" on the invoice; a copy, no key into affar
  referens_id integer PRIMARY KEY,
  kundnr      text NOT NULL,
  namn        text NOT NULL,
  epost       text
);
CREATE INDEX referens_epost ON bokforing.referens (lower(btrim(epost)));

CREATE TABLE bokforing.faktura (
  serie        char(1) NOT NULL,
  fakturanr    integer NOT NULL,
  ar           smallint NOT NULL REFERENCES bokforing.rakenskapsar,
  fakturadatum date NOT NULL,
  forfaller    date NOT NULL,
  kundnr       text NOT NULL,
  kundnamn     text NOT NULL,
  referens_id  integer REFERENCES bokforing.referens,
  er_referens  text NOT NULL,
  belopp       numeric(12,2) NOT NULL,
  moms         numeric(12,2) NOT NULL,
  betald       date,
  PRIMARY KEY (serie, fakturanr)
);
CREATE INDEX faktura_referens ON bokforing.faktura (referens_id);

CREATE TABLE bokforing.faktura_rad (
  serie     char(1) NOT NULL,
  fakturanr integer NOT NULL,
  rad       smallint NOT NULL,
  text      text NOT NULL,
  antal     numeric(9,2) NOT NULL,
  a_pris    numeric(12,2) NOT NULL,
  PRIMARY KEY (serie, fakturanr, rad),
  FOREIGN KEY (serie, fakturanr) REFERENCES bokforing.faktura
);
