"""P14: a mailing is asked about person by person: one is sent; who objected, who is a sole trader
without consent, and who was erased are left out, each with the reason."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    company = "CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    fine = varsam.register("p14.ok@post.example", "customer_contact", capacity=company)
    objected = varsam.register("p14.nej@post.example", "customer_contact", capacity=company)
    trader = varsam.register(
        "p14.firma@post.example", "customer_contact", capacity="CAPACITY_SOLE_TRADER"
    )
    erased = varsam.register("p14.borta@post.example", "customer_contact", capacity=company)
    for who in (fine, objected, erased):
        varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    varsam.await_decision(trader, "marketing_email", "MFL_CONSENT_REQUIRED")
    varsam.must(
        "system", "POST", "/v1/objections", {"subjectId": objected, "marketingScope": "all"}
    )
    varsam.erase("p14.borta@post.example")
    varsam.await_decision(erased, "marketing_email", "SUBJECT_ERASED")
    queries = [
        {
            "subjectId": who,
            "purpose": "marketing_email",
            "dataCategories": ["name", "email"],
            "contactsPerson": True,
        }
        for who in (fine, objected, trader, erased)
    ]
    answer = varsam.must("marketing", "POST", "/v1/decisions:batchDecide", {"queries": queries})
    reasons = [one["reason"] for one in answer["decisions"]]
    expect(
        reasons
        == [
            "ALLOW_LEGITIMATE_INTEREST",
            "OBJECTION_MARKETING",
            "MFL_CONSENT_REQUIRED",
            "SUBJECT_ERASED",
        ],
        "one to be sent and three reasons",
        reasons,
    )


suite.main(scenario)
