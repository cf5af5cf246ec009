"""P02: a visitor who scrolls and leaves has consented to nothing; going on using the site is
refused as a way to consent, and leaves no event."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    visitor = varsam.register("p02.besokare@post.example", "website_visitor")
    data = ["online_identifier", "site_interaction"]
    varsam.await_decision(visitor, "web_statistics", "NO_CONSENT", data)
    notice = varsam.publish_notice("p02-kakor", ["web_statistics"], "Vi mäter besök.")
    for mechanism in ("continued_use", "scroll", "silence", "preticked", "bundled_terms"):
        body = {
            "subjectId": visitor,
            "purpose": "web_statistics",
            "choice": "CHOICE_GIVEN",
            "actor": "ACTOR_SUBJECT",
            "mechanism": mechanism,
            "channel": "web",
            "notice": notice,
        }
        refused = varsam.call("system", "POST", "/v1/consents", body)
        expect(refused.code == "MECHANISM_NOT_CONSENT", f"{mechanism} to be refused", refused.body)
    expect(varsam.decide(visitor, "web_statistics", data) == "NO_CONSENT", "no consent")
    expect(not varsam.consent_events(visitor), "no consent event")
    expect(
        varsam.decide(visitor, "cookie_necessary", ["online_identifier"])
        == "ALLOW_STRICTLY_NECESSARY",
        "the necessary to work",
    )


suite.main(scenario)
