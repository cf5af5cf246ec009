"""P22: positions are not kept as a track of the person. A point of 2026-01-10 is lawful through
2026-04-10 and goes on 2026-04-11, whatever the contract; nobody but dispatchers read it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register("p22.montor@post.example", "supplier_worker")
    kept.signal(
        varsam, who, "ops", ["position"], "supplier_worker", "p22/1",
        [("position_recorded", "2026-01-10T08:00:00+01:00"),
         ("contract_end", "2027-06-30T12:00:00+02:00")],
        "2026-01-10T08:00:00+01:00", purposes=[{"purpose": "work_logging"}],
    )
    kept.signal(
        varsam, who, "ops", ["name", "work_log"], "customer_contact", "p22/2",
        [("contract_end", "2027-06-30T12:00:00+02:00")],
        "2026-01-10T08:00:00+01:00", purposes=[{"purpose": "work_logging"}],
    )
    point = kept.fields(varsam, who, "2026-04-10T12:00:00Z")["ops", "position"]
    expect(point["retainUntil"] == "2026-04-10", "the point kept through 2026-04-10", point)
    expect(point["decidedBy"] == "position_raw", "the rule for raw positions to decide", point)
    expect(not kept.due(varsam, who, "2026-04-10T12:00:00Z", "ops"), "nothing due on the last day")
    items = kept.due(varsam, who, "2026-04-11T12:00:00Z", "ops")
    expect(set(items) == {"position"}, "the point due, and only the point", items)
    expect(items["position"]["method"] == "aggregate_then_delete", "totals to remain", items)


suite.main(scenario)
