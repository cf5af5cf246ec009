"""Varsam as a system that sends mail sees it: REST, with the token of an API client."""

import datetime as dt
import http.client
import json
import pathlib
import urllib.parse
import uuid

SECONDS = 20
DENIED = {"effect": "EFFECT_DENY"}
# How the list says where an address came from, in the words of the policy.
SOURCES = {"person": "data_subject", "sale": "data_subject", "web": "public_web",
           "list": "purchased_list"}
CATEGORIES = {"customer": "customer_contact", "lead": "prospect", "reader": "newsletter_recipient"}


class Unanswered(Exception):
    """No answer is no permission."""


class Varsam:
    def __init__(self, url, token_file):
        self.host = urllib.parse.urlsplit(url).netloc
        self.token_file = pathlib.Path(token_file)

    def call(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token_file.read_text().strip(),
                   "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            headers["Idempotency-Key"] = str(uuid.uuid4())
        connection = http.client.HTTPConnection(self.host, timeout=SECONDS)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, body=data, headers=headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise Unanswered(f"{method} {path.split(':')[-1]}: HTTP {answer.status}")
            return json.loads(text)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unanswered(f"{path}: {type(error).__name__}") from error
        finally:
            connection.close()

    def marketing_purposes(self):
        found = self.call("GET", "/v1/purposes").get("purposes", [])
        return {one["id"] for one in found if one.get("directMarketing")}

    def person(self, address):
        """The one person with this address; None when nobody, or more than one, has it."""
        body = {"identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": address.strip()}],
                "reason": "mailing"}
        found = self.call("POST", "/v1/subjects:resolve", body).get("subjectIds", [])
        return found[0] if len(found) == 1 else None

    def decide(self, queries):
        """A decision for each query, in order; of None: denied."""
        asked = [one for one in queries if one]
        answers = iter([])
        if asked:
            answer = self.call("POST", "/v1/decisions:batchDecide", {"queries": asked})
            answers = iter(answer["decisions"])
        return [next(answers) if one else DENIED for one in queries]

    def may_follow(self, address):
        subject = self.person(address)
        return allowed(self.decide([follow_query(subject)])[0])

    def opt_out_path(self, subject, mailing):
        body = {"subjectId": subject, "mailing": mailing}
        return self.call("POST", f"/v1/subjects/{subject}:issueUnsubscribeToken", body)["path"]

    def informed(self, row):
        """The person has been told where the address comes from (Art. 14). The connector tells it
        too, later."""
        source = {"source": SOURCES[row["obtained"]], "collectedAt": row["listed_at"],
                  "noticeAt": dt.datetime.now(dt.timezone.utc).isoformat()}
        known = {"identifiers": [{"type": "IDENTIFIER_TYPE_EMAIL", "value": row["mail"].strip()}],
                 "categories": [CATEGORIES[row["segment"]]], "source": source}
        self.call("POST", "/v1/subjects:import", {"rows": [known]})


def allowed(decision):
    return decision["effect"] == "EFFECT_ALLOW"


def send_query(subject, template):
    if not subject:
        return None
    return {"subjectId": subject, "purpose": template.purpose, "dataCategories": ["name", "email"],
            "contactsPerson": True, "topic": template.topic}


def follow_query(subject):
    if not subject:
        return None
    return {"subjectId": subject, "purpose": "email_engagement_tracking",
            "dataCategories": ["email", "email_engagement"]}
