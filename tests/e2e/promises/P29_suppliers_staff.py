"""P29: times of suppliers' staff are a category of their own with a period of their own: assignment
ended 2026-04-15, erased on 2027-04-16."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register("p29.inhyrd@post.example", "supplier_worker")
    kept.signal(
        varsam, who, "ops", ["name", "work_times"], "supplier_worker", "p29",
        [("assignment_end", "2026-04-15T16:00:00+02:00")], "2025-09-01T08:00:00+02:00",
        purposes=[{"purpose": "work_logging"}],
    )
    times = kept.fields(varsam, who, "2026-11-01T12:00:00Z")["ops", "work_times"]
    expect(times["retainUntil"] == "2027-04-15", "a year from the end of the assignment", times)
    expect(times["decidedBy"] == "worker_assignment", "the rule for suppliers' staff", times)
    expect(not kept.due(varsam, who, "2027-04-15T12:00:00Z", "ops"), "nothing due on the last day")
    items = kept.due(varsam, who, "2027-04-16T12:00:00Z", "ops")
    expect(set(items) == {"name", "work_times"}, "name and times due", items)
    expect(items["name"]["method"] == "delete", "to be deleted", items)


suite.main(scenario)
