"""The sample systems for real: both servers and the mailbox started, filled, asked, and stopped.

Who is due is counted again here, in SQL, from the rows alone; it must be the manifest's list. The
mapping files are held against the databases and the policy. Runs with a state folder of its own.
"""

import imaplib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(os.environ.get("VARSAM_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
TODAY = "2026-11-25"

# Days are Stockholm days; PostgreSQL adds months as the policy does (31 January + 1 month = 28
# February).
DUE = {
    "crm_self_initiated_idle": (
        """
      SELECT k.foretag_nr, k.lopnr
      FROM affar.kontaktperson k JOIN affar.foretag f USING (foretag_nr)
      WHERE f.kundstatus = 'P' AND k.ursprung = 'E'
        AND (k.senaste_dialog::date + interval '24 months')::date < %(day)s"""
    ),
    "crm_outbound_interest": (
        """
      SELECT k.foretag_nr, k.lopnr
      FROM affar.kontaktperson k JOIN affar.foretag f USING (foretag_nr)
      WHERE f.kundstatus = 'P' AND k.ursprung = 'U'
        AND (k.senaste_intresse::date + interval '12 months')::date < %(day)s"""
    ),
    "purchased_uncontacted": (
        """
      SELECT k.foretag_nr, k.lopnr
      FROM affar.kontaktperson k JOIN affar.foretag f USING (foretag_nr)
      WHERE f.kundstatus = 'P' AND k.kalla = 'LISTA' AND k.kontaktad = 'N'
        AND (k.lista_inlast + interval '6 months')::date < %(day)s"""
    ),
}
DUE_CUSTOMERS = """
  SELECT k.foretag_nr, k.lopnr
      FROM affar.kontaktperson k JOIN affar.foretag f USING (foretag_nr)
  WHERE f.kundstatus <> 'P' AND ((f.avtal_tom + interval '24 months')::date < %(day)s
    OR (k.roll_slut + interval '3 months')::date < %(day)s)"""
DUE_OPINIONS = """
  SELECT 1 FROM affar.enkat_svar WHERE (besvarad::date + interval '24 months')::date < %(day)s"""
DUE_CANDIDATES = """
  SELECT candidate_id FROM ats.application GROUP BY candidate_id
  HAVING (max(rejected_at)::date + interval '24 months')::date < %(day)s
    OR (max(withdrawn_at)::date + interval '6 months')::date < %(day)s"""
# Of the mailing tool and the website nobody is due.
DUE_RECIPIENTS = """
  SELECT 1 FROM campaign.recipient
  WHERE opted_out_at IS NOT NULL OR (last_signal_at::date + interval '24 months')::date < %(day)s"""
DUE_VISITS = """
  SELECT 1 FROM webb.besokare WHERE senast_sedd::date + 90 < %(day)s
  UNION ALL SELECT 1 FROM webb.sidvisning WHERE tid::date + 90 < %(day)s"""

FAILURES = []


def expect(truth, what):
    if not truth:
        FAILURES.append(what)


def free_ports():
    """The first of three free ports in a row."""
    for _ in range(200):
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            base = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", base + 1))
                third.bind(("127.0.0.1", base + 2))
            except (OSError, OverflowError):
                continue
            return base
    sys.exit("no three free ports in a row")


def up(folder, port):
    subprocess.run(
        [ROOT / "deploy/samples/up", folder, str(port), "--today", TODAY],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=240,
    )
    text = (pathlib.Path(folder) / "samples.env").read_text()
    return {k: v.strip("'") for k, v in (line.split("=", 1) for line in text.splitlines())}


def ask(conninfo, sql, day=TODAY):
    """Rows of text; None when the role may not see the table."""
    sql = "SET TimeZone = 'Europe/Stockholm'; " + sql.replace("%(day)s", f"date '{day}'")
    command = ["psql", "-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", conninfo, "-c", sql]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if "permission denied" in done.stderr:
        return None
    if done.returncode:
        sys.exit(f"{sql}\n{done.stderr}")
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def check_due(env, manifest):
    crm, recruiting = env["VARSAM_SAMPLE_CRM_DATABASE"], env["VARSAM_SAMPLE_RECRUITING_DATABASE"]
    due = manifest["due"]
    for rule, sql in DUE.items():
        rows = sorted((int(a), int(b)) for a, b in ask(crm, sql))
        listed = sorted(tuple(d["key"]) for d in due if d["rule"] == rule)
        expect(rows == listed and listed, f"{rule}: {len(rows)} rows are due, {len(listed)} listed")
        yesterday = ask(crm, sql, "2026-11-24")
        expect(not yesterday, f"{rule}: {len(yesterday)} rows are overdue")
        after = {tuple(map(int, row)) for row in ask(crm, sql, "2026-11-27")}
        near = {tuple(d["key"]) for d in manifest["near_misses"] if d["rule"] == rule}
        expect(near <= after - set(rows) and near, f"{rule}: near misses are not the next to go")
    rows = sorted(row[0] for row in ask(recruiting, DUE_CANDIDATES))
    listed = sorted(d["key"] for d in due if d["rule"] == "recruit_rejected")
    expect(rows == listed and listed, f"candidates: {len(rows)} are due, {len(listed)} listed")
    expect(not ask(recruiting, DUE_CANDIDATES, "2026-11-24"), "candidates: some are overdue")
    expect(not ask(crm, DUE_CUSTOMERS), "customer contacts are due")
    expect(not ask(crm, DUE_OPINIONS), "opinions are due")
    expect(not ask(env["VARSAM_SAMPLE_MAILING_DATABASE"], DUE_RECIPIENTS), "recipients are due")
    expect(not ask(env["VARSAM_SAMPLE_WEBSITE_DATABASE"], DUE_VISITS), "visits are due")


def check_people(env, manifest):
    karl = manifest["people"]["customer_contact"]
    sql = f"""SELECT count(*) FROM bokforing.faktura JOIN bokforing.referens USING (referens_id)
              WHERE lower(btrim(epost)) = '{karl["email"]}' AND ar = 2025"""
    expect(ask(env["VARSAM_SAMPLE_PAYROLL_DATABASE"], sql) == [("2",)], "two invoices of 2025")
    people = """SELECT count(*) FROM affar.kontaktperson"""
    candidates = "SELECT count(*), count(*) FILTER (WHERE phone IS NULL) FROM ats.candidate"
    contacts = int(ask(env["VARSAM_SAMPLE_CRM_DATABASE"], people)[0][0])
    others = int(ask(env["VARSAM_SAMPLE_RECRUITING_DATABASE"], candidates)[0][0])
    expect(contacts + others == 5001, "5,000 people, one of them in two systems")
    other_schema = ask(env["VARSAM_SAMPLE_CRM_DATABASE"], "SELECT 1 FROM bokforing.faktura LIMIT 1")
    expect(other_schema is None, "the CRM connector's role can read invoices")
    karls = (("MAILING", "mail", "campaign.recipient"),
             ("WEBSITE", "konto.epost", "webb.konto JOIN webb.formular USING (konto_nr)"))
    for name, column, rows in karls:
        sql = f"SELECT 1 FROM {rows} WHERE lower(btrim({column})) = '{karl['email']}'"
        found = ask(env[f"VARSAM_SAMPLE_{name}_DATABASE"], sql)
        expect(found == [("1",)], f"{name}: the customer contact is not there once")


def check_mail(env, manifest):
    host, port = env["VARSAM_MAIL_IMAP"].split(":")
    address = manifest["people"]["candidate"]["email"]
    with imaplib.IMAP4(host, int(port), timeout=30) as imap:
        imap.login("anna.ekdahl@lexium.se*connector", env["VARSAM_MAIL_PASSWORD"])
        imap.select("INBOX")
        found = imap.search(None, "FROM", address)[1][0].split()
        expect(found, "no mail of the candidate in the recruiter's mailbox")
    try:
        with imaplib.IMAP4(host, int(port), timeout=30) as imap:
            imap.login("anna.ekdahl@lexium.se", "wrong")
        expect(False, "a wrong password opens a mailbox")
    except imaplib.IMAP4.error:
        pass


def columns_of(env):
    seen = {}
    sql = """SELECT table_schema, table_name, column_name FROM information_schema.columns
             WHERE table_schema IN ('affar', 'bokforing', 'ats', 'campaign', 'webb')"""
    for database in ("crm", "recruiting", "mailing", "website"):
        for schema, table, column in ask(
            env["VARSAM_SAMPLE_SUPERUSER"] + f" dbname={database}", sql
        ):
            seen.setdefault(f"{schema}.{table}", set()).add(column)
    for table, column in ask_ops(env, "SELECT table_name, column_name FROM "
                                 "information_schema.columns WHERE table_schema = 'drift'"):
        seen.setdefault(f"drift.{table}", set()).add(column)
    return seen


def via_table(mapping, via, start):
    table = start
    for name in via or []:
        join = mapping["joins"][name]
        expect(join["from"] == table, f"join {name} starts at {join['from']}, not at {table}")
        table = join["to"]
    return table


def named_columns(mapping):
    """Every (table, column) a mapping file names."""
    start = mapping["subjects"]["table"]
    for join in mapping["joins"].values():
        for one, other in join["keys"].items():
            yield join["from"], one
            yield join["to"], other
    subjects = mapping["subjects"]
    for column in (
        subjects["key"] + subjects["names"] + [i["column"] for i in subjects["identifiers"]]
    ):
        yield start, column
    sources = list(mapping.get("flags", {}).values()) + mapping.get("signals", [])
    sources += [subjects[k] for k in ("category", "collected_at", "soft_delete") if k in subjects]
    for source in sources:
        if "column" in source:
            yield via_table(mapping, source.get("via"), start), source["column"]
    for places in mapping["categories"].values():
        for place in places:
            table = via_table(mapping, place.get("via"), start)
            named = place["columns"] + list(place.get("where", {})) + list(place.get("set", {}))
            for column in named + place.get("redact", []):
                yield table, column
            expect(place["action"] != "delete" or place.get("via"), "delete without via")


def check_mappings(env):
    policy = yaml.safe_load((ROOT / "deploy/policy/lexium.yaml").read_text())
    columns = columns_of(env)
    for path in sorted((ROOT / "deploy/samples/mapping").glob("*.yaml")):
        mapping = yaml.safe_load(path.read_text())
        system = policy["systems"][mapping["system"]]
        expect(path.stem == mapping["system"], f"{path.name}: is about {mapping['system']}")
        allowed = set(system["own"]) | set(system.get("inherit_only", []))
        for category in set(mapping["categories"]) - allowed:
            expect(False, f"{path.name}: the policy gives {mapping['system']} no {category}")
        for table, column in named_columns(mapping):
            known = columns.get(f"{mapping['schema']}.{table}", set())
            expect(column in known, f"{path.name}: no column {table}.{column}")
        clocks = {rule.get("clock") for rule in policy["retention_rules"].values()}
        events = {"reply", "meeting", "sign_in", "application_updated", "interest_signal"} | clocks
        for signal in mapping.get("signals", []):
            expect(signal["event"] in events, f"{path.name}: no clock hears {signal['event']}")


def ask_ops(env, sql):
    """Rows of the operations system, as its superuser."""
    client = ["/usr/bin/mariadb", "--no-defaults", "--socket", env["VARSAM_SAMPLE_OPS_SOCKET"],
              "--user=root", "--batch", "--skip-column-names", "drift", "-e", sql]
    out = subprocess.run(client, check=True, capture_output=True, text=True, timeout=60).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def check_ops_and_hr(env, manifest):
    customer = manifest["people"]["customer_contact"]["email"]
    found = ask_ops(env, f"SELECT person_id FROM person WHERE epost = '{customer}'")
    expect(len(found) == 1, "the customer contact is not in the operations system")
    orders = ask_ops(env, f"SELECT ordernr FROM arbetsorder WHERE bestallare_id = {found[0][0]}")
    expect(len(orders) == 3, f"{len(orders)} orders of the customer contact")
    employee = manifest["people"]["employee"]
    root = pathlib.Path(env["VARSAM_SAMPLE_HR_ROOT"])
    expect(employee["email"] in (root / "register.csv").read_text(), "nobody in the register")
    talks = list((root / "personal" / str(employee["hr"]) / "samtal").iterdir())
    expect(len(talks) == 1, "no talk in the employee's folder")
    policy = yaml.safe_load((ROOT / "deploy/policy/lexium.yaml").read_text())
    rules = yaml.safe_load((ROOT / "deploy/samples/files/hr.yaml").read_text())
    own = set(policy["systems"][rules["system"]]["own"])
    for rule in rules["rules"]:
        expect(rule["category"] in own, f"hr.yaml: the policy gives hr no {rule['category']}")


def check_stays(folder, port, env):
    """A second start changes nothing, and brings back what an erasure left."""
    superuser = env["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    ask(superuser, "DELETE FROM affar.enkat_svar")
    subprocess.run([ROOT / "deploy/samples/down", folder], check=True, timeout=120)
    again = up(folder, port)
    expect(again == env, "a second start gives other settings")
    expect(ask(superuser, "SELECT count(*) FROM affar.enkat_svar") == [("0",)], "rows came back")


def main():
    scratch = os.environ.get("TMPDIR", "/tmp")
    with tempfile.TemporaryDirectory(prefix="varsam-samples-", dir=scratch) as folder:
        os.chmod(folder, 0o755)  # the daemons' users pass through it
        port = free_ports()
        try:
            env = up(folder, port)
            manifest = json.loads(pathlib.Path(env["VARSAM_SAMPLE_MANIFEST"]).read_text())
            check_due(env, manifest)
            check_people(env, manifest)
            check_mail(env, manifest)
            check_mappings(env)
            check_ops_and_hr(env, manifest)
            check_stays(folder, port, env)
        finally:
            subprocess.run(
                [ROOT / "deploy/samples/down", folder, "--remove"], check=False, timeout=120
            )
    print("\n".join(FAILURES) or "the sample systems are as described")
    sys.exit(1 if FAILURES else 0)


if __name__ == "__main__":
    main()
