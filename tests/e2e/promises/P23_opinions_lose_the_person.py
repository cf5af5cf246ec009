"""P23: what you think of us is kept and given out on request, but after two years without you in
it. Answered 2026-01-31: with the person through 2028-01-31, then anonymised: the words stay where
five people gave the same grade, names struck out; a rarer answer would point at its giver and
goes."""

import pathlib
import secrets
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect

SURVEY = 100_000 + 10 * secrets.randbelow(10_000)
# Customers' contacts who never answered a survey.
CHOOSE = """SELECT k.foretag_nr, k.lopnr, k.epost, k.fornamn || ' ' || k.efternamn
    FROM affar.kontaktperson k JOIN affar.foretag f USING (foretag_nr)
    WHERE f.kundstatus = 'K' AND f.avtal_tom > current_date AND k.roll_slut IS NULL
    AND k.raderad_tid IS NULL AND k.epost = lower(btrim(k.epost))
    AND NOT EXISTS (SELECT 1 FROM affar.enkat_svar e WHERE e.foretag_nr = k.foretag_nr
                    AND e.lopnr = k.lopnr)
    AND 1 = (SELECT count(*) FROM affar.kontaktperson o WHERE lower(btrim(o.epost)) = k.epost)
    ORDER BY k.foretag_nr DESC, k.lopnr LIMIT 5"""


def plan(varsam):
    who = varsam.register("p23.kund@post.example", "customer_contact")
    kept.signal(
        varsam, who, "crm", ["opinion"], "customer_contact", "p23#opinion",
        [("survey_answered", "2026-01-31T10:00:00+01:00")], "2026-01-31T10:00:00+01:00",
        flags={"customer": "true"}, purposes=[{"purpose": "customer_satisfaction"}],
    )
    opinion = kept.fields(varsam, who, "2026-06-01T12:00:00Z")["crm", "opinion"]
    expect(opinion["retainUntil"] == "2028-01-31", "the answer kept through 2028-01-31", opinion)
    expect(opinion["action"] == "anonymise", "the text to stay without the person", opinion)
    expect(not kept.due(varsam, who, "2028-01-31T12:00:00Z", "crm"), "nothing due on the last day")
    items = kept.due(varsam, who, "2028-02-01T12:00:00Z", "crm")
    expect(items["opinion"]["method"] == "anonymise", "to be anonymised the day after", items)


def run(varsam):
    """In the business system itself: five gave the same grade, one of them is due, and gave another
    grade that nobody shares."""
    crm = varsam.samples["VARSAM_SAMPLE_SUPERUSER"] + " dbname=crm"
    people = [row.split("|") for row in suite.run_sql(crm, CHOOSE).split("\n")]
    expect(len(people) == 5, "five people without an answer", people)

    def answer(survey, person, grade):
        words = (person[3] + " tycker att det går bra").replace("'", "''")
        suite.run_sql(crm, "INSERT INTO affar.enkat_svar SELECT max(svar_id) + 1, "
                           f"{survey}, {person[0]}, {person[1]}, '2023-06-01', {grade}, '{words}' "
                           "FROM affar.enkat_svar")

    for person in people:
        answer(SURVEY, person, 7)
    answer(SURVEY + 1, people[0], 2)
    first = people[0]
    body = {"identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": first[2]}], "reason": "P23"}
    who = varsam.must("system", "POST", "/v1/subjects:resolve", body)["subjectIds"][0]
    kept.signal(
        varsam, who, "crm", ["opinion"], "customer_contact", f"{first[0]}/{first[1]}#opinion",
        [("survey_answered", "2023-06-01T10:00:00+02:00")], "2023-06-01T10:00:00+02:00",
        flags={"customer": "true"}, purposes=[{"purpose": "customer_satisfaction"}],
    )
    body = {"systems": ["crm"], "approvers": ["anna", "eva"]}
    started = varsam.must("privacy_officer", "POST", "/v1/retention:run", body)["run"]

    def done():
        path = f"/v1/disposals?subject_id={who}&page_size=500"
        items = varsam.must("auditor", "GET", path).get("items", [])
        mine = [one for one in items if one["dataCategories"] == ["opinion"]]
        return mine and mine[-1]["state"] == "DISPOSAL_STATE_DONE"

    expect(started["itemsTotal"] > 0, "something to be due", started)
    suite.until("the run to be carried out and read back", done, 300)
    row = suite.run_sql(crm, "SELECT betyg, kommentar FROM affar.enkat_svar WHERE foretag_nr IS "
                             f"NULL AND lopnr IS NULL AND enkat_id = {SURVEY}")
    expect(row == "7|[borttaget] tycker att det går bra", "the words without the person", row)
    count = "SELECT count(*) FROM affar.enkat_svar WHERE"
    rare = suite.run_sql(crm, f"{count} enkat_id = {SURVEY + 1}")
    expect(rare == "0", "the answer that nobody shares to be gone", rare)
    others = suite.run_sql(crm, f"{count} foretag_nr IS NOT NULL AND enkat_id = {SURVEY}")
    expect(others == "4", "the others' answers to stay theirs", others)


def scenario(varsam):
    plan(varsam)
    run(varsam)


suite.main(scenario)
