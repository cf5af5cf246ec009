"""The staff's mailboxes."""

import datetime as dt
import os
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from seeding import names

MAIL_THREADS = 260
STAFF = {
    "anna.ekdahl@lexium.se": "Anna Ekdahl",
    "johan.brandt@lexium.se": "Johan Brandt",
    "eva.holm@lexium.se": "Eva Holm",
    "affarssupport@lexium.se": "Affärssupport",
}


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
