"""P51: registers are reviewed, and whoever shows no interest goes. Three idle contacts come up for
review; it is signed, one is kept with a reason, the others are due. A review that nobody signs is
REVIEW_OVERDUE (shown with a moved clock by the service's own tests)."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import kept  # noqa: E402
import suite  # noqa: E402
from suite import expect

DAY = 24 * 3600


def scenario(varsam):
    people = []
    for number in range(3):
        who = varsam.register(f"p51.{number}@post.example", "prospect")
        kept.signal(
            varsam, who, "crm", ["name", "email", "sales_activity"], "prospect", f"p51/{number}",
            [("interest_signal", suite.now(-364 * DAY))], suite.now(-400 * DAY),
            flags={"origin": "outbound", "customer": "false"},
            purposes=[{"purpose": "prospecting_crm"}],
        )
        people.append(who)
    body = {"system": "crm", "idleSince": suite.now(-300 * DAY)}
    review = varsam.must("privacy_officer", "POST", "/v1/reviews", body)["review"]
    expect(set(people) <= set(review["subjectIds"]), "the three under review", review)
    expect(not review.get("code"), "not overdue on its first day", review)
    kept_back = [one for one in review["subjectIds"] if one not in people[1:]]
    path = f"/v1/reviews/{review['id']}:sign"
    refused = varsam.call("privacy_officer", "POST", path, {"keepSubjectIds": kept_back})
    expect(not refused.ok, "keeping to need a reason", refused.body)
    signed = varsam.must(
        "privacy_officer", "POST", path,
        {"keepSubjectIds": kept_back, "reason": "affär på gång"},
    )["review"]
    expect(signed["signedBy"], "a signature", signed)
    expect(set(signed["subjectIds"]) == set(people[1:]), "two to be removed", signed)
    tomorrow = suite.now(DAY)
    for who in people[1:]:
        items = kept.due(varsam, who, tomorrow, "crm")
        expect(set(items) == {"name", "email", "sales_activity"}, "the removed to be due", items)
    expect(not kept.due(varsam, people[0], tomorrow, "crm"), "the kept one not to be due")
    listed = varsam.must("auditor", "GET", "/v1/reviews?system=crm")["reviews"]
    expect(any(one["id"] == review["id"] for one in listed), "the review in the register", listed)


suite.main(scenario)
