"""P53: everything is backed up daily. A set of 25 hours is fresh, one of 27 hours is BACKUP_STALE;
what the sets hold is counted for the replay. That a restore revives nobody is played by
deploy/backup/drill."""

import pathlib
import sys
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def health(varsam, target):
    answer = varsam.must("auditor", "GET", f"/v1/backups?target={target}")
    return next(one for one in answer["targets"] if one["target"] == target)


def register(varsam, target, hours):
    taken = suite.now(-hours * 3600)
    backup = {"id": f"{target}.{uuid.uuid4()}", "target": target, "takenAt": taken,
              "expiresOn": suite.now(34 * 24 * 3600)[:10]}
    varsam.must("system", "POST", "/v1/backups", {"backup": backup})
    return backup["id"]


def replayed(varsam, backup):
    """All that a restore of this set would have to do again, page after page, oldest first."""
    token = ""
    while True:
        page = varsam.must(
            "operator", "GET", f"/v1/backups/{backup}/replay?pageSize=500&pageToken={token}")
        yield from page.get("items", [])
        token = urllib.parse.quote(page.get("nextPageToken", ""))
        if not token:
            return


def objections(varsam, backup):
    return [one for one in replayed(varsam, backup) if one["kind"] == "objection"]


def scenario(varsam):
    target = f"p53-{uuid.uuid4()}"
    register(varsam, target, 51)
    old = register(varsam, target, 27)
    stale = health(varsam, target)
    expect(stale["code"] == "BACKUP_STALE", "27 hours to be stale", stale)
    expect(stale["newestBackupId"] == old, "the newest set to count", stale)
    register(varsam, target, 25)
    fresh = health(varsam, target)
    expect(not fresh.get("code"), "25 hours to be fresh", fresh)
    who = varsam.register("p53.avsluta@post.example", "applicant")
    before = objections(varsam, old)
    body = {"subjectId": who, "marketingScope": "all", "channel": "web"}
    varsam.must("system", "POST", "/v1/objections", body)
    suite.until(
        "the objection to be on the replay list of an older set",
        lambda: len(objections(varsam, old)) > len(before),
    )


suite.main(scenario)
