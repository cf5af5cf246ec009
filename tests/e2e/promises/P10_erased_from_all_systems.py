"""P10: erased from every system but where a law keeps it: only the accounting record of 2025 stays,
and the signed certificate says BFL 7:2, until 2032-12-31."""

import subprocess

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect

CHOOSE = """SELECT lower(btrim(r.epost)) FROM bokforing.referens r
    JOIN bokforing.faktura f USING (referens_id)
    JOIN affar.kontaktperson k ON lower(btrim(k.epost)) = lower(btrim(r.epost))
    GROUP BY 1 HAVING min(f.ar) = 2025 AND max(f.ar) = 2025 ORDER BY 1"""
ELSEWHERE = (
    ("mailing", "SELECT count(*) FROM campaign.recipient WHERE lower(btrim(mail)) = "),
    ("website", "SELECT count(*) FROM webb.konto WHERE lower(btrim(epost)) = "),
)


def in_the_registry(varsam, subject):
    """The person is gone from the registry itself: identifiers, key, and an entry that says so."""
    registry = "varsam_subject_registry"
    who = f"subject_id = '{subject}'"
    rows = varsam.sql(registry, f"SELECT count(*) FROM subject_identifier WHERE {who}")
    expect(rows == "0", "no identifier left", rows)
    key = varsam.sql(
        registry + "_keys",
        f"SELECT wrapped_key IS NULL AND destroyed_at IS NOT NULL FROM vault_key WHERE {who}",
    )
    expect(key == "t", "the person's key to be destroyed", key)
    said = varsam.sql(
        registry,
        "SELECT count(*) FROM ledger_entry WHERE kind = 'subject_erased' AND "
        f"position(convert_to('{subject}', 'UTF8') IN payload) > 0",
    )
    expect(said == "1", "the erasure in the registry's ledger, once", said)


def scenario(varsam):
    crm = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    address = varsam.in_many_systems(suite.run_sql(crm, CHOOSE).split())
    rows = f"SELECT count(*) FROM affar.kontaktperson WHERE lower(btrim(epost)) = '{address}'"
    # By the key: the copy of the address in the ledger module is not the invoice, and goes.
    table = "bokforing.referens"
    reference = f"SELECT referens_id FROM {table} WHERE lower(btrim(epost)) = '{address}'"
    number = suite.run_sql(crm, reference)
    invoices = f"SELECT count(*) FROM bokforing.faktura WHERE referens_id = {number} AND ar = 2025"
    kept = suite.run_sql(crm, invoices)
    expect(suite.run_sql(crm, rows) != "0" and kept != "0", "rows before")
    already = len(varsam.sent_to(address))
    body = {
        "right": "RIGHT_ERASURE",
        "identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address}],
        "message": "Radera mig.",
    }
    case_id = varsam.must(None, "POST", "/v1/requests", body)["caseId"]
    if varsam.case(case_id)["state"] in ("CASE_STATE_RECEIVED", "CASE_STATE_TRIAGE"):
        varsam.classify(case_id, "RIGHT_ERASURE")
    varsam.confirm(case_id, address, already)

    def in_review():
        varsam.finish_by_hand(case_id)
        return varsam.case(case_id)["state"] == "CASE_STATE_REVIEW"

    suite.until("the search to end", in_review, 120)
    varsam.must("case_officer", "POST", f"/v1/requests/{case_id}:approve", {})

    def certified():
        varsam.finish_by_hand(case_id)
        return varsam.case(case_id).get("certificateId")

    certificate_id = suite.until("a certificate", certified, 180)
    varsam.print_what_was_done(case_id)
    expect(suite.run_sql(crm, rows) == "0", "no row in the CRM")
    for database, count in ELSEWHERE:
        conninfo = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + f" dbname={database}"
        left = suite.run_sql(conninfo, count + f"'{address}'")
        expect(left == "0", f"no row in the {database}", left)
    expect(suite.run_sql(crm, invoices) == kept, "the invoices untouched")
    certificate = varsam.must("auditor", "GET", f"/v1/certificates/{certificate_id}")["certificate"]
    residue = certificate["residue"]
    expect(residue, "a residue")
    for item in residue:
        expect(item["system"] == "payroll", "only accounting records to stay", item)
        expect("Bokföringslagen" in item["reference"], "BFL 7:2", item)
        expect("7 kap. 2 §" in item["reference"], "BFL 7:2", item)
        expect(item["retainUntil"] == "2032-12-31", "2032-12-31", item)
    expect(certificate["backupClearBy"], "a backup horizon")
    in_the_registry(varsam, varsam.case(case_id)["subjectId"])
    path = varsam.state / "p10-certificate.json"
    varsam.varsam("certificate", "get", certificate_id, "--out", str(path), role="auditor")
    done = subprocess.run([suite.BUILD / "bin/varsam-verify", path], check=False)
    expect(done.returncode == 0, "varsam-verify to accept the certificate")


suite.main(scenario)
