"""P57: an editorial change keeps consents; a material one ends them from its effective date,
names each person once, and a fresh act on the new text opens the purpose again."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["name", "email"]


def scenario(varsam):
    who = varsam.register("p57.person@post.example", "applicant")
    other = varsam.register("p57.annan@post.example", "applicant")
    varsam.await_decision(who, "talent_pool", "NO_CONSENT", DATA)
    texts = iter(("Vi sparar din ansökan.", "Vi sparar din ansökan!", "Vi delar din ansökan."))

    def publish(material=False):
        return varsam.publish_notice("p57-kandidat", ["talent_pool"], next(texts), material)

    def renewals():
        people, token = [], ""
        while True:
            path = f"/v1/purposes/talent_pool/renewals?page_token={token}"
            answer = varsam.must("privacy_officer", "GET", path)
            people += answer.get("subjectIds", [])
            token = answer.get("nextPageToken", "")
            if not token:
                return people

    varsam.choose(who, "talent_pool", "GIVEN", publish())
    varsam.await_decision(who, "talent_pool", "ALLOW_CONSENT", DATA)
    publish()
    expect(varsam.decide(who, "talent_pool", DATA) == "ALLOW_CONSENT", "an editorial change")
    expect(who not in renewals(), "nobody to be told")
    changed = publish(material=True)
    varsam.await_decision(who, "talent_pool", "CONSENT_RENEWAL_REQUIRED", DATA)
    expect(renewals().count(who) == 1, "the person to be told")
    expect(other not in renewals(), "nobody to be told who never consented")
    # The note of having been told is what takes the person off the list: once each.
    varsam.choose(
        who,
        "talent_pool",
        "REQUESTED",
        changed,
        actor="ACTOR_STAFF",
        verified=False,
        mechanism="",
        channel="mail",
        evidenceReference="utskick/p57-kandidat",
    )
    expect(who not in renewals(), "nobody to be told twice")
    told = [one for one in varsam.consent_events(who) if one["choice"] == "CHOICE_REQUESTED"]
    expect(len(told) == 1 and told[0]["notice"] == changed, "one notice, of the new text", told)
    reason = varsam.decide(who, "talent_pool", DATA)
    expect(reason == "CONSENT_RENEWAL_REQUIRED", "being told to give no consent", reason)
    varsam.choose(who, "talent_pool", "RENEWED", changed)
    varsam.await_decision(who, "talent_pool", "ALLOW_CONSENT", DATA)
    expect(who not in renewals(), "nobody left to tell")


suite.main(scenario)
