"""Disposal runs while the services are killed with -9: every run resumes, every item is issued once
and becomes one task once.

disposal.py [--rounds 4] [--people 400] [--kills 1] [--seed N]

By hand, 100,000 items: --rounds 5 --people 20000 --kills 6. Prints the seed, what was killed when
and how long it took."""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402
from suite import Failure, expect  # noqa: E402

SIGNALS_PER_CALL = 200
KILL_WITHIN_SECONDS = 0.4
PEOPLE_WITHOUT_APPROVAL_MAX = 500
TASKS_PER_SECOND_MIN = 20


class Rounds:
    def __init__(self, varsam, rng, options):
        self.varsam = varsam
        self.rng = rng
        self.people = options.people
        self.kills_per_round = options.kills
        self.kills = []

    def record(self, number):
        """People who are due, new ones in each round."""
        signals = []
        for one in range(self.people):
            signals.append(
                {
                    "subjectId": str(uuid.UUID(int=self.rng.getrandbits(128), version=4)),
                    "system": "crm",
                    "recordKey": f"round{number}/{one}",
                    "dataCategories": ["name", "email", "sales_activity"],
                    "subjectCategories": ["prospect"],
                    "flags": {"origin": "self_initiated", "customer": "false"},
                    "collectedAt": "2022-01-10T08:00:00Z",
                    "events": [{"type": "reply", "at": "2023-03-01T10:00:00Z"}],
                }
            )
        for start in range(0, len(signals), SIGNALS_PER_CALL):
            body = {"signals": signals[start : start + SIGNALS_PER_CALL]}
            suite.until(
                "the signals to be taken",
                lambda: self.varsam.call("system", "POST", "/v1/signals", body).ok,
            )
        return [one["subjectId"] for one in signals]

    def kill(self, name):
        after = self.rng.random() * KILL_WITHIN_SECONDS
        self.kills.append(f"{name} after {after * 1000:.0f} ms")
        timer = threading.Timer(after, self.varsam.stop, (name, "KILL"))
        timer.start()
        return timer

    def run(self, victim):
        """Asks with one key until it is answered, whatever is killed meanwhile."""
        key = str(uuid.uuid4())
        body = {"systems": ["crm"]}
        if self.people > PEOPLE_WITHOUT_APPROVAL_MAX:
            body["approvers"] = ["anna", "eva"]
        timer = self.kill(victim)

        def ask():
            try:
                answer = self.varsam.call(
                    "privacy_officer", "POST", "/v1/retention:run", body, key=key, timeout=60,
                )
            except OSError:
                return None
            return answer.json["run"] if answer.ok else None

        first = ask()
        timer.join()
        self.varsam.start(victim)
        self.varsam.serving(victim)
        again = suite.until("the run to be answered", ask)
        for number in range(1, self.kills_per_round):  # while its tasks are made
            other = ("request-workflow", "retention")[number % 2]
            self.kill(other).join()
            self.varsam.start(other)
            self.varsam.serving(other)
        if first:
            expect(first["id"] == again["id"], "the same run for the same key", (first, again))
        return again

    def check(self, runs, people):
        total = len(people)
        expect(len({one["id"] for one in runs}) == len(runs), "a run of its own in each round")
        expect(
            sum(one["itemsTotal"] for one in runs) == total, "every item in one run",
            [one["itemsTotal"] for one in runs],
        )
        count = "SELECT count(*), count(DISTINCT (subject_id, system, record_key)) FROM "
        items = self.varsam.sql("varsam_retention", count + "disposal_item")
        expect(items == f"{total}|{total}", "every record once", items)
        issued = self.varsam.sql(
            "varsam_retention",
            "SELECT count(*) FROM ledger_entry WHERE kind = 'disposal_run_started'",
        )
        expect(issued == str(len(runs)), "every run once in the ledger", issued)

        def tasks():
            made = self.varsam.sql(
                "varsam_request_workflow",
                "SELECT count(*), count(DISTINCT (run_id, subject_id)) FROM task "
                "WHERE run_id IS NOT NULL",
            )
            return made == f"{total}|{total}" and made

        suite.until("every item to be one task", tasks, 120 + total / TASKS_PER_SECOND_MIN)


def play(varsam, options):
    rng = random.Random(options.seed)
    began = time.monotonic()
    rounds = Rounds(varsam, rng, options)
    everybody, runs = [], []
    victims = ["retention", "request-workflow"]
    for number in range(options.rounds):
        people = rounds.record(number)
        runs.append(rounds.run(victims[number % 2]))
        everybody += people
    rounds.check(runs, everybody)
    seconds = time.monotonic() - began
    print(f"{len(runs)} runs, {len(everybody)} items in {seconds:.0f} s, "
          f"killed: {'; '.join(rounds.kills)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--kills", type=int, default=1, help="in each round")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    state = tempfile.mkdtemp(prefix="varsam-disposal-")
    environment = dict(os.environ, VARSAM_PORT_BASE=str(suite.free_port_base()))
    up = [suite.ROOT / "deploy/up", "--state", state, "--build-dir", suite.BUILD, "--no-samples"]
    code = 1
    try:
        started = subprocess.run(up, env=environment, check=False).returncode
        expect(started == 0, "deploy/up to start the suite")
        play(suite.Suite(state), options)
        code = 0
    except Failure as failure:
        print(f"FAILED: {failure}")
    finally:
        subprocess.run([*up[:3], "--reset"], env=environment, check=False)
        shutil.rmtree(state, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
