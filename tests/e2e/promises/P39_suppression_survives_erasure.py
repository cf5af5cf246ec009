"""P39: an erased person who did not want to be sent anything does not come back by a list: the
keyed hash of the address stays, blocks the import, and screens lists before they are used."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


ADDRESS = "p39.person@post.example"


def scenario(varsam):
    who = varsam.register(
        ADDRESS, "prospect", capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    identifier = {"type": "IDENTIFIER_TYPE_EMAIL", "value": ADDRESS}
    varsam.must(
        "case_officer", "POST", "/v1/suppressions", {"identifier": identifier, "scope": "all"}
    )
    varsam.erase(ADDRESS)
    varsam.await_decision(who, "marketing_email", "SUBJECT_ERASED")
    # Written another way, and among others.
    spelled = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "P39.Person@Post.Example"}
    other = {"type": "IDENTIFIER_TYPE_EMAIL", "value": "p39.annan@post.example"}
    body = {"identifiers": [other, spelled]}
    screened = varsam.must("marketing", "POST", "/v1/suppressions:screen", body)["suppressed"]
    expect(screened == [False, True], "the list to be screened", screened)
    row = {
        "identifiers": [spelled],
        "categories": ["prospect"],
        "source": {
            "source": "purchased_list",
            "collectedAt": suite.now(-60),
            "evidence": {
                "vendor": "Listor AB",
                "licence": "L-1",
                "collected_at": "2026-11-01",
                "vendor_legal_basis": "6(1)(f)",
            },
        },
    }
    answer = varsam.must("system", "POST", "/v1/subjects:import", {"rows": [row]})
    outcome = answer["results"][0]["outcome"]
    expect(outcome == "REIMPORT_SUPPRESSED", "the row to be blocked", answer)
    found = varsam.must(
        "case_officer",
        "POST",
        "/v1/subjects:resolve",
        {"identifiers": [spelled], "reason": "P39"},
    )
    expect(not found.get("subjectIds"), "no person", found)
    # No table of the consent service holds the address.
    rows = varsam.sql(
        "varsam_consent",
        "SELECT count(*) FROM suppression s WHERE s::text ILIKE '%p39.person%'",
    )
    expect(rows == "0", "nothing but hashes", rows)


suite.main(scenario)
