"""Kubernetes, compose, Prometheus, the image and the code name the same things the same way."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ground  # noqa: E402

FAILURES = []


def expect(truth, what):
    if not truth:
        FAILURES.append(what)


# What the code reads and a deployment may leave to its default or to the site.
LEFT_OUT = {
    "VARSAM_CLOCK_FILE",
    "VARSAM_DEADLINE_MS_MAX",
    "VARSAM_READ_CONNECTIONS",
    "VARSAM_HTTPS_CERT",
    "VARSAM_HTTPS_KEY",
    "VARSAM_OIDC_ROLES_CLAIM",
    "VARSAM_HTTP_THREADS",
    "VARSAM_CONNECTIONS_MAX",
    "VARSAM_CONNECTIONS_PER_ADDRESS_MAX",
    "VARSAM_PUBLIC_CALLS_PER_SECOND_MAX",
    "VARSAM_DISPOSAL_ITEMS_PER_RUN_MAX",
    "VARSAM_DISPOSAL_PEOPLE_PER_RUN_MAX",
    "VARSAM_COOLING_OFF_HOURS",
    # An adapter's own: a connector is given the variables of one adapter (that of the pod: SQL).
    "VARSAM_FILES_ROOT",
    "VARSAM_FILES_RULES",
    "VARSAM_IMAP_REVIEW",
    "VARSAM_IMAP_TOKEN_FILE",
    "VARSAM_IMAP_URL",
    "VARSAM_IMAP_USER",
    "VARSAM_LMTP_ADDRESS",
    "VARSAM_LMTP_SOCKET",
    "VARSAM_IMAP_PASSWORD",
    "VARSAM_IMAP_PASSWORD_FILE",
    "VARSAM_IMAP_MAILBOXES",
    "VARSAM_IMAP_MASTER",
    "VARSAM_IMAP_SYSTEM",
    "VARSAM_IMAP_PLAINTEXT",
    "VARSAM_CONNECTOR_POLL_MS",
    "VARSAM_CONNECTOR_ERASURES_PER_HOUR_MAX",
    "VARSAM_CONNECTOR_SYNC_S",
    # Storage outside the databases' backups is the operator's to bring (deploy/backup/README.md).
    "VARSAM_REPLAY_LIST",
    "VARSAM_REPLAY_KEY_FILE",
}
# Read in one environment only; the other one refuses them or does without.
PRODUCTION_ONLY = {
    "VARSAM_OIDC_ISSUER",
    "VARSAM_OIDC_AUDIENCE",
    "VARSAM_OIDC_JWKS",
    "VARSAM_SMTP_URL",
    "VARSAM_MAIL_FROM",
}
DEVELOPMENT_ONLY = {"VARSAM_DEV_ISSUER_JWKS", "VARSAM_CLOCK_FILE"}
# Part of the settings that all processes share, of no use to these.
IDLE = {"gateway": {"VARSAM_CALLER_KEYS"}, "connector": {"VARSAM_CALLER_KEYS"}}
MIGRATE_ONLY = {"VARSAM_MIGRATE_DATABASE", "VARSAM_MIGRATE_KEY_DATABASE", "VARSAM_SERVICE_ROLE"}


def names_in(*files):
    """Variables named literally; one that ends in _ is a prefix."""
    return {
        name
        for f in files
        for name in re.findall(r'"(VARSAM_[A-Z_]+)"', (ground.ROOT / f).read_text())
    }


def read_by(binary):
    """The variables that a binary's configuration reads, from its sources."""
    files = [f"services/{binary.replace('-', '_')}/config.cpp", "libs/rpc/server_config.cpp"]
    if binary in ground.WITH_DATABASE:
        files.append("libs/host/host_config.cpp")
    return names_in(*files)


def check_read(name, binary, seen, excused):
    """Nothing is set that nothing reads; nothing is read that is neither set nor excused."""
    reads = read_by(binary)
    prefixes = tuple(key for key in reads if key.endswith("_"))
    for key in sorted(set(seen) - reads - IDLE.get(binary, set())):
        expect(prefixes and key.startswith(prefixes), f"{name}: nothing reads {key}")
    for key in sorted(reads - set(prefixes) - set(seen) - LEFT_OUT - excused):
        expect(False, f"{name}: reads {key}, which is set nowhere")


def check_pair(name, pod, box):
    """A service in the development overlay and the same in compose."""
    expect(set(pod) == set(box), f"{name}: k8s and compose differ in {set(pod) ^ set(box)}")
    for key in set(pod) & set(box):
        if key in (
            "VARSAM_PORT_BASE",
            "VARSAM_BIND",
            "VARSAM_PROMISES_FILE",
            "VARSAM_PUBLIC_URL",
        ) or (key.endswith("_ADDRESS") or key.startswith("VARSAM_CONNECTOR_")):
            expect(str(pod[key]) == str(box[key]), f"{name}: {key} differs")
    expect(pod["VARSAM_PORT_BASE"] == str(ground.PORT_BASE), f"{name}: port base")


def check_environment(documents, stack):
    """The development overlay against compose, and both against the code."""
    configs = ground.config_maps(documents)
    found = {d["metadata"]["name"]: d for d in documents if d["kind"] in ("Deployment", "Job")}
    names = {f"varsam-{service}": service for service in ground.OFFSETS}
    names[ground.CONNECTOR] = "connector"
    for name, binary in names.items():
        pod = ground.pod_spec(found[name])
        seen, box = ground.environment(pod, configs), stack["services"][name]
        check_database_tls(name, seen)
        check_pair(name, seen, box["environment"])
        check_read(name, binary, seen, PRODUCTION_ONLY | MIGRATE_ONLY)
        expect(box["command"] == pod["containers"][0]["command"], f"{name}: command")
    for service in ground.WITH_DATABASE:
        name = f"varsam-{service}-migrate"
        job = ground.pod_spec(next(d for n, d in found.items() if n.startswith(name)))
        seen, box = ground.environment(job, configs), stack["services"][name]
        check_pair(name, seen, box["environment"])
        check_read(name, service, seen, PRODUCTION_ONLY)
        expect(box["command"] == job["containers"][0]["command"], f"{name}: command")


def check_production(documents):
    """The base sets what production needs and nothing that it refuses."""
    configs = ground.config_maps(documents)
    for document in (d for d in documents if d["kind"] == "Deployment"):
        name = document["metadata"]["name"]
        seen = ground.environment(ground.pod_spec(document), configs)
        expect(seen["VARSAM_ENVIRONMENT"] == "production", f"{name}: production")
        check_read(name, name.removeprefix("varsam-"), seen, MIGRATE_ONLY | DEVELOPMENT_ONLY)
        refused = DEVELOPMENT_ONLY & set(seen)
        expect(not refused, f"{name}: sets {refused}, which production refuses")


def check_files(documents, folder):
    """A variable that names a file under /etc/varsam names one that a volume brings."""
    configs = ground.config_maps(documents)
    for document in documents:
        if document["kind"] not in ("Deployment", "Job"):
            continue
        pod = ground.pod_spec(document)
        mounts = [m["mountPath"] + "/" for m in pod["containers"][0]["volumeMounts"]]
        volumes = {v["name"] for v in pod["volumes"]}
        for mount in pod["containers"][0]["volumeMounts"]:
            expect(mount["name"] in volumes, f"{folder}: no volume {mount['name']}")
        name = document["metadata"]["name"]
        idle = IDLE.get(name.removeprefix("varsam-").replace("-crm", ""), set())
        for key, value in ground.environment(pod, configs).items():
            for path in re.findall(r"/etc/varsam[a-z-]*/[\w./-]+", value):
                expect(
                    key in idle or path.startswith(tuple(mounts)),
                    f"{folder}: {name}: no volume brings {path} of {key}",
                )


def check_shipped(stack):
    """Files of the image and of the component are those of the repository."""
    promises = stack["services"]["varsam-gateway"]["environment"]["VARSAM_PROMISES_FILE"]
    shipped = re.search(
        r"^COPY (deploy/policy)/ (\S+)$",
        (ground.ROOT / "deploy/docker/Dockerfile").read_text(),
        re.M,
    )
    expect(
        shipped
        and promises.startswith(shipped[2])
        and (ground.ROOT / shipped[1] / promises.removeprefix(shipped[2])).exists(),
        f"Dockerfile: ships no {promises}",
    )
    expect(
        (ground.ROOT / "k8s/components/connector/crm.yaml").read_bytes()
        == (ground.ROOT / "deploy/samples/mapping/crm.yaml").read_bytes(),
        "k8s/components/connector/crm.yaml is not the sample mapping",
    )
    made = (ground.ROOT / "deploy/docker/init-databases.sh").read_text()
    made = re.search(r"^for service in (.*); do$", made, re.M)[1].split()
    wanted = [service.replace("-", "_") for service in ground.WITH_DATABASE]
    expect(made == wanted, f"init-databases.sh: makes {made}, want {wanted}")


def check_database_tls(name, environment):
    """libs/pg asks for a verified certificate over TCP: the authority must be named."""
    for key, value in environment.items():
        if key.endswith("_DATABASE") and "host=" in str(value):
            expect("sslrootcert=/" in value, f"{name}: {key} names no authority of the server")


def check_compose(stack):
    expect("ssl=on" in stack["services"]["postgres"]["command"], "compose: PostgreSQL without TLS")
    expect(
        set(stack) <= {"version", "services", "volumes", "x-service", "x-common"},
        "compose.yaml: a top-level key outside the common subset",
    )
    for name, service in stack["services"].items():
        expect(
            "develop" not in service
            and "start_interval" not in str(service.get("healthcheck", "")),
            f"{name}: outside the common subset",
        )
        for port in service.get("ports", []):
            expect(
                str(port).startswith("127.0.0.1:"), f"{name}: publishes {port} beyond the machine"
            )
        if not name.startswith("varsam-"):
            continue
        check_database_tls(name, service["environment"])
        expect(
            service["user"] == "65532:65532"
            and service["read_only"]
            and service["cap_drop"] == ["ALL"],
            f"{name}: runs without restrictions",
        )
        if not name.endswith("-migrate"):
            stores = name.removeprefix("varsam-") in ground.WITH_DATABASE
            first = f"{name}-migrate" if stores else "setup"
            expect(
                service["depends_on"] == {first: {"condition": "service_completed_successfully"}},
                f"{name}: starts before {first} has ended",
            )


def check_compose_accepts():
    """docker-compose 1.29 is the strictest reader; where it is installed it has its say."""
    if not shutil.which("docker-compose"):
        return
    command = ["docker-compose", "-f", "deploy/compose.yaml", "config", "-q"]
    env = dict(os.environ, VARSAM_DB_PASSWORD="x")
    done = subprocess.run(
        command, cwd=ground.ROOT, env=env, capture_output=True, text=True, check=False
    )
    expect(done.returncode == 0, f"docker-compose: {done.stderr}")


def check_prometheus():
    config = ground.yaml.safe_load((ground.ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = {
        entry["labels"]["service"]: entry["targets"]
        for entry in config["scrape_configs"][0]["static_configs"]
    }
    wanted = {
        s: [f"varsam-{s}:{ground.PORT_BASE + offset + 2}"] for s, offset in ground.OFFSETS.items()
    }
    expect(targets == wanted, f"prometheus.yml: targets {targets}")
    rules = ground.yaml.safe_load((ground.ROOT / "deploy/prometheus/rules/varsam.yml").read_text())
    runbook = (ground.ROOT / "deploy/runbooks/alerts.md").read_text()
    code = "\n".join(
        p.read_text() for f in ("libs", "services") for p in (ground.ROOT / f).rglob("*.[ch]*")
    )
    for rule in (r for group in rules["groups"] for r in group["rules"]):
        expect(f"\n## {rule['alert']}\n" in runbook, f"alerts.md: no section {rule['alert']}")
        expect(
            rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower()),
            f"{rule['alert']}: runbook",
        )
        for metric in re.findall(r"varsam_[a-z_]+", rule["expr"]):
            stem = re.sub(r"_(calls_total|seconds|in_flight)$", "", metric)
            expect(
                f'"{metric}"' in code or f'"{stem}"' in code,
                f"{rule['alert']}: no metric {metric} in the code",
            )


def check_dockerfile():
    text = (ground.ROOT / "deploy/docker/Dockerfile").read_text()
    expect("<<" not in text and "COPY --link" not in text, "Dockerfile: outside the common subset")
    expect(re.search(r"^USER 65532:65532$", text, re.M), "Dockerfile: numeric user and group")
    expect(text.count("\nFROM ") == 2, "Dockerfile: two stages")
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.M):
        expect((ground.ROOT / source).exists(), f"Dockerfile: {source} does not exist")
    for path in (
        "deploy/docker/compose-setup",
        "deploy/docker/init-databases.sh",
        "deploy/pki/make-dev-ca",
    ):
        expect((ground.ROOT / path).exists(), f"{path} does not exist")


def break_stack(stack):
    """Mistakes that must be found; returns how many."""
    box = {name: service.get("environment") for name, service in stack["services"].items()}
    box["varsam-consent"]["VARSAM_RETENTION_ADDRESS"] = "varsam-retention:7441"
    box["varsam-retention"].pop("VARSAM_DATABASE")
    box["varsam-gateway"]["VARSAM_DATABASE"] = "dbname=varsam_gateway"
    box["varsam-connector-crm"]["VARSAM_CONNECTOR_ADMIN_PORT"] = "7453"
    box["varsam-gateway"]["VARSAM_PROMISES_FILE"] = "/usr/share/varsam/promises.yaml"
    stack["services"]["varsam-gateway"]["depends_on"] = {
        "postgres": {"condition": "service_started"}
    }
    return 7  # the promises file is both another one than in k8s and not in the image


def break_manifests(documents):
    """Mistakes in what the code reads; returns how many."""
    configs = ground.config_maps(documents)

    def of(prefix):
        return next(data for name, data in configs.items() if re.match(prefix + r"-\w{10}$", name))

    of("varsam-gateway")["VARSAM_CALLER_SIGNING_KY"] = "x"  # nothing reads it
    of("varsam-gateway").pop("VARSAM_CALLER_SIGNING_KEY")  # read, set nowhere
    of("varsam-request-workflow-public").pop("VARSAM_PUBLIC_URL")
    of("varsam-gateway-issuer").pop("VARSAM_OIDC_AUDIENCE")
    of("varsam-gateway-issuer")["VARSAM_DEV_ISSUER_JWKS"] = "/etc/varsam/oidc/dev-issuer.jwks"
    return 6  # the development issuer is refused, and no volume brings its file


def found_by(*checks):
    before = len(FAILURES)
    for check in checks:
        check()
    caught = FAILURES[before:]
    del FAILURES[before:]
    return caught


def check_negative_controls(development):
    stack, production = ground.compose(), ground.render(ground.ROOT / "k8s/base")
    for wanted, caught in (
        (
            break_stack(stack),
            found_by(
                lambda: check_environment(development, stack),
                lambda: check_compose(stack),
                lambda: check_shipped(stack),
            ),
        ),
        (
            break_manifests(production),
            found_by(
                lambda: check_production(production), lambda: check_files(production, "k8s/base")
            ),
        ),
    ):
        expect(len(caught) == wanted, f"negative controls: {wanted} mistakes, found {caught}")


def main():
    stack = ground.compose()
    production = ground.render(ground.ROOT / "k8s/base")
    development = ground.render(ground.ROOT / "k8s/overlays/dev-connector")
    check_environment(development, stack)
    check_production(production)
    check_files(production, "k8s/base")
    check_files(development, "k8s/overlays/dev-connector")
    check_shipped(stack)
    check_compose(stack)
    check_compose_accepts()
    check_prometheus()
    check_dockerfile()
    check_negative_controls(development)
    print("\n".join(FAILURES) or "consistent")
    sys.exit(1 if FAILURES else 0)


if __name__ == "__main__":
    main()
