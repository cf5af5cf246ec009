"""P58: a question of 2026-03-05 that proves to be a request keeps its receipt: due 2026-04-07."""

import calendar

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    at = calendar.timegm((2026, 3, 5, 9, 0, 0))
    case, _ = varsam.mail_opens_case(
        "Frida Ask <p58.frida@post.example>", "En sak", "Hej! Hur arbetar ni egentligen?", at
    )
    case_id = case["id"]
    expect(not case.get("suggestedRight", "RIGHT_UNSPECIFIED").endswith("ACCESS"), "a question")
    varsam.classify(case_id, "RIGHT_INQUIRY")
    expect(varsam.case(case_id)["state"] == "CASE_STATE_INQUIRY", "an inquiry")
    varsam.classify(case_id, "RIGHT_ACCESS")
    case = varsam.case(case_id)
    expect(case["right"] == "RIGHT_ACCESS", "a request for access", case["right"])
    expect(case["clock"]["receiptDate"] == "2026-03-05", "the first receipt", case["clock"])
    expect(case["clock"]["dueDate"] == "2026-04-07", "due 2026-04-07", case["clock"])
    events = [one["event"] for one in case["history"]]
    expect("turned_into_right" in events, "the turn in the history", events)


suite.main(scenario)
