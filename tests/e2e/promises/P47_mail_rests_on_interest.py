"""P47: correspondence by mail rests on legitimate interest, so that nobody's consent is presumed:
no event is written, and the consent list stays empty. The thread goes a year after its last
message; opening a mail is no message."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


DATA = ["name", "email", "email_content"]


def scenario(varsam):
    who = varsam.register("p47.person@post.example", "customer_contact")
    varsam.await_decision(who, "email_correspondence", "ALLOW_LEGITIMATE_INTEREST", DATA)
    decision = varsam.decision(who, "email_correspondence", DATA)
    expect(decision["basis"] == "6(1)(f)", "Art. 6(1)(f)", decision)
    expect(not varsam.consent_events(who), "no consent event")
    body = {
        "subjectId": who,
        "purpose": "email_correspondence",
        "choice": "CHOICE_GIVEN",
        "actor": "ACTOR_STAFF",
        "mechanism": "email_received",
        "channel": "mail",
    }
    refused = varsam.call("system", "POST", "/v1/consents", body)
    expect(refused.code == "PURPOSE_NOT_CONSENT_BASED", "none to be made up", refused.body)
    expect(not varsam.consent_events(who), "still no consent event")
    kept.signal(
        varsam, who, "email", DATA, "customer_contact", "p47",
        [("message", "2026-02-10T09:00:00+01:00"), ("message", "2026-03-05T09:00:00+01:00"),
         ("mail_open", "2026-09-01T09:00:00+02:00")],
        "2026-02-10T09:00:00+01:00", purposes=[{"purpose": "email_correspondence"}],
    )
    content = kept.fields(varsam, who, "2026-10-01T12:00:00Z")["email", "email_content"]
    expect(content["retainUntil"] == "2027-03-05", "a year from the last message", content)
    expect(content["decidedBy"] == "email_thread", "the rule for threads to decide", content)
    items = kept.due(varsam, who, "2027-03-06T12:00:00Z", "email")
    expect("email_content" in items, "the thread due the day after", items)


suite.main(scenario)
