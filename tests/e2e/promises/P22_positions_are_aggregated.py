"""P22: positions are not kept as a track of the person. A point of 2026-01-10 is lawful through
2026-04-10 and goes on 2026-04-11, whatever the contract; nobody but dispatchers read it. What stays
is how many points a month had, where five people at least are counted."""

import pathlib
import secrets
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect

FIRST, TEAM = 900_000 + 10 * secrets.randbelow(9_000), 5
# Months in which nobody else was anywhere: the team drove in the one, one of them in the other.
YEAR = 1975 + secrets.randbelow(40)
TOGETHER, ALONE = f"{YEAR}-01", f"{YEAR}-03"


def drift(varsam, sql):
    command = ["mariadb", "--no-defaults", f"--socket={varsam.samples['VARSAM_SAMPLE_OPS_SOCKET']}",
               "--user=root", "--batch", "--skip-column-names", "drift", "-e", sql]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode == 0, "MariaDB to answer", done.stderr)
    return done.stdout.strip()


def plan(varsam):
    who = varsam.register(f"p22.montor.{FIRST}@post.example", "supplier_worker")
    kept.signal(
        varsam, who, "ops", ["position"], "supplier_worker", f"p22.{FIRST}/1",
        [("position_recorded", "2026-01-10T08:00:00+01:00"),
         ("contract_end", "2027-06-30T12:00:00+02:00")],
        "2026-01-10T08:00:00+01:00", purposes=[{"purpose": "work_logging"}],
    )
    kept.signal(
        varsam, who, "ops", ["name", "work_log"], "customer_contact", f"p22.{FIRST}/2",
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


def run(varsam):
    """The same in the operations system itself: five who drove in a month, one of them is due."""
    for number in range(FIRST, FIRST + TEAM):
        drift(varsam, f"INSERT INTO person VALUES ({number}, 'Montör {number}', "
                      f"'p22.{number}@post.example', NULL, 'tekniker', NULL);"
                      f"INSERT INTO position VALUES "
                      f"({number}, '{TOGETHER}-10 08:00:00', 59.3, 18.0), "
                      f"({number}, '{TOGETHER}-11 08:00:00', 59.4, 18.1)")
    drift(varsam, f"INSERT INTO position VALUES ({FIRST}, '{ALONE}-10 08:00:00', 59.3, 18.0)")
    who = varsam.register(f"p22.{FIRST}@post.example", "supplier_worker")
    kept.signal(
        varsam, who, "ops", ["position"], "supplier_worker", f"{FIRST}#position",
        [("position_recorded", f"{ALONE}-10T08:00:00Z")], f"{TOGETHER}-10T08:00:00Z",
        purposes=[{"purpose": "work_logging"}],
    )
    body = {"systems": ["ops"], "approvers": ["anna", "eva"]}
    started = varsam.must("privacy_officer", "POST", "/v1/retention:run", body)["run"]

    def done():
        path = f"/v1/disposals?run_id={started['id']}&page_size=500"
        answer = varsam.must("auditor", "GET", path)
        items = [one for one in answer.get("items", []) if one["subjectId"] == who]
        return items and items[0]["state"] == "DISPOSAL_STATE_DONE"

    suite.until("the run to be carried out and read back", done, 120)
    expect(drift(varsam, f"SELECT count(*) FROM position WHERE person_id = {FIRST}") == "0",
           "no point of the person left")
    left = drift(varsam, f"SELECT count(*) FROM position WHERE person_id = {FIRST + 1}")
    expect(left == "2", "the others' points to stay until they are due", left)
    together = drift(varsam, "SELECT punkter, personer FROM positionsstatistik WHERE manad = "
                             f"'{TOGETHER}'").split()
    expect(together == ["10", "5"], "ten points of five people to stay as numbers", together)
    alone = drift(varsam, f"SELECT count(*) FROM positionsstatistik WHERE manad = '{ALONE}'")
    expect(alone == "0", "no number of one person alone", alone)


def scenario(varsam):
    plan(varsam)
    run(varsam)


suite.main(scenario)
