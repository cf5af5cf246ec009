"""P37: only a person known to speak for a company is mailed on legitimate interest; a private
person, a sole trader and whoever is not classified needs consent."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    for capacity in ("NATURAL_PERSON", "SOLE_TRADER", None):
        more = {"capacity": "CAPACITY_" + capacity} if capacity else {}
        name = (capacity or "okand").lower().replace("_", "-")
        who = varsam.register(f"p37.{name}@post.example", "customer_contact", **more)
        varsam.await_decision(who, "marketing_email", "MFL_CONSENT_REQUIRED")
    who = varsam.register(
        "p37.bolag@post.example",
        "customer_contact",
        capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    # A sale, own similar services and an opt-out each time open the way without consent.
    who = varsam.register(
        "p37.kund@post.example",
        "customer_contact",
        capacity="CAPACITY_SOLE_TRADER",
        softOptIn={
            "obtainedInSale": True,
            "ownSimilarServices": True,
            "optOutOfferedEachTime": True,
        },
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_SOFT_OPT_IN")
    expect(not varsam.consent_events(who), "no consent event")


suite.main(scenario)
