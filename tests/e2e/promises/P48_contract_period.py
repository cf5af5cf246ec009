"""P48: what the operations system knows of a person lives as long as the contract. Ended on
2026-06-30: the fields that name the person are anonymised on 2026-07-01."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register("p48.platschef@post.example", "customer_contact")
    kept.signal(
        varsam, who, "ops", ["name", "work_log", "maintenance_log"], "customer_contact", "p48",
        [("contract_end", "2026-06-30T12:00:00+02:00")], "2025-01-10T08:00:00+01:00",
        purposes=[{"purpose": "contract_delivery"}, {"purpose": "work_logging"}],
    )
    name = kept.fields(varsam, who, "2026-06-30T12:00:00Z")["ops", "name"]
    expect(name["retainUntil"] == "2026-06-30", "kept through the contract's last day", name)
    expect("ordinary" in name["readableBy"], "in use on the last day", name)
    expect(not kept.due(varsam, who, "2026-06-30T12:00:00Z", "ops"), "nothing due on the last day")
    items = kept.due(varsam, who, "2026-07-01T12:00:00Z", "ops")
    expect(set(items) == {"name", "work_log", "maintenance_log"}, "every field due", items)
    expect(items["name"]["method"] == "anonymise", "to be anonymised", items)
    after = kept.fields(varsam, who, "2026-07-01T12:00:00Z")["ops", "name"]
    expect("ordinary" not in after.get("readableBy", []), "no use after the contract", after)


suite.main(scenario)
