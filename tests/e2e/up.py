"""Brings the suite up on free ports for the end-to-end tests, or takes it down.

up.py start | stop        state: VARSAM_E2E_STATE, default <build>/e2e/state"""

import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import suite  # noqa: E402


def start(state, *options):
    if pathlib.Path(state).exists():
        stop(state)
    environment = dict(os.environ, VARSAM_PORT_BASE=str(suite.free_port_base()))
    # The tests are one address with many calls that are not signed in.
    environment["VARSAM_PUBLIC_CALLS_PER_SECOND_MAX"] = "1000"
    command = [suite.ROOT / "deploy/up", "--state", state, "--build-dir", suite.BUILD, "--no-demo"]
    return subprocess.run([*command, *options], env=environment, check=False).returncode


def stop(state):
    environment = dict(os.environ, VARSAM_PORT_BASE="7400")
    command = [suite.ROOT / "deploy/up", "--state", state, "--reset"]
    code = subprocess.run(command, env=environment, check=False).returncode
    shutil.rmtree(state, ignore_errors=True)
    return code


def main():
    state = suite.state_dir()
    if sys.argv[1:2] == ["start"]:
        sys.exit(start(state, *sys.argv[2:]))
    if sys.argv[1:] == ["stop"]:
        sys.exit(stop(state))
    sys.exit(__doc__)


if __name__ == "__main__":
    main()
