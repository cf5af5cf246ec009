"""Mixed writes through the gateway while services, a PostgreSQL backend and the postmaster are
killed with -9. Afterwards: what was acknowledged is there exactly once, what was refused is not,
and what got no clear answer is settled by sending it again under its own id.

driver.py [--writes 5000] [--kills 50] [--threads 8] [--seed N]

Prints the seed; the same seed gives the same writes and the same victims."""

import argparse
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402
from suite import Failure, expect  # noqa: E402

VICTIMS = (*suite.STORES, "gateway", "backend", "postmaster")
ACKED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"
SETTLE_SECONDS = 120
PAUSE_SECONDS = 0.1  # after no clear answer, so that a short outage does not eat all the writes
PROCESSES = threading.Lock()  # one at a time starts and stops them


class Write:
    """One write with its own idempotency key; `mark` finds it again."""

    def __init__(self, number, rng, subjects):
        self.number = number
        self.key = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        self.mark = f"chaos-{number}-{rng.getrandbits(32):08x}"
        self.subject = rng.choice(subjects)
        self.kind = rng.choice(
            ["subject", "consent", "consent", "consent", "hold", "request", "bad"]
        )
        self.role, self.path, self.body = getattr(self, "_" + self.kind)()
        self.state = UNKNOWN
        self.answer = None

    def _subject(self):
        body = {
            "identifiers": [
                {"type": "IDENTIFIER_TYPE_EMAIL", "value": f"{self.mark}@post.example"}
            ],
            "categories": ["prospect"],
            "source": {"source": "data_subject", "collectedAt": "2026-01-15T09:00:00Z"},
        }
        return "system", "/v1/subjects", body

    def _consent(self, purpose="web_statistics"):
        body = {
            "subjectId": self.subject,
            "purpose": purpose,
            "choice": "CHOICE_REFUSED",
            "actor": "ACTOR_SUBJECT",
            "mechanism": "banner_choice",
            "channel": "web",
            "evidenceReference": self.mark,
        }
        return "system", "/v1/consents", body

    def _hold(self):
        hold = {
            "matter": self.mark,
            "owner": "chaos",
            "reason": "seeded driver",
            "reviewBy": suite.now(90 * 24 * 3600)[:10],
            "scope": {"subjectIds": [self.subject]},
        }
        return "privacy_officer", "/v1/holds", {"hold": hold}

    def _request(self):
        body = {
            "right": "RIGHT_ACCESS",
            "identifiers": [
                {"type": "IDENTIFIER_TYPE_EMAIL", "value": f"{self.mark}@post.example"}
            ],
            "message": self.mark,
        }
        return "case_officer", "/v1/requests", body

    def _bad(self):
        return self._consent(purpose="no_such_purpose")

    def send(self, varsam, timeout):
        try:
            answer = varsam.call(
                self.role, "POST", self.path, self.body, key=self.key, timeout=timeout
            )
        except OSError:
            self.state = UNKNOWN
            return
        self.answer = answer
        if answer.ok:
            self.state = ACKED
        elif answer.status in (400, 403, 404, 409, 412, 422):
            self.state = REFUSED
        else:  # 429, 5xx: it may or may not have happened
            self.state = UNKNOWN

    def id(self):
        found = self.answer.json
        for part in {
            "subject": ("subjectId",),
            "consent": ("event", "id"),
            "bad": ("event", "id"),
            "hold": ("hold", "id"),
            "request": ("caseId",),
        }[self.kind]:
            found = found[part]
        return found


class Killer(threading.Thread):
    """Kills one victim each time another share of the writes is done, and starts it again."""

    def __init__(self, varsam, rng, kills, writes, progress):
        super().__init__(daemon=True)
        self.varsam = varsam
        self.plan = [rng.choice(VICTIMS) for _ in range(kills)]
        self.step = max(1, writes // (kills + 1))
        self.progress = progress
        self.done = collections.Counter()
        self.fault = None

    def run(self):
        try:
            for number, victim in enumerate(self.plan, 1):
                self.progress.await_count(number * self.step)
                self.kill(victim)
                self.done[victim] += 1
        except Exception as error:  # the main thread tells
            self.fault = error

    def kill(self, victim):
        if victim == "backend":
            os.kill(suite.until("a session of a service", self.session), signal.SIGKILL)
        elif victim == "postmaster":
            postgres(self.varsam, "kill")
            postgres(self.varsam, "start")
        else:
            with PROCESSES:
                self.varsam.stop(victim, "9")
                self.varsam.start(victim)
            self.varsam.serving(victim)

    def session(self):
        """A server process that works for a service; none while the server recovers."""
        try:
            pid = self.varsam.sql(
                "postgres",
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'varsam-%' "
                "ORDER BY random() LIMIT 1",
            )
        except Failure:
            return None
        return int(pid) if pid else None


def database_answers(varsam):
    """Whether the server takes sessions: none while it recovers from the last kill."""
    try:
        return varsam.sql("postgres", "SELECT 1") == "1"
    except Failure:
        return False


def postgres(varsam, verb):
    script = suite.ROOT / "deploy/lib/postgres.sh"
    if verb == "kill":
        done = subprocess.run(
            [script, "pid", varsam.state], capture_output=True, text=True, check=True
        )
        os.kill(int(done.stdout), signal.SIGKILL)
        return
    subprocess.run([script, verb, varsam.state], stdout=subprocess.DEVNULL, check=True, timeout=180)


class Keeper(threading.Thread):
    """Starts again what has ended: a service whose database is away at its start gives up, and
    whoever runs it (a service manager, Kubernetes) tries again."""

    def __init__(self, varsam):
        super().__init__(daemon=True)
        self.varsam = varsam
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(1):
            for service in (*suite.STORES, "gateway"):
                with PROCESSES:
                    self.varsam.start(service)


class Progress:
    def __init__(self):
        self.condition = threading.Condition()
        self.count = 0
        self.ended = False

    def add(self):
        with self.condition:
            self.count += 1
            self.condition.notify_all()

    def end(self):
        with self.condition:
            self.ended = True
            self.condition.notify_all()

    def await_count(self, count):
        with self.condition:
            self.condition.wait_for(lambda: self.count >= count or self.ended)


def people(varsam, count):
    """Subjects to write about, known to consent before anything is killed."""
    ids = [
        varsam.register(f"chaos-person-{uuid.uuid4()}@post.example", "prospect")
        for _ in range(count)
    ]
    varsam.await_decision(ids[-1], "web_statistics", "NO_CONSENT", ["online_identifier"])
    return ids


def send_all(varsam, writes, threads, progress):
    queue = collections.deque(writes)
    pause = threading.Event()

    def worker():
        while True:
            try:
                write = queue.popleft()
            except IndexError:
                return
            write.send(varsam, timeout=5)
            progress.add()
            if write.state == UNKNOWN:
                pause.wait(PAUSE_SECONDS)  # tidy: allow(sleep) nothing tells when it is back

    workers = [threading.Thread(target=worker) for _ in range(threads)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()


def settle(varsam, writes):
    """Sends what is unknown again, under its own id, until the answer is clear."""
    unknown = [one for one in writes if one.state == UNKNOWN]
    for write in unknown:

        def clear(write=write):
            write.send(varsam, timeout=10)
            return write.state != UNKNOWN

        suite.until(f"write {write.number} ({write.kind}) to be settled", clear, SETTLE_SECONDS)
    return len(unknown)


def events_by_mark(varsam, subjects):
    """Consent events of the people, counted by mark."""
    seen = collections.defaultdict(list)
    for subject in subjects:
        token = ""
        while True:
            path = f"/v1/subjects/{subject}/consents?page_size=500&page_token={token}"
            answer = varsam.must("auditor", "GET", path)
            for event in answer.get("events", []):
                seen[event["evidenceReference"]].append(event["id"])
            token = answer.get("nextPageToken", "")
            if not token:
                break
    return seen


def check(varsam, writes, subjects):
    events = events_by_mark(varsam, subjects)
    holds = collections.defaultdict(list)
    for hold in varsam.must("auditor", "GET", "/v1/holds").get("holds", []):
        holds[hold["matter"]].append(hold["id"])
    faults = []
    for write in writes:
        if write.kind in ("consent", "bad"):
            found = events[write.mark]
        elif write.kind == "hold":
            found = holds[write.mark]
        elif write.kind == "subject":
            body = {"identifiers": write.body["identifiers"], "reason": "chaos"}
            answer = varsam.must("case_officer", "POST", "/v1/subjects:resolve", body)
            found = answer.get("subjectIds", [])
        else:
            found = []
            if write.state == ACKED:
                answer = varsam.call("case_officer", "GET", f"/v1/requests/{write.id()}")
                found = [write.id()] if answer.ok else []
        want = [write.id()] if write.state == ACKED else []
        if found != want:
            faults.append(f"write {write.number} {write.kind} {write.state}: {found} for {want}")
    return faults


def replays_change_nothing(varsam, writes, rng):
    """The same id and content again: the same outcome."""
    acked = [one for one in writes if one.state == ACKED]
    for write in rng.sample(acked, min(20, len(acked))):
        before = write.id()
        write.send(varsam, timeout=20)
        expect(write.state == ACKED and write.id() == before, f"write {write.number} to replay")


def play(varsam, options):
    rng = random.Random(options.seed)
    subjects = people(varsam, 20)
    writes = [Write(number, rng, subjects) for number in range(options.writes)]
    progress = Progress()
    killer = Killer(varsam, rng, options.kills, options.writes, progress)
    killer.start()
    keeper = Keeper(varsam)
    keeper.start()
    began = time.monotonic()
    send_all(varsam, writes, options.threads, progress)
    progress.end()
    killer.join(timeout=600)
    seconds = time.monotonic() - began
    if killer.fault:
        raise killer.fault
    suite.until("the database to be back", lambda: database_answers(varsam))
    for service in (*suite.STORES, "gateway"):
        varsam.serving(service)
    keeper.over.set()
    keeper.join()
    first = collections.Counter(one.state for one in writes)
    settled = settle(varsam, writes)
    replays_change_nothing(varsam, writes, rng)
    faults = check(varsam, writes, subjects)
    verified = varsam.varsam("ledger", "verify", role="auditor", check=False)
    states = collections.Counter(one.state for one in writes)
    print(f"{options.writes} writes in {seconds:.0f} s, {sum(killer.done.values())} kills: "
          + ", ".join(f"{name} {count}" for name, count in sorted(killer.done.items())))
    print(f"first answers {dict(first)}; {settled} settled by id; in the end {dict(states)}")
    print(verified.stdout.strip())
    for fault in faults[:20]:
        print("FAULT " + fault)
    expect(not faults, "every write as it was answered", f"{len(faults)} faults")
    expect(verified.returncode == 0, "all ledgers intact", verified.stdout + verified.stderr)
    expect(states[ACKED] > options.writes / 2, "most writes to be taken", dict(states))
    taken = {one.kind for one in writes if one.state == ACKED}
    expect(taken == {"subject", "consent", "hold", "request"}, "every kind to be taken", taken)
    bad = [one for one in writes if one.kind == "bad"]
    expect(all(one.state == REFUSED for one in bad), "bad writes to be refused")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    base = tempfile.mkdtemp(prefix="varsam-chaos-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(base, 0o755)  # the daemons' users pass through it
    state = os.path.join(base, "state")
    environment = dict(os.environ, VARSAM_PORT_BASE=str(suite.free_port_base()))
    environment["VARSAM_PUBLIC_CALLS_PER_SECOND_MAX"] = "100000"
    up = [suite.ROOT / "deploy/up", "--state", state, "--build-dir", suite.BUILD, "--no-samples"]
    try:
        expect(subprocess.run(up, env=environment, check=False).returncode == 0, "the suite up")
        play(suite.Suite(state), options)
    except Failure as failure:
        print(f"FAILED: {failure} (seed {options.seed})")
        sys.exit(1)
    finally:
        if not os.environ.get("VARSAM_KEEP"):
            subprocess.run([*up[:3], "--reset"], env=environment, check=False)
            os.rmdir(base)
    print("ok")


if __name__ == "__main__":
    main()
