"""P49: "avsluta kontakten" by mail ends the use at once; the receipt names the day of erasure."""

import time

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    address = "p49.karin@post.example"
    subject = varsam.on_file_before_any_mail(address, "prospect")
    signal = {
        "subjectId": subject,
        "system": "crm",
        "recordKey": "p49-1",
        "dataCategories": ["name", "email"],
        "subjectCategories": ["prospect"],
        "collectedAt": suite.now(-86400),
    }
    varsam.must("system", "POST", "/v1/signals", {"signals": [signal]})
    case, _ = varsam.mail_opens_case(
        f"Karin Holm <{address}>", "Hej", "Jag vill avsluta kontakten med er."
    )
    case_id = case["id"]
    expect("CONTACT_END" in varsam.case(case_id)["codes"], "it is suggested", varsam.case(case_id))
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:endContact", {})

    def receipt():
        return [text for _, text in varsam.sent_to(address) if "avslutat kontakten" in text]

    text = suite.until("the receipt", receipt, 60)[0]
    latest = time.strftime("%Y-%m-%d", time.localtime(time.time() + 7 * 86400 + 7200))
    found = [word.strip(".") for word in text.split() if word.startswith("20")]
    expect(found and found[0] <= latest, "erased within seven days", text)
    suite.until(
        "the case to close", lambda: varsam.case(case_id)["state"] == "CASE_STATE_CLOSED", 60
    )

    def ended():
        answer = varsam.must("privacy_officer", "GET", f"/v1/subjects/{subject}/retention")
        fields = [one for one in answer["fields"] if one["system"] == "crm"]
        return fields and all(one["status"] != "RETENTION_STATUS_OPEN" and one.get("retainUntil")
                              for one in fields) and fields

    fields = suite.until("the record to end", ended, 60)
    today = time.strftime("%Y-%m-%d", time.localtime(time.time() + 7200))
    expect(all(one["retainUntil"] <= today for one in fields), "ended today", fields)


suite.main(scenario)
