"""Personal values through every endpoint, rightly and wrongly used, appear in no log, metric, error
or URL. Control values that do appear there prove that every sink was read."""

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

# Each in a shape that a mask could miss.
CANARIES = {
    "email": "kanarie.faagelsson@canary-varsam.example",
    "name": "Kanarina Fågelqvist-Canary",
    "phone": "+46700990088",
    "personnummer": "199002299802",
    "free": "canaryFreeText-e7d1b",
}
ROLES = ("privacy_officer", "case_officer", "operator", "marketing", "auditor", "system")
FILL_DEPTH_MAX = 6


def forms(value):
    """The value as it might stand in a sink."""
    digits = "".join(one for one in value if one.isdigit())
    found = {value, value.lower(), urllib.parse.quote(value), json.dumps(value)[1:-1]}
    if len(digits) >= 9:
        found |= {digits, digits[-9:]}
    return {one for one in found if len(one) >= 8}


FORBIDDEN = set().union(*(forms(one) for one in CANARIES.values()))


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


def sinks(varsam):
    """(name, text, control value that must stand in it)"""
    for service in ("gateway", *suite.STORES):
        text = (varsam.state / f"log/{service}.log").read_text(errors="replace")
        yield f"log of {service}", text, '"event":"serv'
    for path in (varsam.state / "log").glob("connector-*.log"):
        yield f"log of {path.stem}", path.read_text(errors="replace"), ""
    control = f"control-{uuid.uuid4()}"
    subprocess.run(
        ["psql", "-X", f"host={varsam.socket()} user=postgres", "-c", f"SELECT '{control}'::int"],
        capture_output=True,
        check=False,
    )
    server_log = pathlib.Path(varsam.socket()).parent / "server.log"
    if not server_log.exists():
        server_log = varsam.state / "postgres/server.log"
    yield "log of PostgreSQL", server_log.read_text(errors="replace"), control
    for name, offset in (("gateway", 2), ("consent", 12), ("subject-registry", 22),
                         ("request-workflow", 32), ("retention", 42)):
        connection = http.client.HTTPConnection("127.0.0.1", varsam.port + offset, timeout=10)
        connection.request("GET", "/metrics")
        yield f"metrics of {name}", connection.getresponse().read().decode(), "varsam_"
        connection.close()


def scenario(varsam):
    probe = Probe(varsam)
    probe.everything()
    malformed(varsam, probe)
    while_services_are_away(varsam, probe)
    expect(probe.calls > 500, "every endpoint in every role", probe.calls)
    found = []
    for name, text in probe.errors:
        found += [(name, one) for one in FORBIDDEN if one in text]
    count = 0
    for name, text, control in sinks(varsam):
        expect(text and control in text, f"the control value in the {name}")
        found += [(name, one) for one in FORBIDDEN if one in text]
        count += 1
    codes = {one[1] for one in probe.errors}
    expect(any('"code"' in one for one in codes), "problems among the answers")
    for name, value in found[:20]:
        print(f"{value!r} in {name}")
    expect(not found, "no personal value in any sink", f"{len(found)} places")
    print(f"{probe.calls} calls; {count} logs and metrics and {len(probe.errors)} answers searched")


suite.main(scenario)
