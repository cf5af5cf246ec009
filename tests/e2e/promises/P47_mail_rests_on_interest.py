"""P47: correspondence by mail rests on legitimate interest, so that nobody's consent is presumed:
no event is written, and the consent list stays empty."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
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


suite.main(scenario)
