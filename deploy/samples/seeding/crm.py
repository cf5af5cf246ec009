"""The CRM with its companies, contacts, meetings, surveys and invoices."""

import datetime as dt

from seeding import names
from seeding.tables import Copy
from seeding.world import ASCII, LANDLINES, MOBILES, earliest, person_entry

PROSPECTS, CUSTOMERS = 2600, 1400
COMPANIES_P, COMPANIES_K, COMPANIES_F = 700, 320, 80


def wrong_check_digit(digits):
    total = 0
    for position, digit in enumerate(digits):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return (10 - total % 10 + 3) % 10


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
            "affar.enkat_svar",
            "svar_id, enkat_id, foretag_nr, lopnr, besvarad, betyg, kommentar",
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
        self.people = []  # whom the other systems know, too

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
        title = rng.choice(names.TITLES)
        self.people.append({
            "first": first, "last": last, "email": address, "title": title, "source": source,
            "customer": customer, "hidden": bool(hidden or role_end),
        })
        self.contact.add(
            company,
            number,
            self.companies[company][2] + f"-{number}" if customer else None,
            first,
            last,
            title,
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

    def add_activity(self, company, number, kind, direction, day, seller):
        self.activity.add(
            len(self.activity.rows) + 1, company, number, kind, direction, self.w.at(day),
            self.w.rng.choice(names.CALL_NOTES), seller,
        )

    def add_traces(self, company, number, who, contacted, dialog, interest, created):
        w, rng = self.w, self.w.rng
        seller = rng.choice(names.SELLERS)
        if dialog:
            kind = rng.choice(["SAMTAL", "MEJL"])
            self.add_activity(company, number, kind, "I", dialog, seller)
        if contacted == "J":
            for _ in range(rng.randrange(0, 3)):
                day = w.day_between(created.date(), w.today - dt.timedelta(days=1))
                kind = rng.choice(["SAMTAL", "KAMPANJ"])
                self.add_activity(company, number, kind, "U", day, seller)
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
            len(self.survey.rows) + 1,
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
