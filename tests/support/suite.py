"""The running suite as the end-to-end and chaos tests see it: REST, the command line, mail, and (to
check what Varsam says) the superuser's view of the databases. Standard library only."""

import contextlib
import http.client
import imaplib
import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(os.environ.get("VARSAM_SOURCE_DIR", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("VARSAM_BINARY_DIR", ROOT / "build/dev"))
PORTS_NEEDED = (0, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 60, 61, 62)
STORES = ("subject-registry", "consent", "retention", "request-workflow")
LEDGERS = {
    "registry": "subject-registry",
    "consent": "consent",
    "requests": "request-workflow",
    "retention": "retention",
}


class Failure(Exception):
    """What was expected, and what came."""


def expect(truth, what, got=None):
    if not truth:
        raise Failure(f"expected {what}" + ("" if got is None else f", got {got}"))


def until(what, ask, seconds=60):
    """Asks again until the answer is true; the answer."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        last = ask()
        if last:
            return last
        pause.wait(0.1)  # tidy: allow(sleep) the interface offers no event for this
    raise Failure(f"expected {what} within {seconds} s, last answer {last!r}")


def free_port_base():
    """A port base whose ports are all free, below those the kernel gives to outgoing connections:
    one of these could take a port while its service is down or not yet up."""
    for _ in range(300):
        base = 10_000 + secrets.randbelow(220) * 100
        taken = []
        try:
            for offset in PORTS_NEEDED:
                one = socket.socket()
                taken.append(one)
                one.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for one in taken:
                one.close()
    raise Failure("expected free ports")


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    @property
    def ok(self):
        return 200 <= self.status < 300

    @property
    def code(self):
        return (self.json or {}).get("code", "") if isinstance(self.json, dict) else ""


class Suite:
    def __init__(self, state):
        self.state = pathlib.Path(state)
        settings = dict(
            line.split("=", 1) for line in (self.state / "suite.env").read_text().splitlines()
        )
        self.url = settings["VARSAM_URL"]
        self.port = int(self.url.rsplit(":", 1)[1])
        samples = self.state / "samples/samples.env"
        self.samples = {}
        if samples.exists():
            for line in samples.read_text().splitlines():
                key, value = line.split("=", 1)
                self.samples[key] = value.strip("'")

    # ---- REST

    def token(self, role):
        return (self.state / "tokens" / role).read_text().strip()

    def call(self, role, method, path, body=None, key=None, headers=None, timeout=30):
        """One call; OSError when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        send = {"Accept": "application/json"}
        if role:
            send["Authorization"] = "Bearer " + self.token(role)
        if body is not None:
            send["Content-Type"] = "application/json"
            send["Idempotency-Key"] = key or str(uuid.uuid4())
        send.update(headers or {})
        data = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, body=data, headers=send)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def must(self, role, method, path, body=None, **more):
        answer = self.call(role, method, path, body, **more)
        expect(answer.ok, f"{method} {path} to succeed", f"{answer.status} {answer.body[:500]}")
        return answer.json

    def decide(self, subject, purpose, data=("name", "email"), **more):
        query = {"subjectId": subject, "purpose": purpose, "dataCategories": list(data)}
        answer = self.must("system", "POST", "/v1/decisions:decide", {"query": query, **more})
        return answer["decision"]["reason"]

    def await_decision(self, subject, purpose, reason, data=("name", "email")):
        until(
            f"{purpose} to be {reason}",
            lambda: self.decide(subject, purpose, data) == reason,
            seconds=30,
        )

    def register(self, email, category, name="Testa Person", **more):
        body = {
            "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": email}],
            "categories": [category],
            "displayName": name,
            "source": {"source": "data_subject", "collectedAt": now(-3600)},
            **more,
        }
        return self.must("system", "POST", "/v1/subjects", body)["subjectId"]

    def erase(self, address):
        """An erasure from the request to the certificate; the certificate's id."""
        already = len(self.sent_to(address))
        body = {
            "right": "RIGHT_ERASURE",
            "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
            "message": "Radera mig.",
        }
        case_id = self.must(None, "POST", "/v1/requests", body)["caseId"]
        if self.case(case_id)["state"] in ("CASE_STATE_RECEIVED", "CASE_STATE_TRIAGE"):
            self.classify(case_id, "RIGHT_ERASURE")
        self.confirm(case_id, address, already)

        def in_review():
            self.finish_by_hand(case_id)
            return self.case(case_id)["state"] == "CASE_STATE_REVIEW"

        until("the search to end", in_review, 120)
        self.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})

        def certified():
            self.finish_by_hand(case_id)
            return self.case(case_id).get("certificateId")

        return until("a certificate", certified, 180)

    # ---- consent

    def publish_notice(self, notice_id, purposes, text, material=False):
        """A text and its reference, once the consent service serves it."""
        notice = {
            "id": notice_id,
            "language": "sv",
            "text": text,
            "purposes": purposes,
            "material": material,
        }
        published = self.must("privacy_officer", "POST", "/v1/notices", {"notice": notice})
        version = published["notice"]["version"]

        def served():
            answer = self.call(None, "POST", f"/v1/notices/{notice_id}:serve", {})
            return answer.ok and answer.json["notice"]["version"] == version and answer.json

        return until("the text to be served", served, 30)["notice"]

    def choose(self, subject, purpose, choice, notice=None, **more):
        """A choice of the person through a form of ours."""
        body = {
            "subjectId": subject,
            "purpose": purpose,
            "choice": "CHOICE_" + choice,
            "actor": "ACTOR_SUBJECT",
            "verified": True,
            "mechanism": "unticked_box",
            "channel": "web",
            **({"notice": notice} if notice else {}),
            **more,
        }
        return self.must("system", "POST", "/v1/consents", body)

    def decision(self, subject, purpose, data, **query):
        body = {"subjectId": subject, "purpose": purpose, "dataCategories": list(data), **query}
        return self.must("system", "POST", "/v1/decisions:decide", {"query": body})["decision"]

    def consent_events(self, subject):
        answer = self.must("auditor", "GET", f"/v1/subjects/{subject}/consents")
        return answer.get("events", [])

    # ---- the command line

    def varsam(self, *arguments, role="privacy_officer", check=True):
        environment = dict(
            os.environ, VARSAM_URL=self.url, VARSAM_TOKEN_FILE=str(self.state / "tokens" / role)
        )
        done = subprocess.run(
            [BUILD / "bin/varsam", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            timeout=600,
            check=False,
        )
        if check:
            said = done.stdout + done.stderr
            expect(done.returncode == 0, f"varsam {arguments} to succeed", said)
        return done

    # ---- processes

    def _suite(self, *arguments):
        environment = dict(os.environ, VARSAM_PORT_BASE=str(self.port))
        done = subprocess.run(
            [ROOT / "deploy/lib/suite.sh", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        expect(done.returncode == 0, f"suite.sh {arguments} to succeed", done.stderr)
        return done.stdout.strip()

    def stop(self, name, signal="TERM"):
        self._suite("stop-service", str(self.state), name, signal)

    def start(self, name):
        self._suite("start-service", str(self.state), name)

    @contextlib.contextmanager
    def unserved(self, system):
        """While no connector has ever served a system: its tasks are for people."""
        database, rows = "varsam_request_workflow", f"FROM served_system WHERE system = '{system}'"
        self.stop(f"connector-{system}")
        self.sql(database, f"DELETE {rows}")
        try:
            yield
        finally:
            self.start(f"connector-{system}")
            until(f"{system} to be served", lambda: self.sql(database, f"SELECT 1 {rows}"))

    def serving(self, name):
        """Until the service answers again (a checkpoint through the gateway)."""
        ledger = next((key for key, value in LEDGERS.items() if value == name), None)
        path = f"/ledger/{ledger}/checkpoint" if ledger else "/readyz"

        def ask():
            try:
                return self.call(None, "GET", path).status in (200, 404)
            except OSError:
                return False

        until(f"{name} to serve", ask, seconds=60)

    # ---- databases, as their superuser: to look, and to tamper

    def sql(self, database, statement):
        return run_sql(f"host={self.socket()} user=postgres dbname={database}", statement)

    def socket(self):
        line = next(
            one
            for one in (self.state / "run/consent.env").read_text().splitlines()
            if one.startswith("VARSAM_DATABASE=")
        )
        return re.search(r"host=(\S+)", line).group(1)

    def in_many_systems(self, addresses):
        """The first of these addresses that the mailing tool and the website know, too."""
        superuser = self.samples["VARSAM_SAMPLE_SUPERUSER"]
        lists = (("mailing", "SELECT lower(btrim(mail)) FROM campaign.recipient"),
                 ("website", "SELECT lower(btrim(epost)) FROM webb.konto"))
        known = [set(run_sql(f"{superuser} dbname={one}", ask).split()) for one, ask in lists]
        found = [one for one in addresses if all(one.strip().lower() in each for each in known)]
        expect(found, "somebody whom the mailing tool and the website know")
        return found[0]

    # ---- mail

    def imap(self, mailbox):
        host, port = self.samples["VARSAM_MAIL_IMAP"].split(":")
        session = imaplib.IMAP4(host, int(port), timeout=30)
        session.login(
            f"{mailbox}*{self.samples['VARSAM_MAIL_MASTER']}", self.samples["VARSAM_MAIL_PASSWORD"]
        )
        return session

    def deliver(self, mailbox, sender, subject, text, at=None, message_id=None, reply_to=None):
        """A mail in the INBOX, arrived at `at` (seconds since 1970) as far as the server knows."""
        message_id = message_id or f"<{uuid.uuid4()}@post.example>"
        lines = [f"From: {sender}", f"To: {mailbox}", f"Subject: {subject}"]
        lines += [f"Message-ID: {message_id}", "MIME-Version: 1.0"]
        if reply_to:
            lines += [f"In-Reply-To: {reply_to}", f"References: {reply_to}"]
        lines += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", ""]
        raw = "\r\n".join(lines + [text, ""]).encode()
        when = imaplib.Time2Internaldate(at if at is not None else time.time())
        with self.imap(mailbox) as session:
            done = session.append("INBOX", "", when, raw)
            expect(done[0] == "OK", "the mail to be appended", done)
        return message_id

    def sent_to(self, address):
        """Texts of the letters sent to an address, oldest first."""
        import email
        import email.policy

        folder = pathlib.Path(self.samples["VARSAM_MAIL_SENT"]) / "new"
        letters = []
        for path in sorted(folder.glob("*"), key=lambda one: one.stat().st_mtime):
            raw = path.read_bytes()
            if address.lower().encode() not in raw.lower():  # parsing hundreds takes seconds
                continue
            message = email.message_from_bytes(raw, policy=email.policy.default)
            heads = f"{message['To']} {message['X-RcptTo']}".lower()
            if address.lower() in heads:
                body = message.get_body(("plain",))
                letters.append((message, body.get_content() if body else ""))
        return letters

    # ---- cases

    def cases(self):
        answer = self.must("case_officer", "GET", "/v1/requests?page_size=500")
        return {one["id"]: one for one in answer.get("cases", [])}

    def case(self, case_id):
        return self.must("case_officer", "GET", f"/v1/requests/{case_id}")["case"]

    def tasks(self, case_id):
        return self.must("case_officer", "GET", f"/v1/requests/{case_id}/tasks").get("tasks", [])

    def on_file_before_any_mail(self, email, category):
        """Mail servers stamp whole seconds: what arrives from now on is later than the register."""
        subject = self.register(email, category)
        registered = time.time()
        until("a second to pass", lambda: time.time() > registered + 1, 5)
        return subject

    def mail_opens_case(self, sender, subject, text, at=None):
        known = set(self.cases())
        message_id = self.deliver("affarssupport@lexium.se", sender, subject, text, at)

        def opened():
            return [one for key, one in self.cases().items() if key not in known]

        return until("the mail to open a case", opened)[0], message_id

    def classify(self, case_id, right):
        self.must(
            "case_officer", "POST", f"/v1/requests/{case_id}:classify", {"rights": [right]}
        )

    def confirm(self, case_id, address, already):
        """The person follows the confirm link in the letter after the first `already`."""

        def token():
            for _, text in self.sent_to(address)[already:]:
                found = token_in(text)
                if found:
                    return found
            return None

        proof = until("a confirm link by mail", token)
        self.must(None, "POST", f"/v1/requests/{case_id}:verify", {"token": proof})

    def print_what_was_done(self, case_id):
        """System by system, what its tasks of this case found and did."""
        rows = self.sql("varsam_request_workflow", DONE_IN_SYSTEMS.format(case_id=case_id))
        for row in rows.split("\n"):
            print("  " + "  ".join(f"{cell:<12}" for cell in row.split("|")))

    def finish_by_hand(self, case_id):
        for task in self.tasks(case_id):
            if task.get("manual") and task["state"] == "TASK_STATE_OPEN":
                told = task["action"] in ("TASK_ACTION_NOTIFY_RECIPIENT", "TASK_ACTION_TAKE_DOWN")
                outcome = "DONE" if told else "NO_DATA"
                body = {"outcome": outcome, "evidence": "searched by hand"}
                self.must("case_officer", "POST", f"/v1/tasks/{task['id']}:finish", body)


DONE_IN_SYSTEMS = """SELECT system || '|' || (ARRAY['export','rectify','restrict',
    'lift','stop','erase','verify','notify','take down'])[action] || '|' || (ARRAY['done','no data',
    'partly kept','refused','needs human','failed','unsupported'])[outcome] || '|'
    || CASE WHEN manual THEN 'by hand' ELSE 'connector' END || '|found '
    || coalesce(sum((r->>'found')::int), 0) || ', exported '
    || coalesce(sum((r->>'exported')::int), 0) || ', deleted '
    || coalesce(sum((r->>'deleted')::int), 0) || ', anonymised '
    || coalesce(sum((r->>'anonymised')::int), 0) || ', kept '
    || coalesce(sum((r->>'kept')::int), 0)
    FROM task LEFT JOIN LATERAL jsonb_array_elements(task.detail::jsonb->'results') r ON true
    WHERE case_id = '{case_id}' GROUP BY task_id, system, action, outcome, manual
    ORDER BY action, system"""


def token_in(text):
    link = re.search(r"https?://\S+", text)
    if not link:
        return None
    url = urllib.parse.urlsplit(link.group(0).rstrip(".>)"))
    for part in (url.query, url.fragment):
        named = urllib.parse.parse_qs(part).get("token")
        if named:
            return named[0]
    return url.fragment or url.path.rsplit("/", 1)[-1]


def run_sql(conninfo, statement):
    command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", conninfo, "-c", statement]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    expect(done.returncode == 0, "psql to answer", done.stderr)
    return done.stdout.strip()


def now(seconds=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def state_dir():
    return os.environ.get("VARSAM_E2E_STATE", str(BUILD / "e2e/state"))


def main(scenario):
    """Runs one scenario on the suite that the fixture has started."""
    try:
        scenario(Suite(state_dir()))
    except Failure as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
    print("ok")
