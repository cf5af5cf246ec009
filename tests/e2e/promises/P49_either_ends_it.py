"""P49: you wrote to us; the contact lives until either ends it. Ended by mail 2026-05-04: use is
denied at that instant, the data goes within seven days."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register("p49.sluta@post.example", "prospect")
    kept.signal(
        varsam, who, "crm", ["name", "email", "sales_activity"], "prospect", "p49",
        [("reply", "2025-12-01T10:00:00+01:00"),
         ("contact_end_requested", "2026-05-04T14:30:00+02:00")],
        "2025-11-20T10:00:00+01:00", flags={"origin": "self_initiated", "customer": "false"},
        purposes=[{"purpose": "prospecting_crm"}],
    )
    before = kept.fields(varsam, who, "2026-05-04T12:29:00Z")["crm", "email"]
    email = kept.fields(varsam, who, "2026-05-04T12:31:00Z")["crm", "email"]
    expect(email["useDeniedFrom"].startswith("2026-05-04T12:30:00"), "denied at once", email)
    expect("ordinary" not in email.get("readableBy", []), "no use after the mail", email)
    expect(before["system"] == "crm", "the record known before", before)
    expect(email["retainUntil"] == "2026-05-04", "the last lawful day", email)
    expect(email["eraseBy"] == "2026-05-11", "gone within seven days", email)
    expect(email["decidedBy"] == "crm_contact_ended", "the person's own act to decide", email)
    items = kept.due(varsam, who, "2026-05-05T12:00:00Z", "crm")
    expect(set(items) == {"name", "email", "sales_activity"}, "everything due", items)


suite.main(scenario)
