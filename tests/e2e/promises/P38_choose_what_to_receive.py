"""P38: a topic switched off is not sent, the others are; by one channel alone where the person
says so; one stop is over all."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


def scenario(varsam):
    who = varsam.register(
        "p38.person@post.example",
        "customer_contact",
        capacity="CAPACITY_LEGAL_PERSON_REPRESENTATIVE",
    )
    varsam.await_decision(who, "marketing_email", "ALLOW_LEGITIMATE_INTEREST")

    def set_preferences(mask, preferences):
        path = f"/v1/subjects/{who}/preferences"
        etag = varsam.must("system", "GET", path)["preferences"]["etag"]
        body = {"preferences": preferences, "updateMask": [mask]}
        headers = {"If-Match": f'"{etag}"'}
        varsam.must("system", "PATCH", path, body, headers=headers)

    def decide(topic, purpose="marketing_email", data=("name", "email")):
        return varsam.decision(who, purpose, data, topic=topic)["reason"]

    set_preferences("topics", {"topics": [{"topic": "nyheter", "enabled": False}]})
    expect(decide("nyheter") == "TOPIC_OPTED_OUT", "nyheter not to be sent")
    expect(decide("guider") == "ALLOW_LEGITIMATE_INTEREST", "guider to be sent")
    off = {"topic": "guider", "enabled": False, "channel": "phone"}
    set_preferences("topics", {"topics": [off]})
    expect(decide("guider") == "ALLOW_LEGITIMATE_INTEREST", "guider still by mail")
    phone = decide("guider", "marketing_phone", ("name", "phone"))
    expect(phone == "TOPIC_OPTED_OUT", "guider not by telephone", phone)
    set_preferences("global_stop", {"globalStop": True})
    expect(decide("guider") == "OBJECTION_MARKETING", "one stop over all")
    phone = decide("produkter", "marketing_phone", ("name", "phone"))
    expect(phone == "OBJECTION_MARKETING", "by telephone too", phone)
    set_preferences("global_stop", {"globalStop": False})
    expect(decide("guider") == "ALLOW_LEGITIMATE_INTEREST", "taken back by the person")
    expect(decide("nyheter") == "TOPIC_OPTED_OUT", "nyheter still off")


suite.main(scenario)
