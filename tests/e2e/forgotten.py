"""After a disposal run that leaves nothing of a person in any system, the platform does not know
the person either; somebody of whom another record is left stays known."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect

DAY = 24 * 3600


def known(varsam, address):
    body = {
        "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
        "reason": "end-to-end test",
    }
    answer = varsam.must("case_officer", "POST", "/v1/subjects:resolve", body)
    return answer.get("subjectIds", [])


def scenario(varsam):
    with varsam.unserved("mailing"):
        disposed(varsam)


def disposed(varsam):
    gone, stays = "forgotten.bort@post.example", "forgotten.kvar@post.example"
    people = {address: varsam.register(address, "prospect") for address in (gone, stays)}
    for address, who in people.items():
        kept.signal(
            varsam, who, "mailing", ["name", "email"], "prospect", f"forgotten/{address}",
            [("interest_signal", suite.now(-800 * DAY))], suite.now(-900 * DAY),
        )
    kept.signal(
        varsam, people[stays], "crm", ["name", "email"], "prospect", "forgotten/crm",
        [("reply", suite.now(-10 * DAY))], suite.now(-900 * DAY),
        flags={"origin": "self_initiated", "customer": "false"},
    )
    body = {"systems": ["mailing"]}
    run = varsam.must("privacy_officer", "POST", "/v1/retention:run", body)["run"]
    expect(run["itemsTotal"] == 2, "two records to be due", run)

    def certified():
        """No connector serves the system: what was deleted by hand two people say, that nothing
        is found afterwards one."""
        tasks = varsam.sql(
            "varsam_request_workflow",
            "SELECT task_id, verifies IS NOT NULL FROM task WHERE finished_at IS NULL AND "
            f"run_id = '{run['id']}'",
        )
        for task, verifies in (line.split("|") for line in tasks.split()):
            outcome = "NO_DATA" if verifies == "t" else "DONE"
            for role in ("case_officer", "privacy_officer")[: 1 if verifies == "t" else 2]:
                varsam.must(role, "POST", f"/v1/tasks/{task}:finish",
                            {"outcome": outcome, "evidence": "by hand"})
        answer = varsam.must("auditor", "GET", f"/v1/certificates?run_id={run['id']}")
        return len(answer.get("certificates", [])) == 2

    suite.until("a certificate for each", certified)
    suite.until("the one to be forgotten", lambda: not known(varsam, gone))
    expect(known(varsam, stays) == [people[stays]], "the other to stay known")


suite.main(scenario)
