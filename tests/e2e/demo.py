"""The main job: `varsam demo` on the suite of the fixture, every claim of its seven steps. Then its
receipt once more with every service stopped."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402
from suite import expect  # noqa: E402


def scenario(varsam):
    done = varsam.varsam("demo", "--state", str(varsam.state), check=False)
    print(done.stdout + done.stderr)
    expect(done.returncode == 0, "the demo to hold")
    for service in ("gateway", *suite.STORES):
        varsam.stop(service)
    try:
        receipt = varsam.state / "demo/receipt.json"
        verify = suite.BUILD / "bin/varsam-verify"
        genuine = subprocess.run([verify, receipt], check=False)
        expect(genuine.returncode == 0, "the receipt to verify with all services stopped")
        changed = bytearray(receipt.read_bytes())
        at = changed.index(b"payload") + 14
        changed[at] = ord("B") if changed[at] == ord("A") else ord("A")
        forged = subprocess.run([verify, "-"], input=bytes(changed), check=False)
        expect(forged.returncode == 1, "one changed byte to be noticed")
    finally:
        for service in (*suite.STORES, "gateway"):
            varsam.start(service)
        for service in (*suite.STORES, "gateway"):
            varsam.serving(service)


suite.main(scenario)
