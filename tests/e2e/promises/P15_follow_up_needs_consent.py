"""P15: opens and clicks of mailings are followed only with consent to that, whatever allows the
mailing itself. Without it the letter has no pixel and no link that knows the person, and rendering
it and following its link leaves no row; taken back, it stops the next pixel and the last one."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import mailing  # noqa: E402
import suite  # noqa: E402
from suite import expect


ADDRESS = "p15.person@post.example"
DATA = ["email", "email_engagement"]


def not_followed(tool, code, template):
    line, letter = tool.mail(code, template, ADDRESS)
    expect(line["state"] == "sent" and not line["followed"], "sent, not followed", line)
    expect(not mailing.addresses_in(letter, "src"), "no pixel", mailing.page_of(letter))
    links = [one for one in mailing.addresses_in(letter, "href") if "/u/" not in one]
    expect(links == [tool.site], "the link as it stands in the template", links)
    expect(tool.follow_url not in letter.as_string(), "no way to the follower", links)
    mailing.render_and_click(letter)
    expect(tool.engagement(code) == {}, "no engagement row", tool.engagement(code))


def letters(varsam, who, tool, template):
    not_followed(tool, "p15-utan", template)
    notice = varsam.publish_notice(
        "p15-uppfoljning", ["email_engagement_tracking"], "Vi ser om du öppnar våra brev."
    )
    given = varsam.choose(who, "email_engagement_tracking", "GIVEN", notice)
    more = {"atLeastRevision": given["revision"]}
    reason = varsam.decide(who, "email_engagement_tracking", DATA, **more)
    expect(reason == "ALLOW_CONSENT", "to be followed with consent", reason)
    line, letter = tool.mail("p15-med", template, ADDRESS)
    expect(line["followed"], "followed with consent", line)
    expect(len(mailing.addresses_in(letter, "src")) == 1, "a pixel", mailing.page_of(letter))
    mailing.render_and_click(letter)
    happened = tool.engagement("p15-med")
    expect(happened == {"open": 1, "click": 1}, "one open, one click", happened)

    taken = varsam.choose(who, "email_engagement_tracking", "WITHDRAWN")
    more = {"atLeastRevision": taken["revision"]}
    reason = varsam.decide(who, "email_engagement_tracking", DATA, **more)
    expect(reason == "CONSENT_WITHDRAWN", "no pixel from then on", reason)
    mailing.render_and_click(letter)  # the old letter, opened again
    expect(tool.engagement("p15-med") == happened, "the old pixel to tell nothing any longer")
    not_followed(tool, "p15-efter", template)


def scenario(varsam):
    who = varsam.register(
        ADDRESS, "customer_contact", capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    varsam.await_decision(who, "email_engagement_tracking", "NO_CONSENT", DATA)
    decision = varsam.decision(who, "email_engagement_tracking", DATA)
    expect(decision["effect"] == "EFFECT_DENY", "no pixel, no personal link", decision)
    # The mailing's own purpose does not reach the engagement data.
    reason = varsam.decide(who, "marketing_email", ["email_engagement"])
    expect(reason == "DATA_OUT_OF_SCOPE", "engagement to be out of scope", reason)
    expect(not varsam.consent_events(who), "no consent event")
    tool = mailing.Tool(varsam)
    tool.run("add", ADDRESS, "Pia", "Femton")
    with tool.following():
        letters(varsam, who, tool, tool.template("p15"))


suite.main(scenario)
