"""The rendered manifests keep the rules of the house: restricted pods, probes, limits, network
policies that fit the calls.

Every rule has its negative control below: the same documents with one thing broken must be refused,
else the rule proves nothing.
"""

import copy
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ground  # noqa: E402


def check_pod_security(name, pod, complain):
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True:
        complain(name, "runAsNonRoot")
    if not security.get("runAsUser") or not security.get("runAsGroup"):
        complain(name, "numeric runAsUser and runAsGroup")
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        complain(name, "seccompProfile RuntimeDefault")
    if pod.get("automountServiceAccountToken") is not False:
        complain(name, "automountServiceAccountToken: false")
    if pod.get("enableServiceLinks") is not False:
        complain(name, "enableServiceLinks: false")
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            complain(name, f"no {key}")
    for volume in pod.get("volumes", []):
        if "hostPath" in volume:
            complain(name, "no hostPath")
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit"):
            complain(name, "emptyDir with sizeLimit")


def check_container(name, container, complain):
    security = container.get("securityContext", {})
    if security.get("capabilities", {}).get("drop") != ["ALL"] or security["capabilities"].get(
        "add"
    ):
        complain(name, "capabilities drop ALL")
    if security.get("readOnlyRootFilesystem") is not True:
        complain(name, "readOnlyRootFilesystem")
    if security.get("allowPrivilegeEscalation") is not False:
        complain(name, "allowPrivilegeEscalation: false")
    if security.get("privileged"):
        complain(name, "not privileged")
    resources = container.get("resources", {})
    for bound in ("requests", "limits"):
        if set(resources.get(bound, {})) != {"cpu", "memory"}:
            complain(name, f"{bound} of cpu and memory")
    if (
        container.get("image", "").endswith(":latest")
        or container.get("imagePullPolicy") == "Always"
    ):
        complain(name, "a fixed image")
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in ("tmp", "state") and mount.get("readOnly") is not True:
            complain(name, f"mount {mount['name']} read-only")
    for source in container.get("env", []):
        if "secretKeyRef" in source.get("valueFrom", {}):
            complain(name, "secrets as files, not in the environment")


def check_deployment(document, complain):
    name, pod = document["metadata"]["name"], ground.pod_spec(document)
    container = pod["containers"][0]
    service = name.removeprefix("varsam-")
    base = ground.PORT_BASE + ground.OFFSETS.get(service, -1)
    ports = sorted(p["containerPort"] for p in container.get("ports", []))
    if ports != [base, base + 1, base + 2]:
        complain(name, "ports base, +1, +2")
    for probe in ("startupProbe", "readinessProbe"):
        if container.get(probe, {}).get("grpc", {}).get("port") != base + 1:
            complain(name, f"{probe} grpc on the health port")
    check_process(name, pod, container, [f"/usr/bin/{name}", "serve"], complain)


def check_gateway(document, complain):
    """HTTP in front: no gRPC health port, readiness asked for over HTTP, no way to a database."""
    name, pod = document["metadata"]["name"], ground.pod_spec(document)
    container = pod["containers"][0]
    ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
    if ports != {"http": ground.PORT_BASE, "admin": ground.PORT_BASE + 2}:
        complain(name, "ports http and admin")
    for probe in ("startupProbe", "readinessProbe"):
        asked = container.get(probe, {}).get("httpGet", {})
        if (asked.get("path"), asked.get("port")) != ("/readyz", "http"):
            complain(name, f"{probe} /readyz on the HTTP port")
    secrets = [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v]
    if sorted(secrets) != ["varsam-gateway-caller-signing", "varsam-gateway-tls"]:
        complain(name, f"its identity and the caller signing key, no other secret: {secrets}")
    check_process(name, pod, container, [f"/usr/bin/{name}", "serve"], complain)


def check_connector(document, complain):
    """Outbound only: one copy, no port but the admin port, what it remembers on a volume."""
    name, pod = document["metadata"]["name"], ground.pod_spec(document)
    container = pod["containers"][0]
    if document["spec"]["replicas"] != 1 or document["spec"]["strategy"]["type"] != "Recreate":
        complain(name, "one copy at a time")
    ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
    if ports != {"admin": ground.PORT_BASE + 52}:
        complain(name, "the admin port only")
    claims = [v for v in pod["volumes"] if "persistentVolumeClaim" in v]
    if [v["name"] for v in claims] != ["state"]:
        complain(name, "state on a persistent volume")
    labels = document["spec"]["template"]["metadata"]["labels"]
    if labels.get("varsam.se/connector") != "true":
        complain(name, "the label that services let in")
    check_process(name, pod, container, ["/usr/bin/varsam-connector", "run"], complain)


def check_process(name, pod, container, command, complain):
    live = container.get("livenessProbe", {}).get("httpGet", {})
    if live.get("path") != "/livez" or live.get("port") != "admin":
        complain(name, "livenessProbe /livez on the admin port")
    if pod.get("terminationGracePeriodSeconds", 0) < 45:
        complain(name, "a grace period longer than the drain")
    if container.get("command") != command:
        complain(name, f"command {command}")


def check_job(document, complain):
    name, spec = document["metadata"]["name"], document["spec"]
    for key in ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if not spec.get(key):
            complain(name, key)
    if ground.pod_spec(document)["containers"][0].get("command", [""])[-1] != "migrate":
        complain(name, "command migrate")


def check_set(documents, complain):
    """Each service has all its parts, and the parts find each other."""
    kinds = {}
    for document in documents:
        kinds.setdefault(document["kind"], {})[document["metadata"]["name"]] = document
    for service in ground.OFFSETS:
        name = f"varsam-{service}"
        for kind in (
            "Deployment",
            "Service",
            "ServiceAccount",
            "PodDisruptionBudget",
            "NetworkPolicy",
        ):
            if name not in kinds.get(kind, {}):
                complain(name, kind)
                return
        labels = kinds["Deployment"][name]["spec"]["template"]["metadata"]["labels"]
        for kind, path in (
            ("Service", ["spec", "selector"]),
            ("NetworkPolicy", ["spec", "podSelector", "matchLabels"]),
            ("PodDisruptionBudget", ["spec", "selector", "matchLabels"]),
        ):
            selector = kinds[kind][name]
            for step in path:
                selector = selector[step]
            if not selector or not selector.items() <= labels.items():
                complain(name, f"{kind} selects the pods")
        if service != "gateway" and kinds["Service"][name]["spec"].get("clusterIP") != "None":
            complain(name, "headless Service")
        jobs = [job for job in kinds.get("Job", {}) if job.startswith(f"{name}-migrate")]
        if len(jobs) != (service in ground.WITH_DATABASE):
            complain(name, "a migrate Job if it has a database, else none")
    if not any(
        not p["spec"]["podSelector"] and set(p["spec"]["policyTypes"]) == {"Ingress", "Egress"}
        for p in kinds.get("NetworkPolicy", {}).values()
    ):
        complain("namespace", "default deny")
    namespace = (
        kinds.get("Namespace", {}).get("varsam", {"metadata": {}})["metadata"].get("labels", {})
    )
    if namespace.get("pod-security.kubernetes.io/enforce") != "restricted":
        complain("namespace", "pod security restricted")
    check_calls(kinds, complain)


def allowed_peers(policy, direction):
    side = "to" if direction == "egress" else "from"
    allowed = set()
    for rule in policy["spec"].get(direction, []):
        for peer in rule.get(side, []):
            name = peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name")
            allowed |= {(name, port["port"]) for port in rule.get("ports", [])}
    return allowed


def reaches_database(policy):
    label = {"varsam.se/database": "true"}
    return any(
        peer.get("podSelector", {}).get("matchLabels") == label
        for rule in policy["spec"].get("egress", [])
        for peer in rule.get("to", [])
    )


def lets_connectors_in(policy, port):
    label = {"varsam.se/connector": "true"}
    return any(
        peer.get("podSelector", {}).get("matchLabels") == label
        for rule in policy["spec"].get("ingress", [])
        if port in [p["port"] for p in rule.get("ports", [])]
        for peer in rule.get("from", [])
    )


def check_connector_calls(kinds, complain):
    """The connector may reach those whose address it has, and they let connectors in."""
    name = ground.CONNECTOR
    configs = {key: document["data"] for key, document in kinds["ConfigMap"].items()}
    seen = ground.environment(ground.pod_spec(kinds["Deployment"][name]), configs)
    for key, value in seen.items():
        if not key.endswith("_ADDRESS"):
            continue
        host, port = value.split(":")
        if (host, int(port)) not in allowed_peers(kinds["NetworkPolicy"][name], "egress"):
            complain(name, f"may go out to {host}")
        if not lets_connectors_in(kinds["NetworkPolicy"][host], int(port)):
            complain(host, "lets connectors in")


def check_calls(kinds, complain):
    """Whom a service has the address of, it may reach, and that one lets it in."""
    for service in ground.OFFSETS:
        policy = kinds["NetworkPolicy"][f"varsam-{service}"]
        if reaches_database(policy) != (service in ground.WITH_DATABASE):
            complain(f"varsam-{service}", "reaches the database if it has one, else not")
    if ground.CONNECTOR in kinds["Deployment"]:
        check_connector_calls(kinds, complain)
    configs = {name: document["data"] for name, document in kinds["ConfigMap"].items()}
    for service in ground.OFFSETS:
        name = f"varsam-{service}"
        seen = ground.environment(ground.pod_spec(kinds["Deployment"][name]), configs)
        for key, value in seen.items():
            if not key.endswith("_ADDRESS"):
                continue
            host, port = value.split(":")
            target = kinds["Service"].get(host)
            if not target or int(port) not in [p["port"] for p in target["spec"]["ports"]]:
                complain(name, f"{key} names a Service and its port")
                continue
            if (host, int(port)) not in allowed_peers(kinds["NetworkPolicy"][name], "egress"):
                complain(name, f"may go out to {host}")
            if (name, int(port)) not in allowed_peers(kinds["NetworkPolicy"][host], "ingress"):
                complain(name, f"is let in by {host}")


SPECIAL = {"varsam-gateway": check_gateway, ground.CONNECTOR: check_connector}


def findings(documents):
    found = []

    def complain(name, what):
        found.append(f"{name}: {what}")

    for document in documents:
        if document["kind"] not in ("Deployment", "Job"):
            continue
        name, pod = document["metadata"]["name"], ground.pod_spec(document)
        check_pod_security(name, pod, complain)
        for container in pod["containers"] + pod.get("initContainers", []):
            check_container(name, container, complain)
        if document["kind"] == "Job":
            check_job(document, complain)
        else:
            SPECIAL.get(name, check_deployment)(document, complain)
    check_set(documents, complain)
    return found


def deployment(documents, name="varsam-consent"):
    return next(d for d in documents if d["kind"] == "Deployment" and d["metadata"]["name"] == name)


def container(documents, name="varsam-consent"):
    return ground.pod_spec(deployment(documents, name))["containers"][0]


def policy(documents, name):
    return next(
        d for d in documents if d["kind"] == "NetworkPolicy" and d["metadata"]["name"] == name
    )


def give_gateway_a_job(documents):
    job = copy.deepcopy(next(d for d in documents if d["kind"] == "Job"))
    job["metadata"]["name"] = "varsam-gateway-migrate-v1"
    documents.append(job)


CONTROLS = {
    "runAsNonRoot": lambda d: ground.pod_spec(deployment(d))["securityContext"].pop("runAsNonRoot"),
    "runAsGroup": lambda d: ground.pod_spec(deployment(d))["securityContext"].pop("runAsGroup"),
    "seccompProfile": (
        lambda d: ground.pod_spec(deployment(d))["securityContext"].pop("seccompProfile")
    ),
    "drop ALL": lambda d: container(d)["securityContext"]["capabilities"].update(drop=["NET_RAW"]),
    "readOnlyRootFilesystem": (
        lambda d: container(d)["securityContext"].update(readOnlyRootFilesystem=False)
    ),
    "allowPrivilegeEscalation": (
        lambda d: container(d)["securityContext"].pop("allowPrivilegeEscalation")
    ),
    "limits": lambda d: container(d)["resources"]["limits"].pop("memory"),
    "readinessProbe": lambda d: container(d)["readinessProbe"]["grpc"].update(port=7410),
    "livenessProbe": lambda d: container(d).pop("livenessProbe"),
    "ports": lambda d: container(d)["ports"].pop(),
    "automountServiceAccountToken": (
        lambda d: ground.pod_spec(deployment(d)).pop("automountServiceAccountToken")
    ),
    "sizeLimit": lambda d: ground.pod_spec(deployment(d))["volumes"][0]["emptyDir"].clear(),
    "read-only": lambda d: container(d)["volumeMounts"][1].pop("readOnly"),
    "fixed image": lambda d: container(d).update(image="varsam:latest"),
    "NetworkPolicy": lambda d: d.remove(policy(d, "varsam-retention")),
    "is let in by": lambda d: policy(d, "varsam-retention")["spec"].update(ingress=[]),
    "may go out": lambda d: policy(d, "varsam-consent")["spec"].update(egress=[]),
    "default deny": lambda d: d.remove(
        next(x for x in d if x["metadata"]["name"] == "varsam-default-deny")
    ),
    "selects the pods": (
        lambda d: next(x for x in d if x["kind"] == "PodDisruptionBudget")["spec"]["selector"][
            "matchLabels"
        ].update({"app.kubernetes.io/name": "nobody"})
    ),
    "migrate Job": lambda d: d.remove(next(x for x in d if x["kind"] == "Job")),
    "varsam-gateway: a migrate Job": give_gateway_a_job,
    "readinessProbe /readyz": (
        lambda d: container(d, "varsam-gateway").update(
            readinessProbe={"grpc": {"port": ground.PORT_BASE + 1}}
        )
    ),
    "caller signing key": lambda d: ground.pod_spec(deployment(d, "varsam-gateway"))[
        "volumes"
    ].pop(),
    "varsam-gateway: reaches the database": (
        lambda d: policy(d, "varsam-gateway")["spec"]["egress"].append(
            {"to": [{"podSelector": {"matchLabels": {"varsam.se/database": "true"}}}]}
        )
    ),
    "one copy": lambda d: deployment(d, ground.CONNECTOR)["spec"].update(replicas=2),
    "state on": lambda d: ground.pod_spec(deployment(d, ground.CONNECTOR))["volumes"].pop(),
    "varsam-retention: lets connectors in": (
        lambda d: policy(d, "varsam-retention")["spec"]["ingress"][0]["from"].pop()
    ),
}


def main():
    failed = 0
    for folder in ("k8s/base", "k8s/overlays/dev", "k8s/overlays/dev-connector"):
        documents = ground.render(ground.ROOT / folder)
        for finding in findings(documents):
            print(f"{folder}: {finding}")
            failed += 1
    for expected, break_it in CONTROLS.items():
        broken = copy.deepcopy(documents)
        break_it(broken)
        found = findings(broken)
        if not any(expected in finding for finding in found):
            print(f"negative control '{expected}' was not found; findings: {found}")
            failed += 1
    print(f"{len(documents)} documents, {len(CONTROLS)} negative controls, {failed} failures")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
