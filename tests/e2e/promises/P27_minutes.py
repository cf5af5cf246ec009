"""P27: unfinished text of three weeks is withheld (DRAFT_TEXT), of fourteen months disclosed."""

import base64
import json
import time

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def day(ago):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * 86400))


def scenario(varsam):
    with varsam.unserved("website"):  # somebody answers for it, with minutes found by hand
        case_id = searched(varsam)
    reviewed(varsam, case_id)


def searched(varsam):
    address = "p27.mia@post.example"
    varsam.register(address, "customer_contact")
    body = {
        "right": "RIGHT_ACCESS",
        "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
    }
    already = len(varsam.sent_to(address))
    case_id = varsam.must(None, "POST", "/v1/requests", body)["caseId"]
    varsam.confirm(case_id, address, already)
    minutes = {
        "meeting_minutes": [
            {"draft": True, "drafting_since": day(21), "text": "tre veckor gammalt utkast"},
            {"draft": True, "drafting_since": day(426), "text": "fjorton manader gammalt utkast"},
            {"text": "Mia bad oss fraga kalle@annan.example om saken."},
        ]
    }
    given = []

    def in_review():
        for task in varsam.tasks(case_id):
            if given or not task.get("manual") or task["state"] != "TASK_STATE_OPEN":
                continue
            result = base64.b64encode(json.dumps(minutes).encode()).decode()
            counts = [{"dataCategory": "meeting_minutes", "found": 3, "exported": 3}]
            answer = {"outcome": "DONE", "counts": counts, "evidence": "protokoll",
                      "result": result}
            varsam.must("case_officer", "POST", f"/v1/tasks/{task['id']}:finish", answer)
            given.append(task["system"])
        if given:
            varsam.finish_by_hand(case_id)
        return varsam.case(case_id)["state"] == "CASE_STATE_REVIEW"

    suite.until("the search to end", in_review, 180)
    return case_id


def reviewed(varsam, case_id):
    path = f"/v1/requests/{case_id}"
    items = varsam.must("case_officer", "GET", path + "/reviewItems")["items"]
    kinds = {one["path"]: (one["kind"], one["decision"]) for one in items}
    expect(kinds.get("/meeting_minutes/0") == ("DRAFT", "withhold"), "DRAFT_TEXT", kinds)
    expect("/meeting_minutes/1" not in kinds, "fourteen months disclosed", kinds)
    pending = [one for one in items if one["decision"] == "pending"]
    expect(len(pending) == 1 and pending[0]["kind"] == "THIRD_PARTY", "somebody else", kinds)
    refused = varsam.call("case_officer", "POST", path + ":approve", {})
    expect(refused.code == "REVIEW_ITEMS_OPEN", "no answer before the review", refused.body)
    decide = f"{path}/reviewItems/{pending[0]['id']}:decide"
    varsam.must("case_officer", "POST", decide, {"decision": "redact"})
    varsam.must("case_officer", "POST", path + ":approve", {})
    suite.until("a package", lambda: varsam.case(case_id).get("packageReady"), 60)
    notes = [one.get("event") for one in varsam.case(case_id)["history"]]
    expect("partly_granted" in notes, "a partial answer with codes", notes)


suite.main(scenario)
