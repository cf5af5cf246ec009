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


def variables_of_the_code():
    """Names that a config file of the code reads, literally or put together from parts."""
    names = set()
    for folder in ("libs", "services"):
        for path in (ground.ROOT / folder).rglob("*.cpp"):
            names |= set(re.findall(r'"(VARSAM_[A-Z_]+)"', path.read_text()))
    return names


def check_environment(documents, stack):
    configs = ground.config_maps(documents)
    deployments = {d["metadata"]["name"]: d for d in documents if d["kind"] == "Deployment"}
    known = variables_of_the_code()
    for service in ground.OFFSETS:
        name = f"varsam-{service}"
        pod = ground.environment(ground.pod_spec(deployments[name]), configs)
        box = stack["services"][name]["environment"]
        expect(set(pod) == set(box), f"{name}: k8s and compose differ in {set(pod) ^ set(box)}")
        for key in pod:
            expect(key in known or key.endswith("_ADDRESS"), f"{name}: nothing reads {key}")
            if key.endswith("_ADDRESS"):
                expect(pod[key] == box.get(key), f"{name}: {key} differs")
        for key in ("VARSAM_PORT_BASE", "VARSAM_BIND"):
            expect(str(pod[key]) == str(box[key]), f"{name}: {key} differs")
        expect(pod["VARSAM_PORT_BASE"] == str(ground.PORT_BASE), f"{name}: port base")
        migrate = stack["services"][f"{name}-migrate"]
        job = next(
            d
            for d in documents
            if d["kind"] == "Job" and d["metadata"]["name"].startswith(f"{name}-migrate")
        )
        job_sees = ground.environment(ground.pod_spec(job), configs)
        expect(
            set(job_sees) == set(migrate["environment"]),
            f"{name}-migrate: differ in {set(job_sees) ^ set(migrate['environment'])}",
        )
        expect(
            migrate["command"] == ground.pod_spec(job)["containers"][0]["command"],
            f"{name}-migrate: command",
        )
        expect(
            stack["services"][name]["command"]
            == ground.pod_spec(deployments[name])["containers"][0]["command"],
            f"{name}: command",
        )


def check_compose(stack):
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
        expect(
            service["user"] == "65532:65532"
            and service["read_only"]
            and service["cap_drop"] == ["ALL"],
            f"{name}: runs without restrictions",
        )
        if not name.endswith("-migrate"):
            expect(
                service["depends_on"] == {
                    f"{name}-migrate": {"condition": "service_completed_successfully"}
                },
                f"{name}: starts before its migration has ended",
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


def main():
    documents = ground.render(ground.ROOT / "k8s/base")
    stack = ground.compose()
    check_environment(documents, stack)
    check_compose(stack)
    check_compose_accepts()
    check_prometheus()
    check_dockerfile()
    # Negative controls: a renamed variable, a wrong port, a service that does not wait.
    before = len(FAILURES)
    broken = ground.compose()
    broken["services"]["varsam-consent"]["environment"][
        "VARSAM_RETENTION_ADDRESS"
    ] = "varsam-retention:7441"
    broken["services"]["varsam-retention"]["environment"].pop("VARSAM_DATABASE")
    broken["services"]["varsam-gateway"]["depends_on"] = {
        "postgres": {"condition": "service_started"}
    }
    check_environment(documents, broken)
    check_compose(broken)
    caught = len(FAILURES) - before
    del FAILURES[before:]
    expect(caught == 3, f"negative controls: 3 mistakes, {caught} found")
    print("\n".join(FAILURES) or "consistent")
    sys.exit(1 if FAILURES else 0)


if __name__ == "__main__":
    main()
