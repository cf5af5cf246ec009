"""A mailing's template: header lines, an empty line, the text, a line `--html--`, the HTML.

Headers: Subject, From, Purpose (of the policy), Topic (may be empty). $given and $opt_out are
filled in. Direct marketing must carry $opt_out in both parts, else the template is refused."""

import re
import string

HEADERS = ("Subject", "From", "Purpose", "Topic")
KNOWN = {"given", "opt_out"}
LINK = re.compile(r'href="(https?://[^"$]+)"')


class Refused(Exception):
    def __init__(self, code, part):
        super().__init__(code)
        self.code, self.part = code, part


class Template:
    def __init__(self, path):
        self.path = path
        try:
            with open(path, encoding="utf-8") as file:
                head, body = file.read().split("\n\n", 1)
            heads = dict(line.split(": ", 1) for line in head.splitlines())
            self.subject, self.sender, self.purpose = (heads[one] for one in HEADERS[:3])
            self.topic = heads.get("Topic", "")
            self.text, self.html = body.split("\n--html--\n")
        except (OSError, ValueError, KeyError) as error:
            raise Refused("TEMPLATE_UNREADABLE", type(error).__name__) from error
        self.links = LINK.findall(self.html)
        for part, body in self.parts():
            if names_in(body) - KNOWN:
                raise Refused("TEMPLATE_UNREADABLE", part)

    def parts(self):
        return ("text", self.text), ("html", self.html)

    def check(self, marketing_purposes):
        if self.purpose not in marketing_purposes:
            return
        for part, body in self.parts():
            if "opt_out" not in names_in(body):
                raise Refused("TEMPLATE_WITHOUT_OPTOUT", part)


def names_in(body):
    found = string.Template.pattern.finditer(body)
    return {one.group("named") or one.group("braced") for one in found} - {None}
