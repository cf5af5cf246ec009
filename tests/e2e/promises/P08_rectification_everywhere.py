"""P08: data is changed in every system that holds it, and every recipient is told (Art. 16, 19)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect

CHOOSE = """SELECT epost FROM affar.kontaktperson
    WHERE telefon IS NOT NULL AND epost IS NOT NULL AND raderad_tid IS NULL
    AND epost = lower(btrim(epost)) AND telefon = btrim(telefon)
    AND 1 = (SELECT count(*) FROM affar.kontaktperson o
             WHERE lower(btrim(o.epost)) = kontaktperson.epost)
    ORDER BY foretag_nr DESC, lopnr"""
NEW, NEW_TITLE = "+46 8 555 000 08", "Omsorgschef"


def scenario(varsam):
    crm = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    address = varsam.in_many_systems(suite.run_sql(crm, CHOOSE).split())
    held = f"SELECT telefon || '|' || titel FROM affar.kontaktperson WHERE epost = '{address}'"
    old, old_title = suite.run_sql(crm, held).split("|")
    identifier = {"type": "IDENTIFIER_TYPE_EMAIL", "value": address}
    body = {"identifiers": [identifier], "reason": "P08"}
    found = varsam.must("system", "POST", "/v1/subjects:resolve", body)
    subject = found["subjectIds"][0]
    for recipient in ("Partner AB", "Revisor KB", "Partner AB"):
        disclosure = {
            "subjectId": subject,
            "recipient": recipient,
            "recipientKind": "third_party",
            "dataCategories": ["phone"],
            "purpose": "third_party_disclosure",
            "disclosedAt": suite.now(-3600),
        }
        varsam.must("system", "POST", "/v1/disclosures", {"disclosure": disclosure})
    already = len(varsam.sent_to(address))
    body = {
        "right": "RIGHT_RECTIFICATION",
        "identifiers": [identifier],
        "changes": [
            {"dataCategory": "phone", "oldValue": old, "newValue": NEW},
            {"dataCategory": "job_title", "oldValue": old_title, "newValue": NEW_TITLE},
        ],
    }
    case_id = varsam.must(None, "POST", "/v1/requests", body)["caseId"]
    varsam.confirm(case_id, address, already)
    suite.until("a review", lambda: varsam.case(case_id)["state"] == "CASE_STATE_REVIEW", 60)
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})

    def told():
        varsam.finish_by_hand(case_id)
        tasks = varsam.tasks(case_id)
        return [one for one in tasks if one["action"] == "TASK_ACTION_NOTIFY_RECIPIENT"]

    tell = suite.until("a task for each recipient", told, 180)
    expect(sorted(one["recipient"] for one in tell) == ["Partner AB", "Revisor KB"], "two", tell)
    expect(all(one["ground"] == "ART_19" for one in tell), "Art. 19", tell)
    row = suite.run_sql(crm, held)
    expect(row == f"{NEW}|{NEW_TITLE}", "the new number and title", row)
    mailing = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=mailing"
    row = f"SELECT role_title FROM campaign.recipient WHERE lower(btrim(mail)) = '{address}'"
    expect(suite.run_sql(mailing, row) == NEW_TITLE, "the new title in the mailing tool")

    def closed():
        varsam.finish_by_hand(case_id)
        return varsam.case(case_id)["state"] == "CASE_STATE_CLOSED"

    suite.until("the case to close", closed, 120)
    varsam.print_what_was_done(case_id)
    letters = varsam.sent_to(address)
    expect("Partner AB" in letters[-1][1], "the recipients in the answer", letters[-1][1])


suite.main(scenario)
