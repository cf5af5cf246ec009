"""The people of the drill, and what they ask for that must survive a restore."""

import collections
import json

from .ground import Failed, expect, until

NOTICE = "Vi sparar din ansökan i vår kandidatbank så länge du vill."


class People:
    def populate(self):
        notice = {"id": "talent-pool", "language": "sv", "text": NOTICE,
                  "purposes": ["talent_pool"]}
        self.notice = self.must("privacy_officer", "POST", "/v1/notices",
                                {"notice": notice})["notice"]
        for number in range(self.people):
            body = {
                "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": self.address(number)}],
                "categories": ["applicant"],
                "capacity": "CAPACITY_NATURAL_PERSON",
                "displayName": f"Kanarie Nummer {number}",
                "source": {"source": "data_subject", "collectedAt": "2026-01-15T09:00:00Z",
                           "noticeAt": "2026-01-15T09:00:00Z"},
            }
            self.subjects.append(self.must("system", "POST", "/v1/subjects", body)["subjectId"])
        for subject in self.subjects:
            self.choose(subject, "CHOICE_GIVEN")
        for subject in self.subjects:
            until("the consent to count", lambda: self.reason(subject) == "ALLOW_CONSENT")

    def address(self, number):
        return f"drill-canary-{number}@post.example"

    def choose(self, subject, choice):
        body = {
            "subjectId": subject, "purpose": "talent_pool", "choice": choice,
            "actor": "ACTOR_SUBJECT", "mechanism": "unticked_box", "channel": "web",
            "verified": True, "evidenceReference": "restore drill",
            "notice": {"noticeId": self.notice["id"], "version": self.notice["version"],
                       "language": self.notice["language"],
                       "textSha256": self.notice["textSha256"]},
        }
        until("the choice to be recorded",
              lambda: 200 <= self.call("system", "POST", "/v1/consents", body)[0] < 300)

    def reason(self, subject, purpose="talent_pool"):
        query = {"subjectId": subject, "purpose": purpose, "dataCategories": ["name", "email"]}
        return self.must("system", "POST", "/v1/decisions:decide",
                         {"query": query})["decision"]["reason"]

    def protect(self):
        ask = iter(self.subjects)
        self.erased = [next(ask) for _ in range(2)]
        self.withdrawn = [next(ask) for _ in range(max(3, self.people // 4))]
        self.objected = [next(ask) for _ in range(3)]
        self.stopped = [next(ask) for _ in range(2)]
        self.restricted = [next(ask)]
        self.linked = [next(ask)]
        browser = next(ask)
        self.held = [next(ask)]
        self.barred = [f"drill-barred-{one}@post.example" for one in range(3)]
        for subject in self.withdrawn:
            self.choose(subject, "CHOICE_WITHDRAWN")
        self.choose(browser, "CHOICE_WITHDRAWN")
        for subject in self.linked:  # whose "no" is the browser's
            self.must("system", "POST", f"/v1/subjects/{subject}:link",
                      {"browserSubjectId": browser, "channel": "sign_in",
                       "evidenceReference": "restore drill"})
        for subject in self.objected:
            self.must("system", "POST", "/v1/objections",
                      {"subjectId": subject, "marketingScope": "all", "channel": "web"})
        for subject in self.stopped:
            body = {"preferences": {"subjectId": subject, "globalStop": True},
                    "updateMask": ["global_stop"]}
            self.must("system", "PATCH", f"/v1/subjects/{subject}/preferences", body)
        for address in self.barred:
            identifier = {"type": "IDENTIFIER_TYPE_EMAIL", "value": address}
            self.must("case_officer", "POST", "/v1/suppressions",
                      {"identifier": identifier, "scope": "all"})
        for subject in self.held:
            hold = {"matter": "Övning", "owner": "drill", "reason": "restore drill",
                    "scope": {"subjectIds": [subject]}}
            self.must("privacy_officer", "POST", "/v1/holds", {"hold": hold})
        for subject in self.restricted:
            self.play("RIGHT_RESTRICTION", subject)
        for subject in self.erased:
            self.play("RIGHT_ERASURE", subject)
        self.listed()

    def play(self, right, subject):
        """One case to its end, every system answered by hand."""
        address = self.address(self.subjects.index(subject))
        body = {"right": right, "message": "övning",
                "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}]}
        case = self.must("case_officer", "POST", "/v1/requests", body)["caseId"]
        path = f"/v1/requests/{case}"

        said = None

        def step():
            nonlocal said
            found = self.must("case_officer", "GET", path)["case"]
            state = found["state"]
            if state in ("CASE_STATE_RECEIVED", "CASE_STATE_TRIAGE"):
                self.call("case_officer", "POST", path + ":classify", {"rights": [right]})
            if state in ("CASE_STATE_IDENTITY_CHECK", "CASE_STATE_AWAITING_IDENTITY"):
                said = self.call("case_officer", "POST", path + ":verify",
                                 {"level": "IDENTITY_LEVEL_IN_PERSON", "method": "drill"})
            if state == "CASE_STATE_REVIEW":
                self.call("case_officer", "POST", path + ":approve", {})
            tasks = self.must("case_officer", "GET", path + "/tasks").get("tasks", [])
            for task in tasks:
                if task["state"] == "TASK_STATE_OPEN":
                    self.call("case_officer", "POST", f"/v1/tasks/{task['id']}:finish",
                              {"outcome": "NO_DATA", "evidence": "drill"})
            if right == "RIGHT_RESTRICTION":
                return bool(tasks)
            return found.get("certificateId")

        try:
            until(f"{right} to be carried out", step, 120)
        except Failed as failure:
            state = self.must("case_officer", "GET", path)["case"]["state"]
            tasks = self.must("case_officer", "GET", path + "/tasks").get("tasks", [])
            states = [one["state"] for one in tasks]
            raise Failed(f"{failure}; {state}, tasks {states}, {said}") from None

    def listed(self):
        """Until the lists hold everything; then they stand by themselves."""
        want = {"registry": ("subject_erased", len(self.erased)),
                "requests": ("restriction_changed", len(self.restricted)),
                "retention": ("hold_placed", len(self.held)),
                "consent": ("suppression_added", len(self.barred))}
        for ledger, (kind, count) in want.items():
            until(f"{count} {kind} in the list",
                  lambda: self.listed_kinds(ledger)[kind] >= count)
        consent = self.listed_kinds("consent")
        expect(consent["consent_recorded"] > len(self.withdrawn), "every withdrawal", consent)
        expect(consent["subjects_linked"] == len(self.linked), "every link", consent)

    def listed_kinds(self, ledger):
        kinds = collections.Counter()
        path = self.state / "replay" / f"{ledger}.list"
        for line in path.read_text().splitlines() if path.exists() else ():
            kinds[json.loads(line.split("\t")[0]).get("kind", "")] += 1
        return kinds
