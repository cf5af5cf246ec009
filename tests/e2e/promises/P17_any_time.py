"""P17: people may ask at any time. A mail of Saturday 2026-06-06 23:50 counts from that day."""

import calendar

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    at = calendar.timegm((2026, 6, 6, 21, 50, 0))  # 23:50 in Stockholm
    case, _ = varsam.mail_opens_case(
        "Petra Lind <p17.petra@post.example>",
        "Mina uppgifter",
        "Hej! Jag vill ha ut alla uppgifter ni har om mig.",
        at,
    )
    case = varsam.case(case["id"])
    clock = case["clock"]
    expect(clock["receiptDate"] == "2026-06-06", "receipt 2026-06-06", clock)
    expect(clock["dueDate"] == "2026-07-06", "due 2026-07-06", clock)
    expect(len(clock["steps"]) >= 2, "the due date to be explained", clock)
    expect(all(one["sv"] and one["en"] for one in clock["steps"]), "Swedish and English", clock)
    expect(case["suggestedRight"] == "RIGHT_ACCESS", "access suggested", case["suggestedRight"])


suite.main(scenario)
