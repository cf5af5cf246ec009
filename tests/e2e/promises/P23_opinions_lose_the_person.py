"""P23: what you think of us is kept and given out on request, but after two years without you in
it. Answered 2026-01-31: with the person through 2028-01-31, then anonymised."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
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


suite.main(scenario)
