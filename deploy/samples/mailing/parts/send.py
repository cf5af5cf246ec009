"""Sends a queued mailing. For each recipient Varsam is asked right before: a letter that was queued
while it was allowed is cancelled when it no longer is."""

import secrets
import smtplib

from parts import letter
from parts.varsam import allowed, follow_query, send_query

BATCH = 20  # letters between two questions
SMTP_SECONDS = 30


def send(code, template, book, varsam, settings):
    """Yields what became of each letter. A letter that is `sending` when we are cut off stays so:
    it may have gone out, and is not sent again."""
    host, port = settings["MAILING_SMTP"].split(":")
    with smtplib.SMTP(host, int(port), timeout=SMTP_SECONDS) as smtp:
        while rows := book.queued(code, BATCH):
            for row, decision, may_follow in asked(rows, template, varsam):
                if not allowed(decision):
                    yield cancel(code, row, decision, book)
                    continue
                key = secrets.token_urlsafe(16)
                follow = follow_links(settings["MAILING_FOLLOW_URL"], key) if may_follow else None
                path = varsam.opt_out_path(row["subject"], code)
                message = letter.compose(
                    template, row, decision, settings["MAILING_OPT_OUT_URL"] + path, follow
                )
                number = row["recipient_no"]
                book.move(code, number, "sending", decision["reason"], key if follow else "")
                try:
                    smtp.send_message(message)
                except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
                    yield cancel(code, row, {"reason": "REFUSED_BY_SMTP"}, book)
                    continue
                book.move(code, number, "sent", decision["reason"])
                obligations = decision.get("obligations", [])
                if "EMBED_ART14_NOTICE" in obligations:
                    book.informed(number)
                    varsam.informed(row)
                yield {"recipient": number, "state": "sent", "reason": decision["reason"],
                       "obligations": obligations, "followed": bool(follow)}


def asked(rows, template, varsam):
    """Row, decision, and whether opens and clicks may be followed."""
    for row in rows:
        row["subject"] = varsam.person(row["mail"]) if row["active"] else None
    subjects = [row["subject"] for row in rows]
    queries = [send_query(one, template) for one in subjects]
    decisions = varsam.decide(queries + [follow_query(one) for one in subjects])
    may_send, may_follow = decisions[: len(rows)], decisions[len(rows):]
    return [(row, may, allowed(also)) for row, may, also in zip(rows, may_send, may_follow)]


def cancel(code, row, decision, book):
    reason = decision.get("reason", "PERSON_UNKNOWN" if row["active"] else "NOT_ACTIVE")
    book.move(code, row["recipient_no"], "cancelled", reason)
    if reason == "OBJECTION_MARKETING":
        book.opt_out(row["recipient_no"])
    return {"recipient": row["recipient_no"], "state": "cancelled", "reason": reason}


def follow_links(base, key):
    if not base:
        return None
    return lambda kind, number=None: f"{base}/{kind}/{key}" + ("" if number is None
                                                               else f"/{number}")
