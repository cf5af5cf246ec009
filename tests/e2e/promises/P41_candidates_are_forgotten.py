"""P41: a candidate is forgotten two years after the last contact, and told thirty days before. Last
contact 2024-01-20: notice 2025-12-21, kept through 2026-01-20, due on 2026-01-21."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def field(varsam, who, at):
    answer = varsam.must("case_officer", "GET", f"/v1/subjects/{who}/retention?as_of={at}")
    return next(one for one in answer["fields"] if one["dataCategory"] == "cv")


def scenario(varsam):
    who = varsam.register("p41.kandidat@post.example", "applicant")
    signal = {
        "subjectId": who,
        "system": "recruiting",
        "recordKey": "p41",
        "dataCategories": ["name", "email", "cv"],
        "subjectCategories": ["applicant"],
        "purposes": [{"purpose": "talent_pool"}],
        "collectedAt": "2023-11-01T09:00:00Z",
        "events": [{"type": "reply", "at": "2024-01-20T12:00:00Z"}],
    }
    suite.until(
        "the signal to be taken",
        lambda: varsam.call("system", "POST", "/v1/signals", {"signals": [signal]}).ok,
    )
    last_day = field(varsam, who, "2026-01-20T12:00:00Z")
    expect(last_day["retainUntil"] == "2026-01-20", "kept through 2026-01-20", last_day)
    expect(last_day["notifyOn"] == "2025-12-21", "told on 2025-12-21", last_day)
    expect(last_day["steps"], "the date to be explained", last_day)

    def due(at):
        body = {"asOf": at, "systems": ["recruiting"], "pageSize": 500}
        items = varsam.must("operator", "POST", "/v1/retention:plan", body).get("items", [])
        return [one for one in items if one["subjectId"] == who]

    expect(not due("2026-01-20T12:00:00Z"), "nothing due on the last day")
    expect(due("2026-01-21T12:00:00Z"), "due on the day after")


suite.main(scenario)
