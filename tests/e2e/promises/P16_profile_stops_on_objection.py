"""P16: interests are used for topics and for nothing else in the policy; an objection to marketing
stops the profiling at once, by any channel it is made for."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["interest_profile", "job_title"]


def scenario(varsam):
    # The profile is for the topics of mailings: no other purpose of the policy reaches it, so that
    # nothing that concerns a person's rights or duties can rest on it (Art. 22).
    policy = varsam.must("auditor", "GET", "/v1/policies/current")["model"]
    anybody = varsam.register("p16.alla@post.example", "customer_contact")
    varsam.await_decision(anybody, "contract_delivery", "ALLOW_LEGITIMATE_INTEREST")
    others = [one["id"] for one in policy["purposes"] if one["id"] != "interest_profiling"]
    expect(len(others) > 15, "the whole policy", others)
    for purpose in others:
        reason = varsam.decide(anybody, purpose, ["interest_profile"])
        expect(reason == "DATA_OUT_OF_SCOPE", f"{purpose} not to reach the profile", reason)

    for scope in ("all", "email", "phone"):
        who = varsam.register(
            f"p16.{scope}@post.example",
            "customer_contact",
            capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
        )
        varsam.await_decision(who, "interest_profiling", "ALLOW_LEGITIMATE_INTEREST", DATA)
        body = {"subjectId": who, "marketingScope": scope}
        made = varsam.must("system", "POST", "/v1/objections", body)
        more = {"atLeastRevision": made["revision"]}
        reason = varsam.decide(who, "interest_profiling", DATA, **more)
        expect(reason == "OBJECTION_MARKETING", f"profiling to stop ({scope})", reason)


suite.main(scenario)
