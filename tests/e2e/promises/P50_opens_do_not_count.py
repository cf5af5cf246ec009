"""P50: we wrote to you; the contact lives while you show interest. Last signal 2025-06-30; opening
a mail on 2026-05-01 is none: use ends with 2026-06-30, whoever sends the signals and how often."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register("p50.prospekt@post.example", "prospect")
    record = dict(
        flags={"origin": "outbound", "customer": "false"},
        purposes=[{"purpose": "prospecting_crm"}],
    )
    events = [("interest_signal", "2025-06-30T09:00:00+02:00"),
              ("mail_open", "2026-05-01T09:00:00+02:00"),
              ("link_click", "2026-05-02T09:00:00+02:00"),
              ("own_mail", "2026-06-01T09:00:00+02:00")]
    for order in (events, list(reversed(events))):  # twice, and in disorder
        kept.signal(varsam, who, "crm", ["name", "email"], "prospect", "p50", order,
                    "2025-05-02T09:00:00+02:00", **record)
    email = kept.fields(varsam, who, "2026-07-01T12:00:00Z")["crm", "email"]
    expect(email["retainUntil"] == "2026-06-30", "a year from the last real signal", email)
    expect("ordinary" not in email.get("readableBy", []), "no use from 2026-07-01", email)
    expect(not kept.due(varsam, who, "2026-06-30T12:00:00Z", "crm"), "nothing due on the last day")
    expect(kept.due(varsam, who, "2026-07-01T12:00:00Z", "crm"), "due on 2026-07-01")
    suite.until(
        "a decision to say RETENTION_EXPIRED",
        lambda: varsam.decide(who, "prospecting_crm") == "RETENTION_EXPIRED",
    )


suite.main(scenario)
