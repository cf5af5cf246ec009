"""The tool's own database, through psql. Values travel on standard input: a command line is visible
to everybody on the machine."""

import json
import os
import subprocess
import sys


class Book:
    def __init__(self, conninfo):
        self.conninfo = conninfo

    def ask(self, statement, **values):
        """The rows of a statement, each a dictionary."""
        lines = [rf"\set {name} {quoted(value)}" for name, value in values.items()]
        lines += [f"WITH answer AS ({statement})",
                  "SELECT coalesce(json_agg(answer), '[]') FROM answer;"]
        done = subprocess.run(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", self.conninfo],
            input="\n".join(lines), capture_output=True, text=True, timeout=60, check=False,
        )
        if done.returncode:
            sys.exit(f"mailing: the database refuses: {done.stderr.strip().splitlines()[0]}")
        return json.loads(done.stdout)

    def add(self, who):
        """Who is on the list already has signed up again."""
        rows = self.ask(
            "UPDATE campaign.recipient SET active = true, opted_out_at = NULL,"
            " last_signal_at = now() WHERE lower(btrim(mail)) = :'mail' RETURNING recipient_no",
            mail=who.address.strip().lower(),
        ) or self.ask(
            "INSERT INTO campaign.recipient (mail, given, family, role_title, segment, obtained,"
            " topics, listed_at, last_signal_at) VALUES (:'mail', :'given', :'family',"
            " nullif(:'title', ''), :'segment', :'obtained', string_to_array(:'topics', ','),"
            " now(), now()) RETURNING recipient_no",
            mail=who.address, given=who.given, family=who.family, title=who.title or "",
            segment=who.segment, obtained=who.obtained, topics=",".join(who.topic),
        )
        return rows[0]["recipient_no"]

    def queue(self, code, template, addresses):
        """How many are in the outbox. Once queued, twice queued: nobody gets a mailing twice."""
        self.ask(
            "INSERT INTO campaign.mailing VALUES (:'code', :'template', now())"
            " ON CONFLICT (code) DO NOTHING RETURNING code",
            code=code, template=os.path.abspath(template.path),
        )
        added = self.ask(
            "INSERT INTO campaign.outbox (code, recipient_no, state, changed_at)"
            " SELECT :'code', recipient_no, 'queued', now() FROM campaign.recipient"
            " WHERE active AND NOT paused AND (:'topic' = '' OR :'topic' = ANY (topics))"
            " AND (:'to' = '' OR lower(btrim(mail)) = ANY (string_to_array(:'to', ',')))"
            " ON CONFLICT DO NOTHING RETURNING recipient_no",
            code=code, topic=template.topic, to=",".join(one.strip().lower() for one in addresses),
        )
        return len(added)

    def template_of(self, code):
        rows = self.ask("SELECT template FROM campaign.mailing WHERE code = :'code'", code=code)
        if not rows:
            sys.exit(f"mailing: nothing is queued as {code}")
        return rows[0]["template"]

    def queued(self, code, most):
        return self.ask(
            "SELECT recipient_no, mail, given, segment, obtained, listed_at,"
            " active AND NOT paused AS active"
            " FROM campaign.outbox JOIN campaign.recipient USING (recipient_no)"
            " WHERE code = :'code' AND state = 'queued' ORDER BY recipient_no LIMIT :'most'::int",
            code=code, most=most,
        )

    def move(self, code, recipient, state, why="", follow_key=""):
        self.ask(
            "UPDATE campaign.outbox SET state = :'state', why = nullif(:'why', ''),"
            " follow_key = coalesce(nullif(:'key', ''), follow_key), changed_at = now()"
            " WHERE code = :'code' AND recipient_no = :'no'::bigint RETURNING 1 AS done",
            code=code, no=recipient, state=state, why=why, key=follow_key,
        )

    def opt_out(self, recipient):
        self.ask(
            "UPDATE campaign.recipient SET active = false,"
            " opted_out_at = coalesce(opted_out_at, now())"
            " WHERE recipient_no = :'no'::bigint RETURNING 1 AS done",
            no=recipient,
        )

    def informed(self, recipient):
        self.ask(
            "UPDATE campaign.recipient SET informed_at = now()"
            " WHERE recipient_no = :'no'::bigint RETURNING 1 AS done",
            no=recipient,
        )

    def followed(self, key):
        rows = self.ask(
            "SELECT code, recipient_no, mail, template FROM campaign.outbox"
            " JOIN campaign.recipient USING (recipient_no) JOIN campaign.mailing USING (code)"
            " WHERE follow_key = :'key'",
            key=key,
        )
        return rows[0] if rows else None

    def happened(self, code, recipient, kind, link):
        self.ask(
            "INSERT INTO campaign.engagement (code, recipient_no, kind, link, at)"
            " VALUES (:'code', :'no'::bigint, :'kind', nullif(:'link', ''), now())"
            " RETURNING 1 AS done",
            code=code, no=recipient, kind=kind, link=link,
        )

    def report(self, code):
        outbox = self.ask(
            "SELECT state, why, count(*) AS letters FROM campaign.outbox WHERE code = :'code'"
            " GROUP BY state, why ORDER BY state, why", code=code,
        )
        happened = self.ask(
            "SELECT kind, count(*) AS times FROM campaign.engagement WHERE code = :'code'"
            " GROUP BY kind ORDER BY kind", code=code,
        )
        return {"code": code, "outbox": outbox, "engagement": happened}


def quoted(value):
    text = str(value).replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"'{text}'"
