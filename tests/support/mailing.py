"""The sample mailing tool as the scenarios use it: its command line, its letters in the mail
server, and somebody who renders a letter and follows its links."""

import contextlib
import html
import http.client
import json
import re
import subprocess
import urllib.parse

import suite
from suite import expect

TOOL = suite.ROOT / "deploy/samples/mailing/mailing"
TEMPLATE = """Subject: {subject}
From: Lexium <nyheter@lexium.se>
Purpose: marketing_email
Topic: {topic}

Hej $given!

Det här är nytt.

{opt_out}
--html--
<html lang="sv"><body>
<p>Hej $given! <a href="{site}">Det här är nytt.</a></p>
<p>{opt_out}</p>
</body></html>
"""


class Tool:
    def __init__(self, varsam):
        self.varsam = varsam
        self.site = varsam.url + "/openapi.json"  # where the letters lead to
        self.follow_url = ""

    def run(self, *arguments, code=0):
        """The lines that a verb printed."""
        done = subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=120, check=False,
            env=self.environment(),
        )
        expect(done.returncode == code, f"mailing {arguments[0]} to end with {code}",
               f"{done.returncode}: {done.stdout}{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def command(self, *arguments):
        return [str(one) for one in (TOOL, "--state", self.varsam.state, *arguments)]

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MAILING_FOLLOW_URL": self.follow_url}

    def template(self, name, opt_out="$opt_out", topic=""):
        path = self.varsam.state / f"{name}.mail"
        path.write_text(TEMPLATE.format(subject=name, opt_out=opt_out, topic=topic,
                                        site=self.site))
        return path

    def mail(self, code, template, address):
        """Queues and sends to one; the line about it, and the letter (or None)."""
        queued = self.run("queue", code, template, "--to", address)
        expect(queued[0]["queued"] == 1, "one letter to be queued", queued)
        return self.send(code, address)

    def send(self, code, address):
        before = len(self.varsam.sent_to(address))
        lines = self.run("send", code)
        expect(len(lines) == 1, "one letter to be decided on", lines)
        letters = self.varsam.sent_to(address)[before:]
        expect(len(letters) <= 1, "one letter at most", len(letters))
        return lines[0], letters[0][0] if letters else None

    def engagement(self, code):
        told = self.run("report", code)[0]["engagement"]
        return {one["kind"]: one["times"] for one in told}

    @contextlib.contextmanager
    def following(self):
        """While the server of pixels and links runs."""
        server = subprocess.Popen(self.command("follow", 0), stdout=subprocess.PIPE, text=True,
                                  env=self.environment())
        try:
            self.follow_url = json.loads(server.stdout.readline())["url"]
            yield self
        finally:
            server.terminate()
            server.wait(timeout=20)
            server.stdout.close()
            self.follow_url = ""


def page_of(letter):
    return letter.get_body(("html",)).get_content()


def addresses_in(letter, attribute):
    found = re.findall(rf'{attribute}="([^"]+)"', page_of(letter))
    return [html.unescape(one) for one in found]


def fetch(url, method="GET", body=None, headers=None):
    """One call as a browser or a mail program makes it, without following a redirect."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, parts.path or "/", body=body, headers=headers or {})
        response = connection.getresponse()
        return suite.Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def render_and_click(letter):
    """Loads every picture and follows every link but the one that says stop."""
    for address in addresses_in(letter, "src") + addresses_in(letter, "href"):
        if "/u/" in address:
            continue
        answer = fetch(address)
        if answer.status == 302:
            answer = fetch(answer.headers["Location"])
        expect(answer.status == 200, f"{address.split('/')[3:4]} to lead somewhere", answer.status)
