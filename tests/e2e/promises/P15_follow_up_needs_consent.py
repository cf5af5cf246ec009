"""P15: opens and clicks of mailings are followed only with consent to that, whatever allows the
mailing itself; taking it back stops the next pixel."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["email", "email_engagement"]


def scenario(varsam):
    who = varsam.register(
        "p15.person@post.example",
        "customer_contact",
        capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    varsam.await_decision(who, "email_engagement_tracking", "NO_CONSENT", DATA)
    decision = varsam.decision(who, "email_engagement_tracking", DATA)
    expect(decision["effect"] == "EFFECT_DENY", "no pixel, no personal link", decision)
    # The mailing's own purpose does not reach the engagement data.
    reason = varsam.decide(who, "marketing_email", ["email_engagement"])
    expect(reason == "DATA_OUT_OF_SCOPE", "engagement to be out of scope", reason)
    expect(not varsam.consent_events(who), "no consent event")
    notice = varsam.publish_notice(
        "p15-uppfoljning", ["email_engagement_tracking"], "Vi ser om du öppnar våra brev."
    )
    given = varsam.choose(who, "email_engagement_tracking", "GIVEN", notice)
    more = {"atLeastRevision": given["revision"]}
    reason = varsam.decide(who, "email_engagement_tracking", DATA, **more)
    expect(reason == "ALLOW_CONSENT", "to be followed with consent", reason)
    taken = varsam.choose(who, "email_engagement_tracking", "WITHDRAWN")
    more = {"atLeastRevision": taken["revision"]}
    reason = varsam.decide(who, "email_engagement_tracking", DATA, **more)
    expect(reason == "CONSENT_WITHDRAWN", "no pixel from then on", reason)


suite.main(scenario)
