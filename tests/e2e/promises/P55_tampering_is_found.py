"""P55: one row changed by the database's superuser is named by its index; set back, all is well."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def verify(varsam, log):
    done = varsam.varsam("ledger", "verify", log, role="auditor", check=False)
    return done.returncode, done.stdout + done.stderr


def scenario(varsam):
    who = varsam.register("p55.person@post.example", "prospect")
    data = ["online_identifier"]
    varsam.await_decision(who, "cookie_necessary", "ALLOW_STRICTLY_NECESSARY", data)
    for log, service in suite.LEDGERS.items():
        database = "varsam_" + service.replace("-", "_")
        size = int(varsam.sql(database, "SELECT count(*) FROM ledger_entry"))
        code, text = verify(varsam, log)
        expect(size > 0 and code == 0 and "intact" in text, f"an intact ledger {log}", text)
        index = varsam.sql(
            database,
            "SELECT max(index) FROM ledger_entry WHERE payload IS NOT NULL",
        )
        where = f"WHERE index = {index}"
        saved = varsam.sql(database, f"SELECT encode(payload, 'hex') FROM ledger_entry {where}")
        flipped = ("f" if saved[0] != "f" else "0") + saved[1:]
        change = "UPDATE ledger_entry SET payload = decode('{}', 'hex') " + where
        varsam.sql(database, change.format(flipped))
        try:
            code, text = verify(varsam, log)
        finally:
            varsam.sql(database, change.format(saved))
        expect(code == 1, f"a damaged ledger {log}", text)
        expect(f"DAMAGED at index {index} " in text, f"index {index} to be named", text)
        code, text = verify(varsam, log)
        expect(code == 0, f"{log} set back to be intact", text)


suite.main(scenario)
