"""P11: a third party gets data only after the person's approval of that very recipient; a duty of
law is another matter; each disclosure stands in the list that the person can ask for."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["name", "email"]


def third_party(name):
    return {"kind": "RECIPIENT_KIND_THIRD_PARTY", "id": name}


def scenario(varsam):
    who = varsam.register("p11.person@post.example", "customer_contact")
    varsam.await_decision(who, "third_party_disclosure", "NO_CONSENT", DATA)
    notice = varsam.publish_notice(
        "p11-delning", ["third_party_disclosure"], "Får vi dela dina uppgifter med Partner A?"
    )

    def asked(recipient, purpose="third_party_disclosure"):
        return varsam.decision(who, purpose, DATA, recipient=recipient)["reason"]

    varsam.choose(who, "third_party_disclosure", "GIVEN", notice, recipient="partner_a")
    expect(asked(third_party("partner_a")) == "ALLOW_CONSENT", "A to be approved")
    expect(asked(third_party("partner_b")) == "NO_CONSENT", "B not to be")
    other = asked(third_party("partner_a"), "daily_communication")
    expect(other == "THIRD_PARTY_NOT_APPROVED", "no other purpose to share", other)
    # A processor is no third party: an agreement decides, not the person's approval.
    processor = {"kind": "RECIPIENT_KIND_PROCESSOR", "id": "v_crm"}
    reason = asked(processor, "daily_communication")
    expect(reason == "ALLOW_LEGITIMATE_INTEREST", "a processor under its agreement", reason)
    processor["id"] = "v_nobody"
    reason = asked(processor, "daily_communication")
    expect(reason == "DPA_MISSING", "one without an agreement to get nothing", reason)
    authority = {"kind": "RECIPIENT_KIND_AUTHORITY", "id": "skatteverket", "underLaw": True}
    expect(asked(authority, "daily_communication").startswith("ALLOW"), "a duty of law to pass")
    authority["underLaw"] = False
    refused = asked(authority, "daily_communication")
    expect(refused == "THIRD_PARTY_NOT_APPROVED", "no duty, no hand-over", refused)
    disclosure = {
        "subjectId": who,
        "recipient": "partner_a",
        "recipientKind": "third_party",
        "dataCategories": DATA,
        "purpose": "third_party_disclosure",
        "disclosedAt": suite.now(),
    }
    varsam.must("system", "POST", "/v1/disclosures", {"disclosure": disclosure})
    listed = varsam.must("auditor", "GET", f"/v1/subjects/{who}/disclosures")["disclosures"]
    expect(
        any(one["recipient"] == "partner_a" and one["dataCategories"] == DATA for one in listed),
        "the actual recipient and its data to be listed",
        listed,
    )
    # A stop that names nobody is a stop for everybody.
    varsam.choose(who, "third_party_disclosure", "WITHDRAWN")
    expect(asked(third_party("partner_a")) == "CONSENT_WITHDRAWN", "A to be stopped")


suite.main(scenario)
