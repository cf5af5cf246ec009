"""P19: a mail to affarssupport@lexium.se is a request: a class is suggested, a person confirms, one
case per thread, receipt is arrival."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    sender = "p19.olle@post.example"
    varsam.on_file_before_any_mail(sender, "correspondent")
    known = set(varsam.cases())
    case, message_id = varsam.mail_opens_case(
        f"Olle Berg <{sender}>", "Hej", "Ta bort mig ur era register."
    )
    case_id = case["id"]
    case = varsam.case(case_id)
    expect(case["suggestedRight"] == "RIGHT_ERASURE", "erasure suggested", case["suggestedRight"])
    expect(case["state"] == "CASE_STATE_TRIAGE", "a person to confirm", case["state"])
    expect(case["clock"]["acknowledgeBy"] >= case["clock"]["receiptDate"], "a day for the answer")
    suite.until("an acknowledgement by mail", lambda: varsam.sent_to(sender))
    stranger = "p19.okand@post.example"
    other, _ = varsam.mail_opens_case(f"Okand <{stranger}>", "Hej", "Vilka uppgifter har ni?")
    suite.until(
        "a person to acknowledge what no address on file can be told",
        lambda: "ACKNOWLEDGEMENT_OWED" in varsam.case(other["id"]).get("codes", []),
    )
    expect(not varsam.sent_to(stranger), "no letter to an address that is not on file")
    known.add(other["id"])
    before = len(case["history"])
    varsam.deliver(
        "affarssupport@lexium.se", sender, "Re: Hej", "Har ni sett mitt mejl?", reply_to=message_id
    )
    suite.until(
        "the reply in the same case", lambda: len(varsam.case(case_id)["history"]) > before
    )
    new = set(varsam.cases()) - known
    expect(new == {case_id}, "one case for the thread", new)
    varsam.classify(case_id, "RIGHT_ERASURE")
    expect(varsam.case(case_id)["state"] != "CASE_STATE_TRIAGE", "the case to go on once confirmed")


suite.main(scenario)
