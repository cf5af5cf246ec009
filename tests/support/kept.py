"""Retention as the end-to-end tests ask for it: what a system tells, what follows, what is due."""

import suite


def signal(varsam, who, system, categories, subject, key, events, collected, **more):
    """One record as a system tells it; `events` are (type, instant)."""
    body = {
        "subjectId": who,
        "system": system,
        "recordKey": key,
        "dataCategories": list(categories),
        "subjectCategories": [subject],
        "collectedAt": collected,
        "events": [{"type": kind, "at": at} for kind, at in events],
        **more,
    }
    suite.until(
        "the signal to be taken",
        lambda: varsam.call("system", "POST", "/v1/signals", {"signals": [body]}).ok,
    )


def fields(varsam, who, at):
    """Every field of the person as of an instant, by system and category."""
    answer = varsam.must("case_officer", "GET", f"/v1/subjects/{who}/retention?as_of={at}")
    return {(one["system"], one["dataCategory"]): one for one in answer.get("fields", [])}


def due(varsam, who, at, system):
    """What a run at that instant would dispose of: category -> item."""
    token, found = "", {}
    while True:
        body = {"asOf": at, "systems": [system], "pageSize": 500, "pageToken": token}
        answer = varsam.must("operator", "POST", "/v1/retention:plan", body)
        for item in answer.get("items", []):
            if item["subjectId"] == who:
                found.update((one, item) for one in item["dataCategories"])
        token = answer.get("nextPageToken", "")
        if not token:
            return found
