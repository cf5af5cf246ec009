"""Clocks that jump (libfaketime on every service and on PostgreSQL): nothing above the cap is
disposed of, nothing runs twice.

clock_jumps.py [--people 600]

A few people are due today; many more within 45 and within 400 days. After a lawful run the suite is
started again on a wall clock that is +45 d, +400 d and -5 h off, its monotonic clock as it was: a
run is refused. Then as if the machine had been started again with that clock, so that no monotonic
reading can be compared: forwards the cap holds, backwards the run is refused still. Back on the
true clock nothing more is due, and nothing was issued twice. Exit code 77 without libfaketime."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402
from suite import Failure, expect  # noqa: E402

LIBRARY = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
WAITS = suite.BUILD / "tests/futex_deadline.so"
CONNECTORS = ("crm", "payroll", "recruiting", "mailing", "website", "email", "ops", "hr")
DUE_NOW = 5
SIGNALS_PER_CALL = 200
HOUR = 3600
DAY = 24 * HOUR


def fake(seconds):
    """The environment of a process that is to be so many seconds ahead."""
    if not seconds:
        return {}
    return {"LD_PRELOAD": f"{WAITS} {LIBRARY}", "FAKETIME": f"{seconds:+d}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def ahead(seconds):
    """Before a command of many short processes: they share the clock this wrapper holds, where
    each would race to make its own."""
    return ["faketime", "-f", f"{seconds:+d}"] if seconds else []


class Jumps:
    def __init__(self, state):
        self.state = pathlib.Path(state)
        self.environment = dict(os.environ, VARSAM_PORT_BASE=str(suite.free_port_base()))
        self.varsam = self.data = None
        self.pg_ctl = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))

    def run_command(self, *command, **more):
        done = subprocess.run(
            [str(one) for one in command], env={**self.environment, **more}, capture_output=True,
            text=True, timeout=240, check=False, stdin=subprocess.DEVNULL, cwd="/",
        )
        name = " ".join(pathlib.Path(one).name for one in command[:4])
        expect(done.returncode == 0, f"{name} to succeed", (done.stdout + done.stderr)[-2000:])
        return done.stdout.strip()

    def papers(self, seconds):
        """Certificates that are valid on every clock, and tokens of that moment."""
        shutil.rmtree(self.state / "tokens", ignore_errors=True)
        deploy = suite.ROOT / "deploy/pki"
        self.run_command(*ahead(-2 * DAY), deploy / "make-dev-ca", self.state / "pki",
                         *(f"connector-{one}" for one in CONNECTORS), DEV_LEAF_DAYS="800")
        self.run_command(deploy / "dev-issuer", "keys", self.state / "oidc")
        self.run_command(*ahead(seconds), deploy / "dev-issuer", "tokens", self.state / "oidc",
                         self.state / "tokens", "720")

    def start_postgres(self, settings):
        """As deploy/lib/postgres.sh starts it, but on that clock."""
        data = pathlib.Path(self.data)
        home = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        command = [*(home if os.getuid() == 0 else []), "env",
                   *(f"{key}={value}" for key, value in settings.items()),
                   self.pg_ctl, "start", "-s", "-w", "-t", "60", "-D", data, "-l",
                   data.parent / "server.log"]
        subprocess.run([str(one) for one in command], check=True, cwd="/", timeout=90,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def start(self, seconds=0):
        """The whole suite that much ahead of the true time."""
        settings = fake(seconds)
        control = suite.ROOT / "deploy/lib/suite.sh"
        if self.varsam:
            self.run_command(control, "stop", self.state)
        self.papers(seconds)
        if self.varsam:
            self.start_postgres(settings)
        lines = "\n".join(f"{key}={value}" for key, value in settings.items())
        self.run_command(control, "start", self.state, suite.BUILD / "bin", SUITE_ENV_MORE=lines)
        self.varsam = suite.Suite(self.state)
        self.data = self.varsam.sql("postgres", "SHOW data_directory")

    def record(self, people, replied, name):
        """Prospects whose last reply was then; two years without contact end a record."""
        signals = [
            {
                "subjectId": str(uuid.uuid4()),
                "system": "crm",
                "recordKey": f"{name}/{one}",
                "dataCategories": ["name", "email", "sales_activity"],
                "subjectCategories": ["prospect"],
                "flags": {"origin": "self_initiated", "customer": "false"},
                "collectedAt": replied,
                "events": [{"type": "reply", "at": replied}],
            }
            for one in range(people)
        ]
        for start in range(0, len(signals), SIGNALS_PER_CALL):
            body = {"signals": signals[start : start + SIGNALS_PER_CALL]}
            suite.until("the signals to be taken",
                        lambda: self.varsam.call("system", "POST", "/v1/signals", body).ok)

    def run(self):
        key = str(uuid.uuid4())

        def ask():
            try:
                answer = self.varsam.call("privacy_officer", "POST", "/v1/retention:run",
                                          {"systems": ["crm"]}, key=key, timeout=10)
            except OSError:
                return None
            # While the feeds are read the service asks to come back.
            return answer.code != "FEEDS_BEHIND" and answer.status != 503 and answer

        return suite.until("an answer to the run", ask)

    def due(self):
        plan = self.varsam.must("operator", "POST", "/v1/retention:plan",
                                {"systems": ["crm"], "pageSize": 1})
        return sum(one.get("due", 0) for one in plan.get("totals", []))

    def issued(self):
        return self.varsam.sql(
            "varsam_retention",
            "SELECT count(*), count(DISTINCT (subject_id, system, record_key)) FROM disposal_item "
            "WHERE state <> 5",
        )


def play(jumps, people):
    jumps.start()
    jumps.varsam.varsam("policy", "apply", suite.ROOT / "deploy/policy/lexium.yaml")
    jumps.record(DUE_NOW, suite.now(-900 * DAY), "now")
    jumps.record(people, suite.now(-700 * DAY), "within45")
    jumps.record(people, suite.now(-400 * DAY), "within400")
    first = jumps.run()
    expect(first.ok and first.json["run"]["itemsTotal"] == DUE_NOW, "a lawful run first",
           first.body)
    issued = jumps.issued()
    expect(issued == f"{DUE_NOW}|{DUE_NOW}", "its items once", issued)
    boot = jumps.varsam.sql("varsam_retention", "SELECT boot FROM clock_anchor")
    for clock, seconds, restarted in (("+45 d", 45 * DAY, "SECOND_APPROVER_NEEDED"),
                                      ("+400 d", 400 * DAY, "SECOND_APPROVER_NEEDED"),
                                      ("-5 h", -5 * HOUR, "CLOCKS_DISAGREE")):
        jumps.start(seconds)
        if seconds > 0:
            # Of a system that nobody has read for a week inactivity would not be believed at all.
            jumps.record(1, suite.now(seconds), f"heard{seconds}")
        for anchor, want in ((boot, "CLOCKS_DISAGREE"), ("an earlier boot", restarted)):
            jumps.varsam.sql("varsam_retention", f"UPDATE clock_anchor SET boot = '{anchor}'")
            answer = jumps.run()
            expect(answer.code == want, f"{want} at {clock}", answer.body)
            expect(jumps.issued() == issued, f"nothing issued at {clock}", jumps.issued())
            print(f"{clock}, anchor of {'this boot' if anchor == boot else anchor}: "
                  f"{jumps.due()} due, {want}", flush=True)
    jumps.varsam.sql("varsam_retention", f"UPDATE clock_anchor SET boot = '{boot}'")
    jumps.start()
    last = jumps.run()
    expect(last.ok and last.json["run"].get("itemsTotal", 0) == 0, "nothing more due", last.body)
    expect(jumps.issued() == issued, "every item once", jumps.issued())
    runs = jumps.varsam.sql("varsam_retention",
                            "SELECT count(*) FROM ledger_entry WHERE kind = 'disposal_run_started'")
    expect(runs == "2", "two runs in the ledger", runs)
    print(f"true clock again: 0 due, {DUE_NOW} items issued once in all", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=600, help="above the cap of 500")
    options = parser.parse_args()
    if not LIBRARY.exists():
        print("skipped: libfaketime is not installed (Debian: faketime)")
        sys.exit(77)
    state = tempfile.mkdtemp(prefix="varsam-clocks-")
    jumps = Jumps(state)
    code = 1
    try:
        play(jumps, options.people)
        code = 0
    except Failure as failure:
        print(f"FAILED: {failure}")
        for name in ("gateway", "retention"):
            print((pathlib.Path(state) / f"log/{name}.log").read_text()[-1500:])
    finally:
        subprocess.run([suite.ROOT / "deploy/lib/suite.sh", "remove", state],
                       env=jumps.environment, check=False, stdin=subprocess.DEVNULL)
        shutil.rmtree(state, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
