"""The sender of mailings does what a decision obliges it to: the notice of Art. 14 stands in the
first letter to somebody found in a public source, and the platform knows it was given; a letter on
soft opt-in says so; whom nobody knows or no law allows gets none."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import mailing  # noqa: E402
import suite  # noqa: E402
from suite import expect

COMPANY = "CAPACITY_LEGAL_PERSON_REPRESENTATIVE"


def text_of(letter):
    return letter.get_body(("plain",)).get_content()


def art14(varsam, tool, template):
    address = "utskick.webb@post.example"
    source = {"source": "public_web", "collectedAt": suite.now(-3 * 86400)}
    who = varsam.register(address, "prospect", capacity=COMPANY, source=source)
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    tool.run("add", address, "Vera", "Webb", "--segment", "lead", "--obtained", "web")
    line, letter = tool.mail("art14-ett", template, address)
    expect(line["obligations"] == ["EMBED_ART14_NOTICE"], "the obligation", line)
    for words in ("öppen källa på internet", "klaga hos IMY", "affarssupport@lexium.se"):
        expect(words in text_of(letter), f"{words!r} in the text", text_of(letter))
        expect(words in mailing.page_of(letter), f"{words!r} in the page")

    def told():
        query = {"contactsPerson": True}
        decision = varsam.decision(who, "marketing_email", ["name", "email"], **query)
        return not decision.get("obligations")

    suite.until("the notice to be known", told, 30)
    line, letter = tool.mail("art14-tva", template, address)
    expect(line["obligations"] == [] and "IMY" not in text_of(letter), "told once", line)


def soft_opt_in(varsam, tool, template):
    address = "utskick.kund@post.example"
    terms = {"obtainedInSale": True, "ownSimilarServices": True, "optOutOfferedEachTime": True}
    who = varsam.register(
        address, "customer_contact", capacity="CAPACITY_NATURAL_PERSON", softOptIn=terms
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_SOFT_OPT_IN")
    tool.run("add", address, "Siv", "Kund", "--segment", "customer", "--obtained", "sale")
    line, letter = tool.mail("mjukt", template, address)
    expect(line["reason"] == "ALLOW_SOFT_OPT_IN", "the reason", line)
    expect("har köpt av oss" in text_of(letter), "the line", text_of(letter))


def left_out(varsam, tool, template):
    trader = "utskick.firma@post.example"
    who = varsam.register(trader, "customer_contact", capacity="CAPACITY_SOLE_TRADER")
    varsam.await_decision(who, "marketing_email", "MFL_CONSENT_REQUIRED")
    for address, reason in ((trader, "MFL_CONSENT_REQUIRED"),
                            ("utskick.okand@post.example", "PERSON_UNKNOWN")):
        tool.run("add", address, "Ingen", "Alls")
        line, letter = tool.mail(reason, template, address)
        expect(letter is None, "no letter", line)
        expect((line["state"], line["reason"]) == ("cancelled", reason), "the reason", line)


def scenario(varsam):
    tool = mailing.Tool(varsam)
    template = tool.template("plikter")
    art14(varsam, tool, template)
    soft_opt_in(varsam, tool, template)
    left_out(varsam, tool, template)


suite.main(scenario)
