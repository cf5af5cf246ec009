"""The three looks at a restored platform, and what a person would suffer."""

import collections
import json
import os
import shutil
import subprocess
import threading
import time

from .ground import ROOT, STORES, expect, listening, run, say, until

LISTS = {"registry": "subject-registry", "consent": "consent", "requests": "request-workflow",
         "retention": "retention"}


class Looks:
    def look_refused(self):
        self.set_list(None)
        for name, offset in STORES.items():
            log = self.state / f"log/{name}.log"
            before = log.stat().st_size
            self.suite("start-service", self.state, name)
            until(f"{name} to give up", lambda: not self.alive(name))
            said = log.read_bytes()[before:].decode(errors="replace")
            expect("VARSAM_REPLAY_LIST" in said, f"{name} to say why it does not open", said)
            expect(not listening(self.port + offset), f"no port of {name} to be open")
        say("1  no list: four services refused, no port was opened")

    def alive(self, name):
        done = subprocess.run([ROOT / "deploy/lib/suite.sh", "pid", self.state, name],
                              env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def look_negative(self):
        for name in STORES:
            self.data.sql(self.database(name),
                          "UPDATE ledger_timeline SET timeline = ('x' || substr(pg_walfile_name("
                          "pg_current_wal_insert_lsn()), 1, 8))::bit(32)::integer")
        aside = self.state / "replay.aside"
        (self.state / "replay").rename(aside)
        self.start_services()
        found = self.revived()
        self.stop_services()
        shutil.rmtree(self.state / "replay")
        aside.rename(self.state / "replay")
        want = (len(self.erased) + len(self.withdrawn) + len(self.objected) + len(self.stopped) +
                len(self.barred) + len(self.held) + len(self.restricted) + len(self.linked))
        expect(sum(found.values()) == want, f"the control to find {want} revived", dict(found))
        say(f"2  negative control: {want} of {want} revived, and found: {dict(found)}")

    def look_true(self):
        self.set_list(self.state / "replay")
        self.start_services()
        found = self.revived()
        expect(not found, "nobody to be revived", dict(found))
        report = {}
        for ledger, name in LISTS.items():
            log = (self.state / f"log/{name}.log").read_text()
            lines = [json.loads(one) for one in log.splitlines() if '"restore_replayed"' in one]
            expect(lines, f"{name} to tell what it replayed")
            entry = self.data.sql(
                self.database(name),
                "SELECT index FROM ledger_entry WHERE kind = 'restore_replayed' ORDER BY index "
                "DESC LIMIT 1")
            report[ledger] = {key: lines[-1][key]
                              for key in ("size_before", "replayed", "present", "absent")}
            report[ledger]["certified_by_entry"] = int(entry)
        run([self.bin / "varsam", "ledger", "verify"],
            env={**self.environment, "VARSAM_URL": self.url,
                 "VARSAM_TOKEN_FILE": str(self.state / "tokens/auditor")})
        say("3  replayed: nobody revived; all four ledgers verify")
        return report

    def database(self, name):
        return "varsam_" + name.replace("-", "_")

    def revived(self):
        """What a person would suffer, counted by kind."""
        found = collections.Counter()
        for subject in self.erased:
            address = self.address(self.subjects.index(subject))
            identifiers = [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}]
            known = self.must("case_officer", "POST", "/v1/subjects:resolve",
                              {"identifiers": identifiers, "reason": "drill"})
            rows = self.data.sql(
                self.database("subject-registry"),
                f"SELECT count(*) FROM subject_identifier WHERE subject_id = '{subject}'")
            key = self.keys.sql(self.database("subject-registry") + "_keys",
                                "SELECT count(*) FROM vault_key WHERE wrapped_key IS NOT NULL AND "
                                f"subject_id = '{subject}'")
            if known.get("subjectIds") or rows != "0" or key != "0":
                found["erased"] += 1
        for subject in self.withdrawn:
            if self.settled(subject, "talent_pool").startswith("ALLOW"):
                found["withdrawn"] += 1
        for subject in self.linked:
            if self.settled(subject, "talent_pool").startswith("ALLOW"):
                found["linked"] += 1
        for subject in self.objected + self.stopped:
            answer = self.data.sql(
                self.database("consent"),
                f"SELECT (SELECT count(*) FROM objection WHERE subject_id = '{subject}') + "
                "(SELECT count(*) FROM preferences WHERE global_stop AND "
                f"subject_id = '{subject}')")
            if answer == "0":
                found["objected" if subject in self.objected else "stopped"] += 1
        identifiers = [{"type": "IDENTIFIER_TYPE_EMAIL", "value": one} for one in self.barred]
        screened = self.must("system", "POST", "/v1/suppressions:screen",
                             {"identifiers": identifiers})
        found["barred"] += sum(1 for one in screened["suppressed"] if not one)
        holds = self.must("privacy_officer", "GET", "/v1/holds").get("holds", [])
        under = {one for hold in holds for one in hold["scope"].get("subjectIds", [])}
        found["held"] += sum(1 for one in self.held if one not in under)
        for subject in self.restricted:
            if self.settled(subject, "talent_pool").startswith("ALLOW"):
                found["restricted"] += 1
        return +found

    def settled(self, subject, purpose):
        """The decision once every feed has been read (a moment after the start)."""
        end = time.monotonic() + 15
        pause = threading.Event()
        reason = self.reason(subject, purpose)
        while time.monotonic() < end and (
                reason == "INDETERMINATE" or
                (subject in self.restricted and reason.startswith("ALLOW"))):
            pause.wait(0.2)
            reason = self.reason(subject, purpose)
        return reason
