#!/usr/bin/env python3
"""Writes the contents of the sample systems: 5,000 invented Swedish people.

  seed.py --out DIR [--today YYYY-MM-DD] [--seed N]

DIR/crm.sql, DIR/recruiting.sql  COPY data for the schemas beside this file (load with psql)
DIR/boxes/<address>/Maildir      mailboxes
DIR/manifest.json                who is due for disposal today, who nearly is, and the people of
                                 the demo

The same seed and day give the same bytes. Standard library only. Relative to `today` some
prospects and rejected candidates passed their last lawful day yesterday (due), others pass it today
or tomorrow (near misses); nobody else is due, and nobody is overdue. Everything outside those lists
keeps a distance of days. Persons are invented, mail domains end in .example, telephone numbers come
from the ranges that the Swedish regulator keeps free for fiction, organisation numbers have a wrong
check digit.
"""

import argparse
import calendar
import datetime as dt
import json
import os
import random
import uuid
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import names

PROSPECTS, CUSTOMERS, APPLICANTS = 2600, 1400, 1000
COMPANIES_P, COMPANIES_K, COMPANIES_F = 700, 320, 80
MAIL_THREADS = 260
STAFF = {
    "anna.ekdahl@lexium.se": "Anna Ekdahl",
    "johan.brandt@lexium.se": "Johan Brandt",
    "eva.holm@lexium.se": "Eva Holm",
    "affarssupport@lexium.se": "Affärssupport",
}
MOBILES = [f"070-174 06 {n:02d}" for n in range(5, 100)]
LANDLINES = (
    [f"08-465 004 {n:02d}" for n in range(100)]
    + [f"031-390 06 {n:02d}" for n in range(50)]
    + [f"040-628 04 {n:02d}" for n in range(50)]
    + [f"0980-319 2{n:02d}" for n in range(100)]
)
ASCII = str.maketrans("åäöéüÅÄÖÉÜ", "aaoeuAAOEU")


def add_months(day, months):
    """The policy's arithmetic: same day number, or the last of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


class Clock:
    """Days on which a period of `months` has ended, ends today, or ends tomorrow."""

    def __init__(self, today, months):
        day = add_months(today, -months) + dt.timedelta(days=4)
        while add_months(day, months) >= today:
            day -= dt.timedelta(days=1)
        self.due = day
        self.last_day = day + dt.timedelta(days=1)
        self.day_before = day + dt.timedelta(days=2)
        self.safe_from = day + dt.timedelta(days=4)


class Copy:
    """One table's rows as a COPY block."""

    def __init__(self, table, columns):
        self.head = f"COPY {table} ({columns}) FROM stdin;\n"
        self.rows = []

    def add(self, *values):
        self.rows.append("\t".join(self.text(v) for v in values))

    @staticmethod
    def text(value):
        if value is None:
            return "\\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, (dt.datetime, dt.date)):
            return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
        if isinstance(value, bytes):
            return "\\\\x" + value.hex()
        if isinstance(value, list):
            value = "{" + ",".join(value) + "}"
        return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

    def __str__(self):
        return self.head + "".join(row + "\n" for row in self.rows) + "\\.\n"


class World:
    def __init__(self, today, seed):
        self.today = today
        self.rng = random.Random(seed)
        self.addresses = set()
        self.idle = Clock(today, 24)  # crm_self_initiated_idle, recruit_rejected, customer_contact
        self.interest = Clock(today, 12)  # crm_outbound_interest
        self.bought = Clock(today, 6)  # purchased_uncontacted
        self.manifest = {
            "today": today.isoformat(),
            "seed": seed,
            "people": {},
            "due": [],
            "near_misses": [],
        }
        self.people_for_mail = []

    def at(self, day):
        return dt.datetime.combine(
            day, dt.time(self.rng.randrange(8, 17), self.rng.randrange(60), self.rng.randrange(60))
        )

    def day_between(self, first, last):
        return first + dt.timedelta(days=self.rng.randrange(max(1, (last - first).days + 1)))

    def days_ago(self, least, most):
        return self.today - dt.timedelta(days=self.rng.randrange(least, most + 1))

    def person(self, domain=None):
        first = self.rng.choice(names.FIRST)
        last = self.rng.choice(names.LAST_A) + self.rng.choice(names.LAST_B)
        return first, last, self.address(first, last, domain)

    def address(self, first, last, domain=None):
        domain = domain or self.rng.choice(["post.example", "brev.example", "epost.example"])
        stem = f"{first}.{last}".translate(ASCII).lower()
        address, n = f"{stem}@{domain}", 1
        while address in self.addresses:
            n += 1
            address = f"{stem}{n}@{domain}"
        self.addresses.add(address)
        return address

    def phone(self, numbers):
        """As people type it: three spellings of one number, or none."""
        if self.rng.random() < 0.45:
            return None
        number = self.rng.choice(numbers)
        style = self.rng.random()
        if style < 0.6:
            return number
        digits = number.replace("-", "").replace(" ", "")
        return ("+46 " + number[1:].replace("-", " ")) if style < 0.8 else "0046" + digits[1:]

    def typed(self, address):
        """E-mail as typed into a vendor's form: sometimes capitals, sometimes a stray blank."""
        style = self.rng.random()
        if style < 0.08:
            return address.title()
        return address + " " if style < 0.12 else address

    def note(self, kind, system, key, address, rule):
        entry = {"system": system, "key": key, "email": address, "rule": rule}
        if kind == "due":
            self.manifest["due"].append(entry)
        elif kind in ("last_day", "day_before"):
            self.manifest["near_misses"].append(
                {
                    **entry,
                    "last_lawful_day": (
                        (
                            self.today if kind == "last_day" else self.today + dt.timedelta(days=1)
                        ).isoformat()
                    ),
                }
            )


class Crm:
    """affar and bokforing in one database, as the vendor sells them."""

    def __init__(self, world):
        self.w = world
        self.company = Copy(
            "affar.foretag",
            "foretag_nr, namn, orgnr, gata, postnr, ort, bransch, kundstatus, "
            "avtal_from, avtal_tom, saljare",
        )
        self.contact = Copy(
            "affar.kontaktperson",
            "foretag_nr, lopnr, kundnr, fornamn, efternamn, titel, epost, "
            "telefon, mobil, ursprung, kalla, kontaktad, senaste_dialog, senaste_intresse, "
            "lista_inlast, tackat_nej, roll_slut, intressen, skapad, andrad, raderad_tid",
        )
        self.history = Copy(
            "affar.kontaktperson_hist",
            "hist_id, foretag_nr, lopnr, andrad, andrad_av, falt, gammalt, nytt",
        )
        self.activity = Copy(
            "affar.aktivitet",
            "aktivitet_id, foretag_nr, lopnr, typ, riktning, tid, anteckning, saljare",
        )
        self.meeting = Copy("affar.mote", "mote_id, foretag_nr, tid, plats, protokoll")
        self.attendee = Copy("affar.mote_deltagare", "mote_id, foretag_nr, lopnr, roll")
        self.survey = Copy(
            "affar.enkat_svar", "enkat_id, foretag_nr, lopnr, besvarad, betyg, kommentar"
        )
        self.choice = Copy("affar.utskick_val", "foretag_nr, lopnr, kanal, amne, tillaten, andrad")
        self.year = Copy("bokforing.rakenskapsar", "ar, fran, till, stangt")
        self.reference = Copy("bokforing.referens", "referens_id, kundnr, namn, epost")
        self.invoice = Copy(
            "bokforing.faktura",
            "serie, fakturanr, ar, fakturadatum, forfaller, kundnr, kundnamn, "
            "referens_id, er_referens, belopp, moms, betald",
        )
        self.line = Copy("bokforing.faktura_rad", "serie, fakturanr, rad, text, antal, a_pris")
        self.companies = {}  # number -> (name, domain, kundnr)
        self.by_status = {"P": [], "K": [], "F": []}
        self.next_number = {}
        self.present = {}  # company -> [(lopnr, name)]

    def tables(self):
        return [
            self.company,
            self.contact,
            self.history,
            self.activity,
            self.meeting,
            self.attendee,
            self.survey,
            self.choice,
            self.year,
            self.reference,
            self.invoice,
            self.line,
        ]

    def add_company(self, number, status, name=None):
        w, rng = self.w, self.w.rng
        name = name or f"{rng.choice(names.COMPANY_A)} {rng.choice(names.COMPANY_B)} {number} AB"
        domain = "-".join(name.translate(ASCII).lower().split()[:-1]) + ".example"
        city, post = rng.choice(names.CITIES)
        start = end = None
        if status != "P":
            start = w.days_ago(800, 2500)
        if status == "F":
            end = w.day_between(w.idle.safe_from + dt.timedelta(days=30), w.days_ago(20, 20))
        elif status == "K" and rng.random() < 0.5:
            end = w.today + dt.timedelta(days=rng.randrange(30, 900))
        body = f"5599{rng.randrange(100):02d}{rng.randrange(1000):03d}"
        self.company.add(
            number,
            name,
            f"{body[:6]}-{body[6:]}{wrong_check_digit(body)}",
            f"{rng.choice(names.STREETS)} {rng.randrange(1, 90)}",
            f"{post} {rng.randrange(10, 99)}",
            city,
            rng.choice(names.TRADES),
            status,
            start,
            end,
            rng.choice(names.SELLERS),
        )
        self.companies[number] = (name, domain, f"K{100000 + number}")
        self.by_status[status].append(number)

    def build_companies(self):
        self.add_company(1001, "K", "Nordvik Bygg AB")
        number = 1002
        for status, count in (("P", COMPANIES_P), ("K", COMPANIES_K - 1), ("F", COMPANIES_F)):
            for _ in range(count):
                self.add_company(number, status)
                number += 1

    def add_contact(
        self,
        company,
        origin,
        source,
        *,
        who=None,
        dialog=None,
        interest=None,
        listed=None,
        contacted="J",
        role_end=None,
        hidden=None,
        created=None,
    ):
        """Returns (key, address). Dates are days; the time of day is drawn."""
        w, rng = self.w, self.w.rng
        number = self.next_number[company] = self.next_number.get(company, 0) + 1
        first, last, address = who or w.person(self.companies[company][1])
        customer = company not in self.prospect_companies
        created = w.at(created or earliest(w, dialog, interest, listed))
        self.contact.add(
            company,
            number,
            self.companies[company][2] + f"-{number}" if customer else None,
            first,
            last,
            rng.choice(names.TITLES),
            w.typed(address),
            w.phone(LANDLINES),
            w.phone(MOBILES),
            origin,
            source,
            contacted,
            dialog and w.at(dialog),
            interest and w.at(interest),
            listed,
            None,
            role_end,
            rng.sample(names.TOPICS, rng.randrange(0, 3)) or None,
            created,
            created,
            w.at(hidden) if hidden else None,
        )
        self.add_traces(
            company, number, (first, last, address), contacted, dialog, interest, created
        )
        self.present.setdefault(company, []).append((number, f"{first} {last}"))
        return [company, number], address

    def add_traces(self, company, number, who, contacted, dialog, interest, created):
        w, rng = self.w, self.w.rng
        seller = rng.choice(names.SELLERS)
        if dialog:
            self.activity.add(
                len(self.activity.rows) + 1,
                company,
                number,
                rng.choice(["SAMTAL", "MEJL"]),
                "I",
                w.at(dialog),
                rng.choice(names.CALL_NOTES),
                seller,
            )
        if contacted == "J":
            for _ in range(rng.randrange(0, 3)):
                day = w.day_between(created.date(), w.today - dt.timedelta(days=1))
                self.activity.add(
                    len(self.activity.rows) + 1,
                    company,
                    number,
                    rng.choice(["SAMTAL", "KAMPANJ"]),
                    "U",
                    w.at(day),
                    rng.choice(names.CALL_NOTES),
                    seller,
                )
        if rng.random() < 0.15:
            self.history.add(
                len(self.history.rows) + 1,
                company,
                number,
                created + dt.timedelta(days=1),
                seller,
                "epost",
                f"{who[0]}@gammal.example".lower().translate(ASCII),
                who[2],
            )
        if interest or rng.random() < 0.2:
            for topic in rng.sample(names.TOPICS, 2):
                self.choice.add(company, number, "EPOST", topic, rng.random() < 0.8, created)

    def build_prospects(self):
        w, rng = self.w, self.w.rng
        self.prospect_companies = set(self.by_status["P"])
        pick = lambda: rng.choice(self.by_status["P"])
        made = self.build_due_prospects(pick)
        while made < PROSPECTS:
            made += 1
            kind = rng.random()
            hidden = w.days_ago(3, 300) if rng.random() < 0.02 else None
            recent = w.today - dt.timedelta(days=1)
            if kind < 0.5:  # they wrote first; what counts is the dialogue, not old interest
                day = w.day_between(w.idle.safe_from, recent)
                old = w.days_ago(760, 1100) if rng.random() < 0.1 else None
                self.add_contact(pick(), "E", "SJALV", dialog=day, interest=old, hidden=hidden)
            elif kind < 0.85:  # we wrote first; what counts is interest, not an old dialogue
                day = w.day_between(w.interest.safe_from, recent)
                old = w.days_ago(760, 1100) if rng.random() < 0.1 else None
                self.add_contact(pick(), "U", "WEB", interest=day, dialog=old, hidden=hidden)
            elif kind < 0.95:  # bought, not yet contacted
                self.add_contact(
                    pick(),
                    "U",
                    "LISTA",
                    listed=w.day_between(w.bought.safe_from, recent),
                    contacted="N",
                    hidden=hidden,
                )
            else:  # bought long ago, contacted, still interested
                self.add_contact(
                    pick(),
                    "U",
                    "LISTA",
                    listed=w.days_ago(200, 330),
                    interest=w.day_between(w.interest.safe_from, recent),
                )

    def build_due_prospects(self, pick):
        """Twelve idle, eight without interest, four bought: due, and as many near misses twice."""
        w = self.w
        made = 0
        for when, days in (("due", "due"), ("last_day", "last_day"), ("day_before", "day_before")):
            for n in range(12):
                who = None
                if when == "due" and n == 0:
                    who = ("Elin", "Sandström", "elin.sandstrom@post.example")
                hidden = (
                    w.days_ago(40, 40) if n == 5 else None
                )  # hidden in the product, due all the same
                key, address = self.add_contact(
                    pick(), "E", "SJALV", who=who, dialog=getattr(w.idle, days), hidden=hidden
                )
                w.note(when, "crm", key, address, "crm_self_initiated_idle")
                if who:
                    w.manifest["people"]["due_prospect"] = person_entry(who, crm=key)
            for _ in range(8):
                key, address = self.add_contact(
                    pick(), "U", "WEB", interest=getattr(w.interest, days)
                )
                w.note(when, "crm", key, address, "crm_outbound_interest")
            for _ in range(4):
                key, address = self.add_contact(
                    pick(), "U", "LISTA", listed=getattr(w.bought, days), contacted="N"
                )
                w.note(when, "crm", key, address, "purchased_uncontacted")
            made += 24
        return made

    def build_customers(self):
        w, rng = self.w, self.w.rng
        for year in range(2023, max(2026, w.today.year) + 1):
            self.year.add(year, dt.date(year, 1, 1), dt.date(year, 12, 31), year < w.today.year)
        who = ("Karl", "Öberg", "karl.oberg@nordvik-bygg.example")
        w.addresses.add(who[2])
        key, _ = self.add_contact(
            1001, "E", "SJALV", who=who, dialog=w.days_ago(12, 12), created=dt.date(2023, 4, 3)
        )
        invoices = self.add_invoices(key, who, [2024, 2025, 2025])
        self.add_survey(key, w.days_ago(90, 90))
        w.manifest["people"]["customer_contact"] = person_entry(who, crm=key, invoices=invoices)
        w.people_for_mail.append(who)
        # With customers even a silent contact that once wrote first is no idle prospect.
        made = 1
        pool = self.by_status["K"] * 4 + self.by_status["F"]
        while made < CUSTOMERS:
            made += 1
            company = rng.choice(pool)
            who = w.person(self.companies[company][1])
            dialog = w.days_ago(1, 1000) if rng.random() < 0.9 else None
            role_end = w.days_ago(2, 70) if rng.random() < 0.03 else None
            key, _ = self.add_contact(
                company,
                rng.choice("EEU"),
                rng.choice(["SJALV", "ARBGIV"]),
                who=who,
                dialog=dialog,
                role_end=role_end,
                created=w.days_ago(1001, 1500),
            )
            if rng.random() < 0.45:
                years = rng.choices(
                    [2023, 2024, 2025, w.today.year], [1, 2, 5, 2], k=rng.randrange(1, 4)
                )
                self.add_invoices(key, who, sorted(years))
            if rng.random() < 0.25:
                self.add_survey(key, w.days_ago(5, 600))
            if rng.random() < 0.08:
                w.people_for_mail.append(who)

    def add_survey(self, key, day):
        self.survey.add(
            day.year,
            *key,
            self.w.at(day),
            self.w.rng.randrange(3, 11),
            self.w.rng.choice(names.OPINIONS),
        )

    def add_invoices(self, key, who, years):
        w, rng = self.w, self.w.rng
        company, domain, customer = self.companies[key[0]]
        reference = len(self.reference.rows) + 1
        full = f"{who[0]} {who[1]}"
        self.reference.add(reference, f"{customer}-{key[1]}", full, w.typed(who[2]))
        numbers = []
        for year in years:
            last = min(dt.date(year, 12, 20), w.today - dt.timedelta(days=1))
            day = w.day_between(dt.date(year, 1, 8), last)
            number = len(self.invoice.rows) + 50001
            total, rows = 0, rng.randrange(1, 4)
            for row in range(1, rows + 1):
                count, price = rng.randrange(1, 40), rng.randrange(200, 1900)
                total += count * price
                self.line.add(
                    "A",
                    number,
                    row,
                    rng.choice(["Serviceavtal", "Timmar", "Material", "Resor"]),
                    count,
                    price,
                )
            due = day + dt.timedelta(days=30)
            paid = due - dt.timedelta(days=rng.randrange(0, 9))
            self.invoice.add(
                "A",
                number,
                year,
                day,
                due,
                customer,
                company,
                reference,
                full,
                total,
                round(total * 0.25, 2),
                paid if paid < w.today else None,
            )
            numbers.append({"series": "A", "number": number, "year": year})
        return numbers

    def build_meetings(self):
        w, rng = self.w, self.w.rng
        busy = sorted(c for c, people in self.present.items() if c not in self.prospect_companies)
        busy = [1001] + rng.sample([c for c in busy if c != 1001], 200)
        for meeting, company in enumerate(busy, start=1):
            people = rng.sample(self.present[company], min(len(self.present[company]), 3))
            if company == 1001 and self.present[company][0] not in people:
                people[0] = self.present[company][0]
            day = w.days_ago(10, 700)
            listed = ", ".join(name for _, name in people)
            text = (
                f"Närvarande: {listed}.\n{people[0][1]} gick igenom läget. Beslut: nästa besiktning"
                f" i kvartal {rng.randrange(1, 5)}, {people[-1][1]} återkommer med datum."
            )
            self.meeting.add(
                meeting, company, w.at(day), rng.choice(["Teams", "På plats", "Kontoret"]), text
            )
            for number, _ in people:
                self.attendee.add(meeting, company, number, "deltagare")


class Recruiting:
    def __init__(self, world):
        self.w = world
        self.opening = Copy("ats.opening", "opening_id, title, location, opened_on, closed_on")
        self.candidate = Copy(
            "ats.candidate",
            "candidate_id, first_name, last_name, email, phone, city, source, "
            "presentation, talent_pool, last_login_at, created_at, deleted_at",
        )
        self.application = Copy(
            "ats.application",
            "candidate_id, opening_id, status, applied_at, "
            "updated_by_candidate_at, rejected_at, withdrawn_at, cover_letter",
        )
        self.document = Copy(
            "ats.document",
            "document_id, candidate_id, kind, file_name, media_type, content, uploaded_at",
        )
        self.interview = Copy(
            "ats.interview",
            "candidate_id, opening_id, round, held_at, interviewer, score, assessment",
        )
        self.audit = Copy(
            "ats.candidate_audit", "audit_id, candidate_id, changed_at, changed_by, old_row"
        )

    def tables(self):
        return [
            self.opening,
            self.candidate,
            self.application,
            self.document,
            self.interview,
            self.audit,
        ]

    def uuid(self):
        return str(uuid.UUID(int=self.w.rng.getrandbits(128), version=4))

    def build(self):
        w, rng = self.w, self.w.rng
        for number in range(1, 61):
            title, city = names.OPENINGS[number % len(names.OPENINGS)]
            opened = w.days_ago(20, 1100)
            self.opening.add(
                number, title, city, opened, None if number < 12 else opened + dt.timedelta(days=45)
            )
        who = ("Astrid", "Lindqvist", "astrid.lindqvist@post.example")
        w.addresses.add(who[2])
        key = self.add("interview", applied=w.days_ago(9, 9), who=who)
        w.manifest["people"]["candidate"] = person_entry(who, recruiting=key)
        w.people_for_mail.append(who)
        made = 1
        for when in ("due", "last_day", "day_before"):
            for n in range(10):
                day = getattr(w.idle, when)
                twice = n == 9 and when == "due"  # refused again later: the later refusal counts
                key = self.add(
                    "rejected",
                    applied=day - dt.timedelta(days=rng.randrange(20, 60)),
                    ended=day,
                    again=w.days_ago(100, 100) if twice else None,
                )
                if not twice:
                    w.note(when, "recruiting", key, self.last_address, "recruit_rejected")
                made += 1
        while made < APPLICANTS:
            made += 1
            kind = rng.random()
            if kind < 0.3:
                self.add(
                    rng.choice(["new", "new", "interview", "offer"]), applied=w.days_ago(1, 60)
                )
            elif kind < 0.9:
                day = w.day_between(w.idle.safe_from, w.today - dt.timedelta(days=1))
                self.add(
                    "rejected", applied=day - dt.timedelta(days=rng.randrange(20, 60)), ended=day
                )
            else:
                day = w.day_between(w.bought.safe_from, w.today - dt.timedelta(days=1))
                self.add(
                    "withdrawn", applied=day - dt.timedelta(days=rng.randrange(5, 30)), ended=day
                )

    def add(self, status, *, applied, ended=None, again=None, who=None):
        """Once a recruitment has ended the vendor's clean-up has removed phone, letter and
        presentation: only what may be needed against a claim is left."""
        w, rng = self.w, self.w.rng
        first, last, address = who or w.person()
        self.last_address = address
        key, opened = self.uuid(), ended is None
        created = w.at(applied)
        city = rng.choice(names.CITIES)[0]
        self.candidate.add(
            key,
            first,
            last,
            w.typed(address),
            (w.phone(MOBILES) or MOBILES[3]) if opened else None,
            city if opened else None,
            rng.choice(["career_page", "career_page", "agency", "referral"]),
            f"Jag bor i {city} och söker nya uppgifter." if opened else None,
            False,
            created,
            created,
            (
                w.at(ended + dt.timedelta(days=1))
                if ended and ended < w.today - dt.timedelta(days=2) and rng.random() < 0.1
                else None
            ),
        )
        openings = rng.sample(range(1, 12) if opened else range(12, 61), 2)
        self.add_application(key, openings[0], status, created, ended, opened, first)
        if again:
            later = w.at(again - dt.timedelta(days=30))
            self.add_application(key, openings[1], "rejected", later, again, False, first)
        text = (
            f"CV\n{first} {last}\n{city}\n2016–2020 {rng.choice(names.COMPANY_A)} AB\n2020–"
            " Tekniker\n"
        )
        self.document.add(
            self.uuid(),
            key,
            "cv",
            f"cv_{first}_{last}.txt".translate(ASCII).lower(),
            "text/plain",
            text.encode(),
            created,
        )
        if opened and rng.random() < 0.4:
            self.document.add(
                self.uuid(),
                key,
                "letter",
                "brev.txt",
                "text/plain",
                f"Hej, jag heter {first} och söker tjänsten.\n".encode(),
                created,
            )
        if rng.random() < 0.1:
            old = json.dumps(
                {"email": f"{first.lower()}@gammal.example".translate(ASCII), "last_name": last},
                ensure_ascii=False,
            )
            self.audit.add(len(self.audit.rows) + 1, key, created, "system", old)
        return key

    def add_application(self, key, opening, status, created, ended, opened, first):
        w, rng = self.w, self.w.rng
        end = w.at(ended) if ended else None
        self.application.add(
            key,
            opening,
            status,
            created,
            created,
            end if status == "rejected" else None,
            end if status == "withdrawn" else None,
            f"Jag är {first} och skulle trivas hos er." if opened else None,
        )
        if status in ("interview", "offer") or (status == "rejected" and rng.random() < 0.5):
            held = min(
                created + dt.timedelta(days=7),
                end or created + dt.timedelta(days=7),
                w.at(w.today - dt.timedelta(days=1)),
            )
            self.interview.add(
                key,
                opening,
                1,
                held,
                "anna.ekdahl",
                rng.randrange(2, 6),
                rng.choice(names.ASSESSMENTS),
            )


class Mail:
    """Threads of one to three messages between staff and people; the newest is never a year old."""

    def __init__(self, world, out):
        self.w = world
        self.out = out
        self.count = 0
        for address in STAFF:
            for folder in ("", ".Sent"):
                for part in ("cur", "new", "tmp"):
                    os.makedirs(os.path.join(out, address, "Maildir", folder, part), exist_ok=True)

    def build(self):
        w, rng = self.w, self.w.rng
        for n, who in enumerate(w.people_for_mail[:MAIL_THREADS]):
            staff = (
                "anna.ekdahl@lexium.se"
                if who[2].endswith(("post.example", "brev.example", "epost.example"))
                # The intake mailbox starts empty: what lies there is a request to Varsam.
                else rng.choice(["johan.brandt@lexium.se", "eva.holm@lexium.se"])
            )
            day = w.days_ago(5, 5) if n < 2 else w.days_ago(3, 280)
            self.thread(who, staff, w.at(day), 3 if n < 2 else rng.randrange(1, 4))

    def thread(self, who, staff, at, length):
        rng = self.w.rng
        subject = rng.choice(
            ["Fråga om tjänsten", "Avtalet", "Möte nästa vecka", "Underlag", "Återkoppling"]
        )
        person = f"{who[0]} {who[1]} <{who[2]}>"
        employee = f"{STAFF[staff]} <{staff}>"
        parent = None
        for turn in range(length):
            incoming = turn % 2 == 0
            message = EmailMessage(policy=SMTP)
            message["From"], message["To"] = (person, employee) if incoming else (employee, person)
            message["Subject"] = subject if turn == 0 else f"Re: {subject}"
            message["Date"] = format_datetime(at.replace(tzinfo=dt.timezone.utc))
            message["Message-ID"] = f"<{rng.getrandbits(64):016x}@{who[2].split('@')[1]}>"
            if parent:
                message["In-Reply-To"] = message["References"] = parent
            parent = message["Message-ID"]
            greeting = f"Hej {STAFF[staff].split()[0]},\n\n" if incoming else f"Hej {who[0]},\n\n"
            message.set_content(
                greeting
                + rng.choice(names.CALL_NOTES)
                + "\n\nHälsningar\n"
                + (f"{who[0]} {who[1]}\n" if incoming else f"{STAFF[staff]}\nLexium\n")
            )
            self.store(staff, "" if incoming else ".Sent", message, at)
            at += dt.timedelta(hours=rng.randrange(2, 20))

    def store(self, address, folder, message, at):
        self.count += 1
        stamp = int(at.replace(tzinfo=dt.timezone.utc).timestamp())
        path = os.path.join(
            self.out, address, "Maildir", folder, "cur", f"{stamp}.M{self.count}P1.lexium:2,S"
        )
        with open(path, "wb") as file:
            file.write(message.as_bytes())
        os.utime(path, (stamp, stamp))


class Ops:
    """The operations system: who ordered work, who did it, where they were."""

    TECHNICIANS = 8
    ORDERS = 60

    def __init__(self, world, customer):
        self.world = world
        self.statements = []
        self.people = [(1, " ".join(customer[:2]), customer[2], "bestallare")]

    def insert(self, table, *values):
        self.statements.append(
            f"INSERT INTO {table} VALUES ({', '.join(map(self.literal, values))});\n"
        )

    @staticmethod
    def literal(value):
        if value is None:
            return "NULL"
        if isinstance(value, (int, float)):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"

    def build(self):
        w = self.world
        for number in range(2, 2 + self.TECHNICIANS):
            first, last, address = w.person("montage.example")
            self.people.append((number, f"{first} {last}", address, "tekniker"))
        for number, name, address, role in self.people:
            self.insert("person", number, name, address, None, role, None)
        for order in range(1, self.ORDERS + 1):
            by = 1 if order % 20 == 1 else None
            name = self.people[0][1] if by else "Driften"
            at = w.at(w.days_ago(10, 700))
            self.insert("arbetsorder", order, by, f"Anläggning {order % 9 + 1}",
                        f"{name} anmäler fel på pump {order}", at)
            worker = self.people[1 + order % self.TECHNICIANS]
            self.insert("arbetslogg", order, order, worker[0], at, at + dt.timedelta(hours=2),
                        f"{worker[1]} bytte packning")
            self.insert("underhallslogg", order, 1, f"Klart, {name} informerad")
            self.insert("position", worker[0], at, 59.3 + order / 1000, 18.0 + order / 1000)
        w.manifest["people"]["technician"] = {
            "name": self.people[1][1], "email": self.people[1][2], "ops": 2}

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(self.statements)


class Hr:
    """The personnel archive as folders: employees only."""

    STAFF = [("Anna", "Ekdahl"), ("Johan", "Brandt"), ("Eva", "Holm"), ("Nils", "Forsberg")]

    def __init__(self, world, folder):
        self.world = world
        self.folder = folder

    def file(self, path, text):
        whole = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def build(self):
        register = "anstallningsnr;fornamn;efternamn;epost;titel\r\n"
        vacation = "anstallningsnr;ar;dagar\r\n"
        place = "epost;ort\r\n"
        for number, (first, last) in enumerate(self.STAFF, start=1001):
            address = f"{first}.{last}@lexium.se".lower()
            register += f"{number};{first};{last};{address};Konsult\r\n"
            vacation += f"{number};{self.world.today.year};{self.world.rng.randrange(5, 26)}\r\n"
            place += f"{address};Stockholm\r\n"
            year = self.world.today.year - 1
            self.file(f"personal/{number}/samtal/{year}.txt", f"Uppföljning med {first} {last}.\n")
            self.file(f"personal/{number}/omdomen/{year}.txt", "Goda resultat.\n")
        self.file("register.csv", register)
        self.file("listor/semester.csv", vacation)
        self.file("listor/arbetsplats.csv", place)
        self.file("protokoll/flytt.txt", "Anna Ekdahl och Johan Brandt byter plats.\n")
        self.world.manifest["people"]["employee"] = {
            "first_name": "Nils", "last_name": "Forsberg", "email": "nils.forsberg@lexium.se",
            "hr": 1004}


def earliest(world, *days):
    known = [d for d in days if d]
    return (min(known) if known else world.days_ago(100, 900)) - dt.timedelta(days=1)


def person_entry(who, **keys):
    return {"first_name": who[0], "last_name": who[1], "email": who[2], **keys}


def wrong_check_digit(digits):
    total = 0
    for position, digit in enumerate(digits):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10 + 3) % 10


def write_sql(path, tables):
    with open(path, "w", encoding="utf-8") as file:
        file.write("SET client_encoding = 'UTF8';\nSET TimeZone = 'Europe/Stockholm';\n")
        for table in tables:
            file.write(str(table))
        file.write("ANALYZE;\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True)
    parser.add_argument("--today", type=dt.date.fromisoformat, default=dt.date.today())
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    world = World(options.today, options.seed)
    crm, recruiting = Crm(world), Recruiting(world)
    crm.build_companies()
    recruiting.build()
    # The candidate of the demo once asked for an offer, too: one person in three systems.
    world.addresses.add("elin.sandstrom@post.example")
    crm.prospect_companies = set(crm.by_status["P"])
    key, _ = crm.add_contact(
        crm.by_status["P"][0],
        "E",
        "SJALV",
        dialog=world.days_ago(60, 60),
        who=("Astrid", "Lindqvist", "astrid.lindqvist@post.example"),
    )
    world.manifest["people"]["candidate"]["crm"] = key
    crm.build_customers()
    crm.build_prospects()
    crm.build_meetings()
    mail = Mail(world, os.path.join(options.out, "boxes"))
    mail.build()
    customer = world.manifest["people"]["customer_contact"]
    ops = Ops(world, (customer["first_name"], customer["last_name"], customer["email"]))
    ops.build()
    Hr(world, os.path.join(options.out, "hr")).build()
    world.manifest["counts"] = {
        "contacts": len(crm.contact.rows),
        "candidates": len(recruiting.candidate.rows),
        "invoices": len(crm.invoice.rows),
        "messages": mail.count,
    }
    write_sql(os.path.join(options.out, "crm.sql"), crm.tables())
    write_sql(os.path.join(options.out, "recruiting.sql"), recruiting.tables())
    ops.write(os.path.join(options.out, "ops.sql"))
    with open(os.path.join(options.out, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(world.manifest, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
