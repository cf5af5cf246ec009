"""P42: systems serve purposes, and every purpose has its basis; one without is refused by name."""

import tempfile

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    purposes = varsam.must("auditor", "GET", "/v1/purposes")["purposes"]
    expect(len(purposes) == 28, "28 purposes", len(purposes))
    without = [one["id"] for one in purposes if one["basis"] == "LEGAL_BASIS_UNSPECIFIED"]
    expect(not without, "a basis for every purpose", without)
    record = varsam.must("auditor", "GET", "/v1/recordOfProcessing")["activities"]
    expect(all(one["system"] and one["legalBasis"] for one in record), "system × purpose × basis")
    before = varsam.must("auditor", "GET", "/v1/policies/current")["textSha256"]
    policy = (suite.ROOT / "deploy/policy/lexium.yaml").read_text()
    line = "    sv: Rekrytering\n    basis: contract\n"
    expect(policy.count(line) == 1, "one basis line to take out")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as changed:
        changed.write(policy.replace(line, "    sv: Rekrytering\n"))
        changed.flush()
        done = varsam.varsam("policy", "apply", changed.name, check=False)
    text = done.stdout + done.stderr
    expect(done.returncode == 2, "exit code 2", f"{done.returncode} {text}")
    expect("INCOMPLETE_ACTIVITY" in text and "basis" in text, "INCOMPLETE_ACTIVITY: basis", text)
    expect("recruitment" in text, "the purpose to be named", text)
    after = varsam.must("auditor", "GET", "/v1/policies/current")["textSha256"]
    expect(before == after, "the policy in force to stay as it was")


suite.main(scenario)
