"""Personal values through every endpoint, rightly and wrongly used, appear in no log, metric, error
or URL. Control values that do appear there prove that every sink was read; values leaked on purpose
prove that the search finds them in every sink, in every form."""

import base64
import http.client
import json
import pathlib
import subprocess
import sys
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402
from suite import expect  # noqa: E402

# Each in a shape that a mask could miss. The words are of this run only: what a control leaks at
# its end is no finding of the next.
RUN = uuid.uuid4().hex[:10]
CANARIES = {
    "email": f"kanarie.faagelsson.{RUN}@canary-varsam.example",
    "name": f"Kanarina Fågelqvist-Canary {RUN}",
    "phone": "+46700990088",
    "personnummer": "199002299802",
    "free": f"canaryFreeText-{RUN}",
}
ROLES = ("privacy_officer", "case_officer", "operator", "marketing", "auditor", "system")
FILL_DEPTH_MAX = 6


def forms(value):
    """The value as it might stand in a sink."""
    digits = "".join(one for one in value if one.isdigit())
    found = {value, value.lower(), json.dumps(value)[1:-1], value.encode().hex()}
    found |= {urllib.parse.quote(value), urllib.parse.quote_plus(value)}
    # As it stands anywhere in a longer base64 text: what the neighbours cannot change.
    for before in range(3):
        text = base64.b64encode(b"." * before + value.encode()).decode().rstrip("=")
        found |= {text[4:-2], text[4:-2].translate(str.maketrans("+/", "-_"))}
    if len(digits) >= 9:
        found |= {digits, digits[-9:]}
    return {one for one in found if len(one) >= 8}


FORBIDDEN = set().union(*(forms(one) for one in CANARIES.values()))


def leaks(places):
    """(name, value) for every personal value in these (name, text)."""
    return [(name, one) for name, text in places for one in FORBIDDEN if one in text]


class Probe:
    """Calls every operation of the interface description."""

    def __init__(self, varsam):
        self.varsam = varsam
        self.api = varsam.must(None, "GET", "/openapi.json")
        self.errors = []
        self.calls = 0

    def schema(self, schema):
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.api["components"]["schemas"][name]
        return schema

    def fill(self, schema, name="", depth=0):
        """A body of this schema with a canary in every text."""
        schema = self.schema(schema)
        if depth > FILL_DEPTH_MAX:
            return None
        if "enum" in schema:
            values = [one for one in schema["enum"] if not str(one).endswith("UNSPECIFIED")]
            return values[0] if values else schema["enum"][0]
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            members = schema.get("properties", {})
            filled = {key: self.fill(one, key, depth + 1) for key, one in members.items()}
            return {key: one for key, one in filled.items() if one is not None}
        if kind == "array":
            one = self.fill(schema["items"], name, depth + 1)
            return [] if one is None else [one]
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return 1
        if schema.get("format") == "date-time":
            return "2026-01-15T09:00:00Z"
        return CANARIES.get(name, CANARIES["name" if "ame" in name else "free"])

    def keep(self, role, method, path, answer):
        """Errors must not repeat what was sent; answers to those who may read data may."""
        self.calls += 1
        texts = [str(answer.headers)]
        if not answer.ok:
            texts.append(answer.body.decode(errors="replace"))
        self.errors.append((f"{method} {path} as {role}: {answer.status}", "\n".join(texts)))

    def send(self, role, method, path, body):
        try:
            answer = self.varsam.call(role, method, path, body)
        except OSError:
            return
        self.keep(role, method, path.split("?")[0], answer)

    def everything(self):
        for path, operations in self.api["paths"].items():
            for method, operation in operations.items():
                if method not in ("get", "post", "patch"):
                    continue
                self.operation(path, method.upper(), operation)

    def operation(self, path, method, operation):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        body = self.fill(content["schema"]) if content else None
        ids = [str(uuid.uuid4()), CANARIES["free"]]
        for one in ids:
            where = path
            for part in [p for p in path.split("/") if "{" in p]:
                verb = part.split("}", 1)[1]
                where = where.replace(part, urllib.parse.quote(one) + verb)
            for role in ROLES + (None,):
                self.send(role, method, where, body)
        if body is not None:
            self.send("privacy_officer", method, where, {"unknown" + CANARIES["free"]: 1})
            self.send("privacy_officer", method, where, {key: [1] for key in body})


def malformed(varsam, probe):
    """What never reaches a service: broken JSON, broken tokens, depth, size."""
    free, email = CANARIES["free"], CANARIES["email"]
    bodies = [f'{{"yaml": "{email}"', "[" * 40 + f'"{email}"' + "]" * 40, f'{{"{free}": NaN}}']
    for raw in bodies:
        connection = http.client.HTTPConnection("127.0.0.1", varsam.port, timeout=10)
        heads = {"Content-Type": "application/json", "Authorization": f"Bearer {email}.{free}.x"}
        for headers in (heads, {**heads, "Authorization": "Bearer " + varsam.token("system")}):
            connection.request("POST", "/v1/consents", body=raw, headers=headers)
            response = connection.getresponse()
            answer = suite.Answer(response.status, response.headers, response.read())
            probe.keep("nobody", "POST", "/v1/consents (broken)", answer)
            expect(not answer.ok, "broken JSON to be refused")
        connection.close()


def while_services_are_away(varsam, probe):
    """The same values while the services behind the gateway are killed."""
    person = {
        "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": CANARIES["email"]}],
        "categories": ["prospect"],
        "displayName": CANARIES["name"],
        "source": {"source": "data_subject", "collectedAt": "2026-01-15T09:00:00Z"},
    }
    probe.send("system", "POST", "/v1/subjects", person)
    for service in suite.STORES:
        varsam.stop(service, "9")
    for path in ("/v1/subjects", "/v1/consents", "/v1/requests", "/v1/signals"):
        probe.send("system", "POST", path, person)
    for service in suite.STORES:
        varsam.start(service)
    for service in suite.STORES:
        varsam.serving(service)


def say_in_server_log(varsam, text):
    """PostgreSQL logs a statement that fails, with its text."""
    subprocess.run(
        ["psql", "-X", f"host={varsam.socket()} user=postgres", "-c", f"SELECT '{text}'::int"],
        capture_output=True,
        check=False,
    )


def logs(varsam):
    """(name, text, control value that must stand in it): every process that writes one."""
    started = {service: '"event":"serv' for service in ("gateway", *suite.STORES)}
    found = set()
    for path in sorted((varsam.state / "log").glob("*.log")):
        found.add(path.stem)
        text = path.read_text(errors="replace")
        yield f"log of {path.stem}", text, started.get(path.stem, "")
    expect(started.keys() <= found, "a log of every service", found)
    control = f"control-{uuid.uuid4()}"
    say_in_server_log(varsam, control)
    server_log = pathlib.Path(varsam.socket()).parent / "server.log"
    if not server_log.exists():
        server_log = varsam.state / "postgres/server.log"
    yield "log of PostgreSQL", server_log.read_text(errors="replace"), control


def metrics(varsam):
    offsets = {"gateway": 2, "consent": 12, "subject-registry": 22, "request-workflow": 32,
               "retention": 42}
    for name, offset in offsets.items():
        connection = http.client.HTTPConnection("127.0.0.1", varsam.port + offset, timeout=10)
        connection.request("GET", "/metrics")
        yield f"metrics of {name}", connection.getresponse().read().decode(), "varsam_"
        connection.close()


def sinks(varsam):
    """(name, text) of every log and all metrics, each seen to be the real one."""
    read = []
    for name, text, control in (*logs(varsam), *metrics(varsam)):
        expect(control in text, f"the control value in the {name}")
        read.append((name, text))
    return read


def leaked_on_purpose(varsam, probe, clean):
    """The search must fail for a leak: in every sink, in every form, and for real."""
    for name, text in (*clean, *probe.errors):
        middle = len(text) // 2
        planted = text[:middle] + CANARIES["email"] + text[middle:]
        expect((name, CANARIES["email"]) in leaks([(name, planted)]), f"a leak in {name} found")
    for one in FORBIDDEN:
        expect(leaks([("x", f'{{"event":"x","detail":"{one}"}}')]), "the form to be found", one)
    for value in CANARIES.values():
        packed = base64.b64encode(f"x{value}y".encode()).decode()
        expect(leaks([("x", packed)]) or len(value) < 16, "base64 to be found", value)
    echo = Probe.__new__(Probe)
    echo.calls, echo.errors = 0, []
    headers = {"Location": "/v1/subjects?email=" + urllib.parse.quote(CANARIES["email"])}
    echo.keep("x", "GET", "/x", suite.Answer(200, headers, b"{}"))
    echo.keep("x", "GET", "/x", suite.Answer(400, {}, CANARIES["name"].encode()))
    expect({at for at, _ in leaks(echo.errors)} == {"GET /x as x: 200", "GET /x as x: 400"},
           "a leak in a header and in the body of an error to be found")
    # A real one: the database says the value in its own log, and only that sink is named.
    say_in_server_log(varsam, CANARIES["email"])
    named = {name for name, _ in leaks(sinks(varsam))}
    expect(named == {"log of PostgreSQL"}, "the one sink that leaks to be named", named)


def scenario(varsam):
    probe = Probe(varsam)
    probe.everything()
    malformed(varsam, probe)
    while_services_are_away(varsam, probe)
    expect(probe.calls > 500, "every endpoint in every role", probe.calls)
    clean = sinks(varsam)
    found = leaks(probe.errors) + leaks(clean)
    codes = {one[1] for one in probe.errors}
    expect(any('"code"' in one for one in codes), "problems among the answers")
    for name, value in found[:20]:
        print(f"{value!r} in {name}")
    expect(not found, "no personal value in any sink", f"{len(found)} places")
    leaked_on_purpose(varsam, probe, clean)
    print(f"{probe.calls} calls; {len(clean)} logs and metrics and {len(probe.errors)} answers "
          f"searched for {len(FORBIDDEN)} forms; every planted leak was found")


suite.main(scenario)
