"""The mailing tool and the website: most of their people are contacts of the CRM."""

import datetime as dt
import uuid

from seeding import names
from seeding.tables import Copy

CUSTOMERS_LISTED, LEADS_LISTED, READERS = 350, 60, 40
ACCOUNTS, STRANGERS = 150, 100
SIGNAL_DAYS = 600  # younger than every last lawful day of the mailing tool
VISIT_DAYS = 60  # the same for the website
PAGES = ["/", "/tjanster", "/priser", "/om-oss", "/kontakt", "/guider/upphandling"]
BROWSERS = [("Firefox 132", "dator"), ("Safari 18", "mobil"), ("Chrome 130", "dator"),
            ("Chrome 130", "mobil")]
MATTERS = ["Offert", "Fråga om faktura", "Beställning", "Annat"]


def known_people(world, crm):
    """Contacts of the CRM of whom nothing is due soon: customers and leads, each once."""
    soon = {entry["email"] for entry in world.manifest["due"] + world.manifest["near_misses"]}
    people = [one for one in crm.people if one["email"] not in soon and not one["hidden"]]
    return ([one for one in people if one["customer"]],
            [one for one in people if not one["customer"] and one["source"] == "SJALV"])


class Mailing:
    def __init__(self, world):
        self.w = world
        self.recipient = Copy(
            "campaign.recipient",
            "recipient_no, mail, given, family, role_title, segment, obtained, topics, active, "
            "paused, listed_at, last_signal_at, informed_at, opted_out_at",
        )
        self.mailing = Copy("campaign.mailing", "code, template, queued_at")
        self.outbox = Copy(
            "campaign.outbox", "code, recipient_no, state, why, changed_at, follow_key"
        )
        self.customers = []

    def tables(self):
        return [self.recipient, self.mailing, self.outbox]

    def build(self, customers, leads):
        w, rng = self.w, self.w.rng
        sent = w.at(w.days_ago(30, 30))
        self.mailing.add("2026-oktober", "nyheter", sent)
        self.customers = customers[:1] + rng.sample(customers[1:], CUSTOMERS_LISTED - 1)
        for one in self.customers:
            self.add(one, "customer", "sale", sent)
        for one in rng.sample(leads, LEADS_LISTED):
            self.add(one, "lead", "person", sent)
        for _ in range(READERS):
            first, last, address = w.person()
            reader = {"first": first, "last": last, "email": address, "title": None}
            self.add(reader, "reader", "person", sent)

    def add(self, who, segment, obtained, sent):
        w, rng = self.w, self.w.rng
        number = len(self.recipient.rows) + 1
        signal = w.days_ago(5, SIGNAL_DAYS)
        listed = w.at(signal - dt.timedelta(days=rng.randrange(0, 300)))
        topics = rng.sample(names.TOPICS, rng.randrange(1, 3))
        self.recipient.add(
            number, w.typed(who["email"]), who["first"], who["last"], who["title"], segment,
            obtained, topics, True, False, listed, w.at(signal), None, None,
        )
        self.outbox.add("2026-oktober", number, "sent", "ALLOW_LEGITIMATE_INTEREST", sent, None)


class Website:
    def __init__(self, world):
        self.w = world
        self.visitor = Copy(
            "webb.besokare", "besokare, webblasare, enhet, forst_sedd, senast_sedd"
        )
        self.choice = Copy("webb.kakval", "besokare, kategori, tillaten, vald_tid")
        self.view = Copy("webb.sidvisning", "visning_id, besokare, tid, sida, klick")
        self.account = Copy(
            "webb.konto", "konto_nr, besokare, fornamn, efternamn, epost, skapad"
        )
        self.form = Copy(
            "webb.formular", "formular_id, konto_nr, namn, epost, arende, skickad"
        )

    def tables(self):
        return [self.visitor, self.choice, self.view, self.account, self.form]

    def build(self, customers):
        w, rng = self.w, self.w.rng
        for one in customers[:ACCOUNTS]:
            browser, seen = self.add_visitor()
            number = len(self.account.rows) + 1
            first, last, address = one["first"], one["last"], one["email"]
            self.account.add(number, browser, first, last, w.typed(address), seen)
            if number == 1 or rng.random() < 0.7:
                form, matter = len(self.form.rows) + 1, rng.choice(MATTERS)
                self.form.add(form, number, f"{first} {last}", address, matter, seen)
        for _ in range(STRANGERS):
            self.add_visitor()

    def add_visitor(self):
        w, rng = self.w, self.w.rng
        browser = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        first = w.at(w.days_ago(2, VISIT_DAYS))
        last = max(first, w.at(w.days_ago(1, 2)))
        self.visitor.add(browser, *rng.choice(BROWSERS), first, last)
        statistics = rng.random() < 0.5
        choices = [("installning", rng.random() < 0.6), ("statistik", statistics),
                   ("annonser", rng.random() < 0.2)]
        for category, allowed in choices:
            self.choice.add(browser, category, allowed, first)
        # Pages are counted for who allowed statistics, for nobody else.
        for page in rng.sample(PAGES, rng.randrange(1, 4)) if statistics else []:
            self.view.add(len(self.view.rows) + 1, browser, first, page, None)
        return browser, first
