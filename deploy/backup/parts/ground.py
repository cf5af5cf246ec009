"""What every part of the drill stands on: two private clusters, the suite, calls over REST."""

import collections
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
STORES = {"subject-registry": 20, "consent": 10, "retention": 40, "request-workflow": 30}


class Failed(Exception):
    pass


def expect(truth, what, got=None):
    if not truth:
        raise Failed(f"expected {what}" + ("" if got is None else f", got {got}"))


def until(what, ask, seconds=60):
    pause, end, last = threading.Event(), time.monotonic() + seconds, None
    while time.monotonic() < end:
        last = ask()
        if last:
            return last
        pause.wait(0.1)
    raise Failed(f"expected {what} within {seconds} s, last answer {last!r}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **more):
    done = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL, **more)
    expect(done.returncode == 0, f"{pathlib.Path(command[0]).name} {command[1:3]} to succeed",
           (done.stdout + done.stderr)[-2000:])
    return done.stdout


def free_port_base():
    for _ in range(300):
        base = 10_000 + secrets.randbelow(220) * 100  # below those of outgoing connections
        if not any(listening(base + at) for at in range(0, 50)):
            return base
    raise Failed("expected free ports")


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.start()
        self.data = pathlib.Path(self.sql("postgres", "SHOW data_directory"))

    def _control(self, *arguments):
        return run([ROOT / "deploy/lib/postgres.sh", *arguments]).strip()

    def start(self):
        self.conninfo = self._control("start", self.folder).replace(" dbname=postgres", "")
        self.socket = self.conninfo.split("host=", 1)[1].split()[0]

    def stop(self, mode="fast"):
        self._control("stop", self.folder, mode)

    def sql(self, database, statement):
        return run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1",
                    f"{self.conninfo} dbname={database}", "-c", statement]).strip()


class Ground:
    def __init__(self, options):
        self.bin = pathlib.Path(options.bin).resolve()
        self.state = pathlib.Path(options.state).resolve()
        self.people = options.people
        self.port = free_port_base()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = dict(os.environ, VARSAM_PORT_BASE=str(self.port), VARSAM_KEYS_APART="1",
                                VARSAM_PUBLIC_CALLS_PER_SECOND_MAX="1000")
        self.subjects = []
        self.facts = collections.Counter()

    def call(self, role, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        if role:
            token = (self.state / "tokens" / role).read_text().strip()
            request.add_header("Authorization", "Bearer " + token)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                return error.code, json.loads(text)
            except ValueError:
                return error.code, {"text": text.decode(errors="replace")}

    def must(self, role, method, path, body=None):
        status, answer = self.call(role, method, path, body)
        expect(200 <= status < 300, f"{method} {path} to succeed", f"{status} {answer}")
        return answer

    def suite(self, *arguments, **settings):
        return run([ROOT / "deploy/lib/suite.sh", *arguments], env={**self.environment, **settings})

    def backup(self, *arguments):
        settings = {
            "VARSAM_BACKUP_HOME": str(self.home),
            "VARSAM_BACKUP_DATA": str(self.data.data),
            "VARSAM_BACKUP_KEYS": str(self.keys.data),
            "VARSAM_BACKUP_DATA_SOCKET": self.data.socket,
            "VARSAM_BACKUP_KEYS_SOCKET": self.keys.socket,
            "VARSAM_URL": self.url,
            "VARSAM_TOKEN_FILE": str(self.state / "tokens/operator"),
        }
        return run([HERE / "backup", *arguments], env={**self.environment, **settings})

    def prepare(self):
        self.keys = Cluster(self.state / "keystore")
        self.data = Cluster(self.state)
        self.home = self.data.data.parent.parent / "backup"
        self.backup("init")
        for cluster in (self.keys, self.data):
            cluster.stop()
            cluster.start()
        self.backup("create")
        self.suite("start", self.state, self.bin)
        environment = {**self.environment, "VARSAM_URL": self.url,
                       "VARSAM_TOKEN_FILE": str(self.state / "tokens/privacy_officer")}
        run([self.bin / "varsam", "policy", "apply", ROOT / "deploy/policy/lexium.yaml"],
            env=environment)

    def lose(self):
        self.stop_services()
        for cluster in (self.data, self.keys):
            cluster.stop("immediate")
            shutil.rmtree(cluster.data)

    def restore(self):
        for which, cluster in (("data", self.data), ("keys", self.keys)):
            cluster.stop("immediate")
            shutil.rmtree(cluster.data, ignore_errors=True)
            cluster.data.mkdir(mode=0o700)
            owner = cluster.data.parent.stat()
            os.chown(cluster.data, owner.st_uid, owner.st_gid)
            self.backup("restore", which, cluster.data, f"--set={self.sets[which]}",
                        "--type=immediate", "--target-action=promote")
            cluster.start()
            until("the cluster to take writes",
                  lambda: cluster.sql("postgres", "SELECT pg_is_in_recovery()") == "f")

    def stop_services(self):
        for name in ("gateway", *STORES):
            self.suite("stop-service", self.state, name)

    def start_services(self):
        for name in STORES:
            self.suite("start-service", self.state, name)
        self.suite("start", self.state, self.bin)

    def set_list(self, folder):
        for name in STORES:
            path = self.state / f"run/{name}.env"
            lines = [one for one in path.read_text().splitlines()
                     if not one.startswith("VARSAM_REPLAY")]
            if folder:
                lines += [f"VARSAM_REPLAY_LIST={folder}",
                          f"VARSAM_REPLAY_KEY_FILE={self.state}/keys/replay.root.key"]
            path.write_text("\n".join(lines) + "\n")
