"""P24: health words in a mail flag the case; only the privacy officer reads what was written."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    case, _ = varsam.mail_opens_case(
        "Hanna Ek <p24.hanna@post.example>",
        "Fråga",
        "Hej! Jag är sjukskriven och undrar vad ni har skrivit om det.",
    )
    case_id = case["id"]
    expect("SPECIAL_RISK" in varsam.case(case_id)["codes"], "the flag", varsam.case(case_id))
    path = f"/v1/requests/{case_id}/messages"
    answer = varsam.call("case_officer", "GET", path)
    expect(answer.status == 403 and answer.code == "SPECIAL_RISK", "403", answer.body)
    messages = varsam.must("privacy_officer", "GET", path)["messages"]
    expect("sjukskriven" in messages[0]["text"], "the message", messages)
    plain, _ = varsam.mail_opens_case(
        "Hugo Ek <p24.hugo@post.example>", "Fråga", "Hej! Vilka uppgifter har ni om mig?"
    )
    expect("SPECIAL_RISK" not in varsam.case(plain["id"]).get("codes", []), "no flag")
    varsam.must("case_officer", "GET", f"/v1/requests/{plain['id']}/messages")


suite.main(scenario)
