"""A hold placed while a disposal run is under way wins over every item that no connector has taken
yet; its release resumes the item by itself, and the others are not kept waiting."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect

DAY = 24 * 3600


class Run:
    def __init__(self, varsam, run_id):
        self.varsam = varsam
        self.run_id = run_id

    def count(self, who, condition):
        return int(self.varsam.sql(
            "varsam_request_workflow",
            f"SELECT count(*) FROM task WHERE run_id = '{self.run_id}' AND subject_id = '{who}' "
            f"AND verifies IS NULL AND {condition}",
        ))


def place_hold(varsam, who):
    hold = {"matter": "T 77-26", "owner": "bolagsjurist", "reason": "Tvist",
            "scope": {"subjectIds": [who]}}
    placed = varsam.must("privacy_officer", "POST", "/v1/holds", {"hold": hold})["hold"]["id"]
    suite.until(
        "the workflow to know of the hold",
        lambda: varsam.sql(
            "varsam_request_workflow",
            f"SELECT count(*) FROM retention_hold WHERE hold_id = '{placed}'",
        ) == "1",
    )
    return placed


def scenario(varsam):
    varsam.stop("connector-crm")
    try:
        people = [varsam.register(f"in-flight.{one}@post.example", "prospect") for one in range(2)]
        for number, who in enumerate(people):
            kept.signal(
                varsam, who, "crm", ["name", "email"], "prospect", f"{990001 + number}/1",
                [("reply", suite.now(-800 * DAY))], suite.now(-900 * DAY),
                flags={"origin": "self_initiated", "customer": "false"},
                purposes=[{"purpose": "prospecting_crm"}],
            )
        held, free = people
        body = {"systems": ["crm"], "approvers": ["anna", "eva"]}
        started = varsam.must("privacy_officer", "POST", "/v1/retention:run", body)["run"]
        run = Run(varsam, started["id"])
        for who in people:
            suite.until("the run's task", lambda: run.count(who, "state = 1") == 1)
        hold = place_hold(varsam, held)
    finally:
        varsam.start("connector-crm")
    suite.until("the other to be done", lambda: run.count(free, "finished_at IS NOT NULL") == 1,
                120)
    expect(run.count(held, "state = 1 AND fence = 0") == 1, "the held item never to be leased")
    release = {"reason": "Förlikning"}
    varsam.must("privacy_officer", "POST", f"/v1/holds/{hold}:release", release)
    suite.until("the item to be done", lambda: run.count(held, "finished_at IS NOT NULL") == 1, 120)


suite.main(scenario)
