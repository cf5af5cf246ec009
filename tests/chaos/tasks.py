"""Rectifications for many people in the sample CRM while the request workflow, its connectors, a
PostgreSQL backend and the postmaster are killed with -9. Afterwards: the CRM, which keeps a journal
of its own, saw each change once; each task was accepted once; no case ended before its tasks.

tasks.py [--cases 1250] [--kills 40] [--seed N]

A case has a task for each of the eight systems of the policy, and one to tell a recipient when the
data was disclosed. Prints the seed."""

import argparse
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import driver  # noqa: E402
import suite  # noqa: E402
from suite import Failure, expect  # noqa: E402

VICTIMS = ("request-workflow", "connector-crm", "connector-payroll", "backend", "postmaster")
FINISHED = "CASE_STATE_CLOSED"
KILL_EVERY_SECONDS = 4
ALL_CLOSED_SECONDS = 1200

# What the CRM itself saw: written by the CRM's own trigger, unknown to Varsam.
JOURNAL = """CREATE TABLE IF NOT EXISTS affar.journal_for_test
    (epost text NOT NULL, old text, new text, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE OR REPLACE FUNCTION affar.journal_for_test() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER AS $$ BEGIN
    INSERT INTO affar.journal_for_test (epost, old, new)
        VALUES (NEW.epost, OLD.telefon, NEW.telefon); RETURN NEW; END $$;
CREATE OR REPLACE TRIGGER journal_for_test AFTER UPDATE ON affar.kontaktperson
    FOR EACH ROW EXECUTE FUNCTION affar.journal_for_test()"""
CHOOSE = """SELECT epost || '|' || telefon FROM affar.kontaktperson k
    WHERE telefon IS NOT NULL AND epost IS NOT NULL AND raderad_tid IS NULL
    AND epost = lower(btrim(epost)) AND telefon = btrim(telefon)
    AND 1 = (SELECT count(*) FROM affar.kontaktperson o WHERE lower(btrim(o.epost)) = k.epost)
    ORDER BY foretag_nr DESC, lopnr LIMIT {limit}"""
SEEN = """SELECT epost || '|' || new || '|' || count(*) FROM affar.journal_for_test
    GROUP BY epost, new"""
# Tasks of these cases that were not accepted exactly once, or that are not finished.
NOT_ONCE = """SELECT count(*) FROM task t JOIN request_case c USING (case_id)
    WHERE c.right_no = 1 AND (t.state <> 3 OR (NOT t.manual AND
    1 <> (SELECT count(*) FROM task_report r WHERE r.task_id = t.task_id AND r.accepted
    AND r.outcome <> 'FAILED')))"""
TOO_EARLY = """SELECT count(*) FROM request_case c JOIN task t USING (case_id)
    WHERE c.closed_at IS NOT NULL AND (t.finished_at IS NULL OR t.finished_at > c.closed_at)"""
FEWER = """SELECT count(*) FROM request_case c WHERE c.right_no = 1 AND 8 > (SELECT count(*)
    FROM task t WHERE t.case_id = c.case_id AND t.action = 2)"""

# Before its connector has come for the first time a system's tasks are for a person to answer.
SERVED = "SELECT count(*) FROM served_system WHERE system IN ('crm', 'payroll')"


class TaskKiller(threading.Thread):
    def __init__(self, varsam, rng, kills):
        super().__init__(daemon=True)
        self.inner = driver.Killer(varsam, rng, 0, 1, driver.Progress())
        self.plan = [rng.choice(VICTIMS) for _ in range(kills)]
        self.done = collections.Counter()
        self.over = threading.Event()
        self.fault = None

    def run(self):
        try:
            for victim in self.plan:
                if self.over.wait(KILL_EVERY_SECONDS):
                    return
                if victim.startswith("connector-"):
                    with driver.PROCESSES:
                        self.inner.varsam.stop(victim, "9")
                        self.inner.varsam.start(victim)
                else:
                    self.inner.kill(victim)
                self.done[victim] += 1
        except Exception as error:  # the main thread tells
            self.fault = error


class Ask:
    """One person's rectification, driven on by whoever would drive it: the person and the staff."""

    def __init__(self, number, address, old):
        self.address, self.old, self.new = address, old, f"+46 8 555 {number:05d}"
        self.key = f"{number:08d}-0000-4000-8000-{os.getpid():012d}"
        self.case_id, self.state = None, ""

    def submit(self, varsam):
        body = {
            "right": "RIGHT_RECTIFICATION",
            "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": self.address}],
            "changes": [{"dataCategory": "phone", "oldValue": self.old, "newValue": self.new}],
        }
        answer = varsam.call(None, "POST", "/v1/requests", body, key=self.key, timeout=5)
        if answer.ok:
            self.case_id = answer.json["caseId"]

    def push(self, varsam, letters):
        if not self.case_id:
            return self.submit(varsam)
        answer = varsam.call("case_officer", "GET", f"/v1/requests/{self.case_id}", timeout=5)
        if not answer.ok:
            return None
        self.state = answer.json["case"]["state"]
        if self.state == "CASE_STATE_IDENTITY_CHECK" and self.address in letters:
            path = f"/v1/requests/{self.case_id}:verify"
            varsam.call(None, "POST", path, {"token": letters[self.address]}, timeout=5)
        elif self.state == "CASE_STATE_REVIEW":
            path = f"/v1/requests/{self.case_id}:approve"
            varsam.call("case_officer", "POST", path, {}, timeout=5)
        elif self.state != FINISHED:
            varsam.finish_by_hand(self.case_id)
        return None


def confirm_links(varsam):
    """The newest confirm link of each address."""
    import email
    import email.policy

    found = {}
    folder = pathlib.Path(varsam.samples["VARSAM_MAIL_SENT"]) / "new"
    for path in sorted(folder.glob("*"), key=lambda one: one.stat().st_mtime):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        token = suite.token_in(body.get_content()) if body else None
        address = str(message["To"]).strip().strip("<>").lower()
        if token and "/c/" in body.get_content():
            found.setdefault(address, token)
    return found


def drive(varsam, asks, killer):
    """Until every case is closed, whatever fails on the way."""
    end = time.monotonic() + ALL_CLOSED_SECONDS
    pause = threading.Event()
    while time.monotonic() < end:
        letters = confirm_links(varsam)
        for ask in [one for one in asks if one.state != FINISHED]:
            try:
                ask.push(varsam, letters)
            except (OSError, Failure, KeyError):
                pause.wait(0.1)  # tidy: allow(sleep) nothing tells when it is back
        if killer.fault:
            raise killer.fault
        if all(one.state == FINISHED for one in asks) and not killer.is_alive():
            return
        pause.wait(0.2)  # tidy: allow(sleep) the interface offers no event for this
    raise Failure(f"expected all closed, got {collections.Counter(one.state for one in asks)}")


def intact(varsam):
    """Whether all four ledgers verify. A channel to a service that was killed may still be down,
    which says nothing of its ledger: asked again. A damaged one is a failure at once."""
    verified = varsam.varsam("ledger", "verify", role="auditor", check=False)
    told = verified.stdout + verified.stderr
    if verified.returncode != 0:
        expect("CONNECTION_LOST" in told or "UNAVAILABLE" in told, "all ledgers intact", told)
    return verified.returncode == 0


def check(varsam, crm, asks):
    seen = collections.Counter()
    for line in filter(None, suite.run_sql(crm, SEEN).split("\n")):
        address, new, count = line.split("|")
        seen[(address, new)] = int(count)
    want = {(one.address, one.new): 1 for one in asks}
    expect(dict(seen) == want, "each change once in the CRM", set(seen.items()) ^ set(want.items()))
    for what, question in (
        ("each task finished, and accepted once", NOT_ONCE),
        ("no case closed before its tasks", TOO_EARLY),
        ("a task for each of the eight systems", FEWER),
    ):
        count = varsam.sql("varsam_request_workflow", question)
        expect(count == "0", what, count)
    total = varsam.sql("varsam_request_workflow", "SELECT count(*) FROM task")
    stale = varsam.sql(
        "varsam_request_workflow", "SELECT count(*) FROM task_report WHERE NOT accepted"
    )
    suite.until("all ledgers intact", lambda: intact(varsam))
    return total, stale


def play(varsam, options):
    rng = random.Random(options.seed)
    crm = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    chosen = suite.run_sql(crm, CHOOSE.format(limit=options.cases)).split("\n")
    asks = [Ask(number, *line.split("|")) for number, line in enumerate(chosen)]
    for ask in asks:
        varsam.register(ask.address, "customer_contact")
    suite.run_sql(crm, JOURNAL)
    suite.until("the connectors to serve their systems",
                lambda: varsam.sql("varsam_request_workflow", SERVED) == "2")
    killer = TaskKiller(varsam, rng, options.kills)
    keeper = driver.Keeper(varsam)
    began = time.monotonic()
    killer.start()
    keeper.start()
    drive(varsam, asks, killer)
    killer.over.set()
    killer.join(timeout=120)
    suite.until("the database to be back", lambda: driver.database_answers(varsam))
    keeper.over.set()
    keeper.join()
    total, stale = check(varsam, crm, asks)
    print(f"{len(asks)} cases, {total} tasks in {time.monotonic() - began:.0f} s, "
          f"{sum(killer.done.values())} kills: "
          + ", ".join(f"{name} {count}" for name, count in sorted(killer.done.items()))
          + f"; {stale} reports came too late and changed nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1250)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    base = tempfile.mkdtemp(prefix="varsam-chaos-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(base, 0o755)  # the daemons' users pass through it
    state = os.path.join(base, "state")
    environment = dict(os.environ, VARSAM_PORT_BASE=str(suite.free_port_base()))
    environment["VARSAM_PUBLIC_CALLS_PER_SECOND_MAX"] = "100000"
    up = [suite.ROOT / "deploy/up", "--state", state, "--build-dir", suite.BUILD, "--no-demo"]
    try:
        expect(subprocess.run(up, env=environment, check=False).returncode == 0, "the suite up")
        play(suite.Suite(state), options)
    except Failure as failure:
        print(f"FAILED: {failure} (seed {options.seed})")
        sys.exit(1)
    finally:
        if not os.environ.get("VARSAM_KEEP"):
            subprocess.run([*up[:3], "--reset"], env=environment, check=False)
            subprocess.run(["rm", "-rf", base], check=False)
    print("ok")


if __name__ == "__main__":
    main()
