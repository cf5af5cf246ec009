"""P35: what rests on legitimate interest is allowed under an approved balancing test, and denied
when its review is overdue."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["name", "email"]


def scenario(varsam):
    who = varsam.register(
        "p35.person@post.example", "prospect", capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    )
    varsam.await_decision(who, "prospecting_crm", "ALLOW_LEGITIMATE_INTEREST", DATA)
    tests = varsam.must("auditor", "GET", "/v1/assessments")["assessments"]
    policy = varsam.must("auditor", "GET", "/v1/policies/current")["model"]
    purpose = next(one for one in policy["purposes"] if one["id"] == "prospecting_crm")
    test = purpose["legitimateInterestAssessment"]
    review = max(one["reviewBy"] for one in tests if one["id"] == test)
    last = varsam.decision(who, "prospecting_crm", DATA, at=f"{review}T12:00:00Z")
    expect(last["reason"] == "ALLOW_LEGITIMATE_INTEREST", "the last day to be included", last)
    year = int(review[:4]) + 1
    late = varsam.decision(who, "prospecting_crm", DATA, at=f"{year}-01-15T12:00:00Z")
    expect(late["reason"] == "LIA_MISSING_OR_EXPIRED", "an overdue review to deny", late)
    before = varsam.decision(who, "prospecting_crm", DATA, at="2020-01-15T12:00:00Z")
    expect(before["effect"] == "EFFECT_DENY", "nothing before the approval", before)


suite.main(scenario)
