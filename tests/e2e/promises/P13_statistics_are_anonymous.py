"""P13: statistics name nobody: a group of three is suppressed, a group of five is counted."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def cell(varsam, system, category):
    cells = varsam.must("auditor", "GET", "/v1/statistics")["cells"]
    return next(
        one for one in cells if (one["system"], one["dataCategory"]) == (system, category)
    )


def scenario(varsam):
    for number in range(5):
        who = varsam.register(f"p13.{number}@post.example", "customer_contact")
        categories = ["followup_talk"] + (["vacation"] if number < 3 else [])
        kept.signal(
            varsam, who, "hr", categories, "employee", f"p13/{number}",
            [("employment_end", "2027-03-31T12:00:00+02:00")], "2026-01-10T09:00:00+01:00",
        )
    few = cell(varsam, "hr", "vacation")
    expect(few.get("suppressed"), "a cell of three to be suppressed", few)
    expect(int(few.get("people", 0)) == 0, "no number in it", few)
    many = cell(varsam, "hr", "followup_talk")
    expect(int(many["people"]) == 5 and not many.get("suppressed"), "five to be counted", many)


suite.main(scenario)
