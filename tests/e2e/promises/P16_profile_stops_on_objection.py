"""P16: interests are used for topics; an objection to marketing stops the profiling at once, by any
channel it is made for."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["interest_profile", "job_title"]


def scenario(varsam):
    for scope in ("all", "email", "phone"):
        who = varsam.register(
            f"p16.{scope}@post.example",
            "customer_contact",
            capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
        )
        varsam.await_decision(who, "interest_profiling", "ALLOW_LEGITIMATE_INTEREST", DATA)
        # The profile is for mailings' topics, nothing else.
        reason = varsam.decide(who, "contract_delivery", DATA)
        expect(reason == "DATA_OUT_OF_SCOPE", "the profile to serve nothing else", reason)
        body = {"subjectId": who, "marketingScope": scope}
        made = varsam.must("system", "POST", "/v1/objections", body)
        more = {"atLeastRevision": made["revision"]}
        reason = varsam.decide(who, "interest_profiling", DATA, **more)
        expect(reason == "OBJECTION_MARKETING", f"profiling to stop ({scope})", reason)


suite.main(scenario)
