"""The recruitment system: candidates, applications and their ends."""

import datetime as dt
import json
import uuid

from seeding import names
from seeding.tables import Copy
from seeding.world import ASCII, MOBILES, person_entry

APPLICANTS = 1000


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
