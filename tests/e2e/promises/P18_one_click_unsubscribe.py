"""P18: the link in a mailing stops it with one POST, without signing in, at once and for good; a
GET by a link scanner changes nothing, and the token is good for nothing else."""

import http.client

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def click(varsam, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", varsam.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=FORM if body else {})
        response = connection.getresponse()
        return suite.Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def scenario(varsam):
    who = varsam.register(
        "p18.person@post.example",
        "customer_contact",
        capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")
    issue = {"subjectId": who, "mailing": "2026-11"}
    link = varsam.must("marketing", "POST", f"/v1/subjects/{who}:issueUnsubscribeToken", issue)
    path = link["path"]
    for method in ("GET", "HEAD"):
        click(varsam, method, path)
        reason = varsam.decide(who, "marketing_email")
        expect(reason == "ALLOW_LEGITIMATE_INTEREST", f"{method} to change nothing", reason)
    forged = path[:12] + ("A" if path[12] != "A" else "B") + path[13:]
    answer = click(varsam, "POST", forged, "List-Unsubscribe=One-Click")
    expect(answer.code == "TOKEN_UNKNOWN", "a forgery to be refused", answer.body)
    reason = varsam.decide(who, "marketing_email")
    expect(reason == "ALLOW_LEGITIMATE_INTEREST", "a forgery to change nothing", reason)

    stopped = click(varsam, "POST", path, "List-Unsubscribe=One-Click")
    expect(stopped.ok, "the click to be taken", stopped.body)
    expect(not stopped.headers.get("Set-Cookie"), "no cookie")
    more = {"atLeastRevision": stopped.json["revision"]}
    reason = varsam.decide(who, "marketing_email", **more)
    expect(reason == "OBJECTION_MARKETING", "the next mail to be denied", reason)
    reason = varsam.decide(who, "marketing_phone", ("name", "phone"))
    expect(reason == "ALLOW_LEGITIMATE_INTEREST", "the telephone not to be meant", reason)
    again = click(varsam, "POST", path, "List-Unsubscribe=One-Click")
    expect(again.json["revision"] == stopped.json["revision"], "a second click to add nothing")
    token = path.rsplit("/", 1)[-1]
    for other in ("/v1/consents:confirm", f"/v1/requests/{who}:verify"):
        answer = varsam.call(None, "POST", other, {"token": token})
        expect(not answer.ok, "the token to open nothing else", answer.body)
    answer = click(varsam, "POST", path, "List-Unsubscribe=One-Click&scope=all")
    more = {"atLeastRevision": answer.json["revision"]}
    reason = varsam.decide(who, "marketing_phone", ("name", "phone"), **more)
    expect(reason == "OBJECTION_MARKETING", "the landing page's wider stop", reason)


suite.main(scenario)
