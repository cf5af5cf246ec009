"""P25: what was public is taken down, and whoever else shows it is told (Art. 17(2))."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    address = "p25.pelle@post.example"
    varsam.register(address, "correspondent")
    body = {
        "right": "RIGHT_ERASURE",
        "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
        "message": "Min kommentar på bloggen ska bort.",
        "publishedAt": ["https://www.example/blogg/12#kommentar-3"],
    }
    case_id = varsam.must(None, "POST", "/v1/requests", body)["caseId"]
    varsam.confirm(case_id, address, 0)
    suite.until("a review", lambda: varsam.case(case_id)["state"] == "CASE_STATE_REVIEW", 60)
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})
    seen = set()

    def closed():
        for task in varsam.tasks(case_id):
            seen.add((task["action"], task.get("ground", "")))
        varsam.finish_by_hand(case_id)
        return varsam.case(case_id)["state"] == "CASE_STATE_CLOSED"

    suite.until("the case to close", closed, 180)
    expect(("TASK_ACTION_TAKE_DOWN", "ART_17_2") in seen, "the page taken down", seen)
    expect(("TASK_ACTION_NOTIFY_RECIPIENT", "ART_17_2") in seen, "others told", seen)


suite.main(scenario)
