"""P59: the ten rights of the policy can each be used by form, without an account."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect

AT_ONCE = ("CASE_STATE_EXECUTING", "CASE_STATE_RESPONDED", "CASE_STATE_CLOSED",
           "CASE_STATE_NOTIFYING_RECIPIENTS")
RIGHTS = {
    "RIGHT_ACCESS": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_RECTIFICATION": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_ERASURE": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_RESTRICTION": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_PORTABILITY": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_OBJECTION_LEGITIMATE_INTEREST": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_HUMAN_REVIEW": ("CASE_STATE_IDENTITY_CHECK",),
    "RIGHT_OBJECTION_MARKETING": AT_ONCE,
    "RIGHT_WITHDRAW_CONSENT": AT_ONCE,
    "RIGHT_COMPLAINT": ("CASE_STATE_TRIAGE", "CASE_STATE_INQUIRY", "CASE_STATE_IDENTITY_CHECK"),
}


def scenario(varsam):
    model = varsam.must("auditor", "GET", "/v1/policies/current")
    rights = model.get("model", model).get("rights", [])
    expect(len(rights) == 10, "ten rights in the policy", len(rights))
    for number, (right, states) in enumerate(RIGHTS.items()):
        address = f"p59.{number}@post.example"
        varsam.register(address, "newsletter_recipient")
        body = {
            "right": right,
            "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
            "message": "Jag använder min rätt.",
        }
        if right == "RIGHT_RECTIFICATION":
            body["changes"] = [{"dataCategory": "phone", "newValue": "08-1"}]
        case = varsam.case(varsam.must(None, "POST", "/v1/requests", body)["caseId"])
        expect(case["right"] == right and case["state"] in states, right, case["state"])
        if states != AT_ONCE and right != "RIGHT_COMPLAINT":  # which is the authority's to answer
            expect(case["clock"].get("dueDate"), f"a due date for {right}", case["clock"])


suite.main(scenario)
