"""P14: a mailing is asked about person by person: one is sent; who objected, who is a sole trader
without consent, and who was erased are left out, each with the reason, in the answer to a batch and
in what the mailing tool really sends. The interest profile is
shown to whom it is about, and corrected in the system where it stands. In the same session the
person fetches the receipt of a choice, the own ones only."""

import base64
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import mailing  # noqa: E402
import suite  # noqa: E402
from suite import expect

# Somebody of whom the CRM keeps interests, under an address of their own.
CHOOSE = """SELECT epost || '|' || intressen::text FROM affar.kontaktperson
    WHERE intressen IS NOT NULL AND epost IS NOT NULL AND raderad_tid IS NULL
    AND epost = lower(btrim(epost))
    AND 1 = (SELECT count(*) FROM affar.kontaktperson o
             WHERE lower(btrim(o.epost)) = kontaktperson.epost)
    ORDER BY foretag_nr DESC, lopnr LIMIT 1"""


def in_review(varsam, right, identifier, **more):
    """A case of the person, confirmed and searched; its id."""
    address = identifier["value"]
    already = len(varsam.sent_to(address))
    body = {"right": right, "identifiers": [identifier], **more}
    case_id = varsam.must(None, "POST", "/v1/requests", body)["caseId"]
    varsam.confirm(case_id, address, already)

    def searched():
        varsam.finish_by_hand(case_id)
        return varsam.case(case_id)["state"] == "CASE_STATE_REVIEW"

    suite.until("a review", searched, 120)
    return case_id


def session_of(varsam, case_id, address):
    """The person follows the link of the answer; headers of their session."""
    before = len(varsam.sent_to(address))
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})

    def link():
        tokens = (suite.token_in(text) for _, text in varsam.sent_to(address)[before:])
        return next((one for one in tokens if one), None)

    body = {"token": suite.until("a link to the answer", link, 60)}
    opened = varsam.call(None, "POST", "/v1/caseLinks:exchange", body)
    expect(opened.ok, "the link to open a session", opened.body)
    return {"Cookie": opened.headers["Set-Cookie"].split(";")[0]}


def profile_in(package):
    """The interests that a package shows, as the CRM has them."""
    told = [part["data"] for part in package["data"] if "data" in part]
    documents = [one for data in told for one in data.get("documents", [])]
    return [
        one["fields"]["intressen"]
        for one in documents
        if one["data_category"] == "interest_profile" and "intressen" in one["fields"]
    ]


def receipts(varsam, session, subject):
    notice = varsam.publish_notice(
        "p14-delning", ["third_party_disclosure"], "Får vi dela dina uppgifter med Partner C?"
    )

    def choice_of(who):
        given = varsam.choose(
            who, "third_party_disclosure", "GIVEN", notice, recipient="partner_c"
        )
        return given["event"]["id"]

    def fetch(who, choice):
        path = f"/v1/subjects/{who}/consents/{choice}/receipt"
        return varsam.call(None, "GET", path, headers=session)

    own = choice_of(subject)
    got = fetch(subject, own)
    expect(got.ok, "the own receipt", got.body)
    verify = [suite.BUILD / "bin/varsam-verify", "-"]
    genuine = subprocess.run(verify, input=got.json["receipt"].encode(), check=False)
    expect(genuine.returncode == 0, "it to verify offline", got.json["receipt"])
    other = varsam.register("p14.annan@post.example", "customer_contact")
    theirs = choice_of(other)
    for who in (subject, other):
        expect(fetch(who, theirs).status == 404, "nobody else's receipt", who)


def shown_and_corrected(varsam):
    crm = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    address, old = suite.run_sql(crm, CHOOSE).strip().split("|")
    identifier = {"type": "IDENTIFIER_TYPE_EMAIL", "value": address}
    case_id = in_review(varsam, "RIGHT_ACCESS", identifier)
    session = session_of(varsam, case_id, address)
    path = f"/v1/requests/{case_id}/package?format=PACKAGE_FORMAT_JSON"
    package = varsam.call(None, "GET", path, headers=session)
    expect(package.ok, "the package", package.body)
    shown = profile_in(json.loads(base64.b64decode(package.json["content"])))
    expect(shown == [old.strip("{}").split(",")], f"the profile {old} to be shown", shown)
    receipts(varsam, session, varsam.case(case_id)["subjectId"])

    new = "{guider,produkter}" if old != "{guider,produkter}" else "{guider}"
    change = {"dataCategory": "interest_profile", "oldValue": old, "newValue": new}
    case_id = in_review(varsam, "RIGHT_RECTIFICATION", identifier, changes=[change])
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})
    row = f"SELECT intressen::text FROM affar.kontaktperson WHERE epost = '{address}'"
    suite.until(
        "the profile to be corrected", lambda: suite.run_sql(crm, row).strip() == new, 120
    )


def really_sent(varsam):
    """The tool's own list still has all four: one letter goes out. Whom Varsam has erased nobody
    knows by the address any longer."""
    tool = mailing.Tool(varsam)
    reasons = {"ok": "ALLOW_LEGITIMATE_INTEREST", "nej": "OBJECTION_MARKETING",
               "firma": "MFL_CONSENT_REQUIRED", "borta": "PERSON_UNKNOWN"}
    listed, queue = {}, ["queue", "p14", tool.template("p14")]
    for name in reasons:
        address = f"p14.{name}@post.example"
        added = tool.run("add", address, "Person", "Fjorton")
        listed[added[0]["recipient"]] = name
        queue += ["--to", address]
    tool.run(*queue)
    told = {listed[line["recipient"]]: (line["state"], line["reason"])
            for line in tool.run("send", "p14")}
    for name, reason in reasons.items():
        state = "sent" if name == "ok" else "cancelled"
        expect(told[name] == (state, reason), f"{name} to be {state}", told)
        letters = [one for one, _ in varsam.sent_to(f"p14.{name}@post.example")
                   if one["Subject"] == "p14"]
        expect(len(letters) == (1 if name == "ok" else 0), f"the letters of {name}", letters)


def scenario(varsam):
    shown_and_corrected(varsam)
    company = "CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    fine = varsam.register("p14.ok@post.example", "customer_contact", capacity=company)
    objected = varsam.register("p14.nej@post.example", "customer_contact", capacity=company)
    trader = varsam.register(
        "p14.firma@post.example", "customer_contact", capacity="CAPACITY_SOLE_TRADER"
    )
    erased = varsam.register("p14.borta@post.example", "customer_contact", capacity=company)
    for who in (fine, objected, erased):
        varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    varsam.await_decision(trader, "marketing_email", "MFL_CONSENT_REQUIRED")
    varsam.must(
        "system", "POST", "/v1/objections", {"subjectId": objected, "marketingScope": "all"}
    )
    varsam.erase("p14.borta@post.example")
    varsam.await_decision(erased, "marketing_email", "SUBJECT_ERASED")
    queries = [
        {
            "subjectId": who,
            "purpose": "marketing_email",
            "dataCategories": ["name", "email"],
            "contactsPerson": True,
        }
        for who in (fine, objected, trader, erased)
    ]
    answer = varsam.must("marketing", "POST", "/v1/decisions:batchDecide", {"queries": queries})
    reasons = [one["reason"] for one in answer["decisions"]]
    expect(
        reasons
        == [
            "ALLOW_LEGITIMATE_INTEREST",
            "OBJECTION_MARKETING",
            "MFL_CONSENT_REQUIRED",
            "SUBJECT_ERASED",
        ],
        "one to be sent and three reasons",
        reasons,
    )
    really_sent(varsam)


suite.main(scenario)
