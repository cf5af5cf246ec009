"""P34: what a visitor typed comes back only with consent to that, and no longer once it is taken
back."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


DATA = ["online_identifier", "name", "email"]


def scenario(varsam):
    visitor = varsam.register("p34.besokare@post.example", "website_visitor")
    varsam.await_decision(visitor, "cookie_functional", "NO_CONSENT", DATA)
    # Necessary cookies do not reach names: no way around the consent.
    reason = varsam.decide(visitor, "cookie_necessary", ["name"])
    expect(reason == "DATA_OUT_OF_SCOPE", "an empty form", reason)
    notice = varsam.publish_notice("p34-kakor", ["cookie_functional"], "Vi minns det du skrev.")
    varsam.choose(visitor, "cookie_functional", "GIVEN", notice, mechanism="banner_choice")
    varsam.await_decision(visitor, "cookie_functional", "ALLOW_CONSENT", DATA)
    varsam.choose(visitor, "cookie_functional", "WITHDRAWN")
    varsam.await_decision(visitor, "cookie_functional", "CONSENT_WITHDRAWN", DATA)


suite.main(scenario)
