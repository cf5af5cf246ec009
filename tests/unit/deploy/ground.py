"""What the deployment tests share: the repository, rendering, the services' names and ports."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

ROOT = pathlib.Path(os.environ.get("VARSAM_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
OFFSETS = {
    "gateway": 0,
    "consent": 10,
    "subject-registry": 20,
    "request-workflow": 30,
    "retention": 40,
}
# The gateway stores nothing: no database, no migration.
WITH_DATABASE = [service for service in OFFSETS if service != "gateway"]
CONNECTOR = "varsam-connector-crm"
PORT_BASE = 7400
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.0.3"  # the newest that Debian 12's Go builds


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def kubectl_is_recent():
    if not shutil.which("kubectl"):
        return False
    text = subprocess.run(
        ["kubectl", "version", "--client"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"v?1[.:\"]*(?:, Minor:\")?(\d+)", text)
    return bool(found) and int(found.group(1)) >= 22


def kustomize():
    """What renders: a recent kubectl, or kustomize built by Go once, pinned, under .cache."""
    if kubectl_is_recent():
        return ["kubectl", "kustomize"]
    binary = ROOT / ".cache" / KUSTOMIZE.rsplit("/", 1)[1] / "kustomize"
    if not binary.exists():
        if not shutil.which("go"):
            skip("needs kubectl 1.22 or Go (Debian: golang-go)")
        env = dict(
            os.environ,
            GOBIN=str(binary.parent),
            GOPATH=str(ROOT / ".cache" / "go"),
            GOFLAGS="-modcacherw",
        )
        built = subprocess.run(
            ["go", "install", KUSTOMIZE], env=env, capture_output=True, text=True, check=False
        )
        if built.returncode != 0:
            skip("Go could not build kustomize: " + built.stderr.strip()[-200:])
    return [str(binary), "build"]


def render(folder):
    done = subprocess.run(kustomize() + [str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{folder} does not render:\n{done.stderr}")
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def compose():
    return yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())


def pod_spec(document):
    return document["spec"]["template"]["spec"]


def environment(pod, configs):
    """Every variable that the first container of a pod sees."""
    container = pod["containers"][0]
    seen = {}
    for source in container.get("envFrom", []):
        seen.update(configs[source["configMapRef"]["name"]])
    for entry in container.get("env", []):
        seen[entry["name"]] = entry.get("value", "")
    return seen


def config_maps(documents):
    return {d["metadata"]["name"]: d["data"] for d in documents if d["kind"] == "ConfigMap"}
