"""P18: every mailing carries "Avsluta prenumeration" and the headers of one click (RFC 8058); a
template without it is refused. One POST stops it, without signing in, at once and for good: what is
queued is cancelled. A GET by a link scanner changes nothing, and the token is good for nothing
else."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import mailing  # noqa: E402
import suite  # noqa: E402
from suite import expect


ADDRESS = "p18.person@post.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = "List-Unsubscribe=One-Click"


def click(url, method="POST", body=None):
    return mailing.fetch(url, method, body, FORM if body else {})


def template_without(tool):
    """Refused when it is queued, and again when it is to be sent."""
    bad = tool.template("p18-utan", opt_out="Hälsningar")
    said = tool.run("queue", "p18-utan", bad, "--to", ADDRESS, code=3)
    expect(said[0]["refused"] == "TEMPLATE_WITHOUT_OPTOUT", "the template to be refused", said)
    report = tool.run("report", "p18-utan")[0]
    expect(not report["outbox"], "nothing queued", report)


def link_in(letter):
    """The address of the one click, the same in the header, the text and the page."""
    url = letter["List-Unsubscribe"].strip("<>")
    expect(letter["List-Unsubscribe-Post"] == ONE_CLICK, "the header of RFC 8058")
    text = letter.get_body(("plain",)).get_content()
    expect(f"Avsluta prenumeration: {url}" in text, "the line in the text", text)
    expect(url in mailing.addresses_in(letter, "href"), "the link in the page", text)
    return url


def good_for_nothing_else(varsam, who, url):
    token = url.rsplit("/", 1)[-1]
    for other in ("/v1/consents:confirm", f"/v1/requests/{who}:verify"):
        answer = varsam.call(None, "POST", other, {"token": token})
        expect(not answer.ok, "the token to open nothing else", answer.body)


def harmless(varsam, who, url):
    for method in ("GET", "HEAD"):
        click(url, method)
        reason = varsam.decide(who, "marketing_email")
        expect(reason == "ALLOW_LEGITIMATE_INTEREST", f"{method} to change nothing", reason)
    at = url.index("/u/") + 12
    answer = click(url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1:], body=ONE_CLICK)
    expect(answer.code == "TOKEN_UNKNOWN", "a forgery to be refused", answer.body)
    reason = varsam.decide(who, "marketing_email")
    expect(reason == "ALLOW_LEGITIMATE_INTEREST", "a forgery to change nothing", reason)


def scenario(varsam):
    who = varsam.register(
        ADDRESS, "customer_contact", capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE"
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    tool = mailing.Tool(varsam)
    tool.run("add", ADDRESS, "Pelle", "Arton")
    template_without(tool)
    template = tool.template("p18")
    line, letter = tool.mail("p18-ett", template, ADDRESS)
    expect(line["state"] == "sent", "the mailing to be delivered", line)
    url = link_in(letter)
    queued = tool.run("queue", "p18-nasta", template, "--to", ADDRESS)
    expect(queued[0]["queued"] == 1, "the next mailing to wait in the queue", queued)
    harmless(varsam, who, url)

    stopped = click(url, body=ONE_CLICK)
    expect(stopped.ok, "the click to be taken", stopped.body)
    expect(not stopped.headers.get("Set-Cookie"), "no cookie")
    more = {"atLeastRevision": stopped.json["revision"]}
    reason = varsam.decide(who, "marketing_email", **more)
    expect(reason == "OBJECTION_MARKETING", "the next mail to be denied", reason)
    line, letter = tool.send("p18-nasta", ADDRESS)
    expect(letter is None, "no letter", line)
    expect((line["state"], line["reason"]) == ("cancelled", "OBJECTION_MARKETING"),
           "the queued letter to be cancelled", line)
    later = tool.run("queue", "p18-sedan", template, "--to", ADDRESS)
    expect(later[0]["queued"] == 0, "nothing to be queued any longer", later)

    reason = varsam.decide(who, "marketing_phone", ("name", "phone"))
    expect(reason == "ALLOW_LEGITIMATE_INTEREST", "the telephone not to be meant", reason)
    again = click(url, body=ONE_CLICK)
    expect(again.json["revision"] == stopped.json["revision"], "a second click to add nothing")
    good_for_nothing_else(varsam, who, url)
    answer = click(url, body=ONE_CLICK + "&scope=all")
    more = {"atLeastRevision": answer.json["revision"]}
    reason = varsam.decide(who, "marketing_phone", ("name", "phone"), **more)
    expect(reason == "OBJECTION_MARKETING", "the landing page's wider stop", reason)


suite.main(scenario)
