"""What the systems share: the day, the dice, people with their addresses, and the manifest."""

import calendar
import datetime as dt
import random

from seeding import names

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


def earliest(world, *days):
    known = [d for d in days if d]
    return (min(known) if known else world.days_ago(100, 900)) - dt.timedelta(days=1)


def person_entry(who, **keys):
    return {"first_name": who[0], "last_name": who[1], "email": who[2], **keys}
