"""P09: every system is searched. With one connector stopped the case says COVERAGE_INCOMPLETE and
cannot close; started again, it completes by itself."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect

SYSTEMS = {"crm", "payroll", "recruiting", "hr", "email", "ops", "website", "mailing"}


def somebody_in_crm(varsam):
    conninfo = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    statement = """SELECT lower(btrim(k.epost)) FROM affar.kontaktperson k
        JOIN affar.foretag f USING (foretag_nr) WHERE f.kundstatus = 'K'
        AND k.epost IS NOT NULL AND k.raderad_tid IS NULL ORDER BY 1"""
    return varsam.in_many_systems(suite.run_sql(conninfo, statement).split())


def scenario(varsam):
    address = somebody_in_crm(varsam)
    already = len(varsam.sent_to(address))
    varsam.stop("connector-crm")
    try:
        case, _ = varsam.mail_opens_case(
            f"<{address}>", "Registerutdrag", "Hej, vilka uppgifter har ni om mig?"
        )
        case_id = case["id"]
        varsam.classify(case_id, "RIGHT_ACCESS")
        varsam.confirm(case_id, address, already)
        suite.until("tasks", lambda: len(varsam.tasks(case_id)) >= len(SYSTEMS))
        varsam.finish_by_hand(case_id)

        def only_crm_is_missing():
            return varsam.case(case_id)["coverage"].get("systemsMissing") == ["crm"]

        suite.until("only the CRM to be unanswered", only_crm_is_missing, 120)
        case = varsam.case(case_id)
        expect("COVERAGE_INCOMPLETE" in case["codes"], "COVERAGE_INCOMPLETE", case["codes"])
        for verb in ("close", "approve"):
            answer = varsam.call("case_officer", "POST", f"/v1/requests/{case_id}:{verb}", {})
            expect(not answer.ok, f"{verb} to be refused", answer.body)
    finally:
        varsam.start("connector-crm")
    suite.until(
        "the case to complete by itself",
        lambda: varsam.case(case_id)["state"] == "CASE_STATE_REVIEW",
        120,
    )
    varsam.print_what_was_done(case_id)
    case = varsam.case(case_id)
    expect("COVERAGE_INCOMPLETE" not in case["codes"], "full coverage", case["codes"])
    searched = {one["system"] for one in varsam.tasks(case_id)}
    expect(searched == SYSTEMS, "all eight systems searched", searched)
    found = {one["system"] for one in varsam.tasks(case_id) if one["outcome"] == "DONE"}
    expect({"crm", "mailing", "website"} <= found, "something found in each", found)


suite.main(scenario)
