"""P40: an application works without consent; the talent pool needs its own, unticked box."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register(
        "p40.kandidat@post.example",
        "applicant",
        capacity="CAPACITY_NATURAL_PERSON",
        relationships=[
            {
                "kind": "RELATIONSHIP_KIND_APPLICATION",
                "purposes": ["recruitment"],
                "from": suite.now()[:10],
            }
        ],
    )
    data = ("name", "email", "cv")
    varsam.await_decision(who, "recruitment", "ALLOW_CONTRACT", data)
    varsam.await_decision(who, "talent_pool", "NO_CONSENT", data)
    answer = varsam.must("auditor", "GET", f"/v1/subjects/{who}/consents")
    expect(not answer.get("events"), "no consent event", answer)
    # A box that is ticked beforehand, or going on using the site, is no consent.
    for mechanism in ("pre_ticked_box", "continued_use"):
        body = {
            "subjectId": who,
            "purpose": "talent_pool",
            "choice": "CHOICE_GIVEN",
            "actor": "ACTOR_SUBJECT",
            "mechanism": mechanism,
            "channel": "web",
        }
        refused = varsam.call("system", "POST", "/v1/consents", body)
        expect(not refused.ok, f"{mechanism} to be refused", refused.body)
    varsam.await_decision(who, "talent_pool", "NO_CONSENT", data)


suite.main(scenario)
