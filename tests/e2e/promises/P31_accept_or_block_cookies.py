"""P31 (API): nothing is allowed before a choice; "Neka alla" is one refused event for each
category, with the text and the layout that were shown; it is asked about again after six months,
or when the text changes in substance, and a yes after the year it holds; GPC is honoured."""

import datetime as dt
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect


PURPOSES = ["web_statistics", "cookie_functional", "cookie_marketing"]


def asked_again_in(banner, months):
    """The purposes that rest on consent are asked about again so many months from today."""
    today = dt.datetime.now(dt.timezone.utc).date()
    for one in banner["purposes"]:
        if one.get("necessary"):
            continue
        again = dt.datetime.fromisoformat(one["askAgainAt"].replace("Z", "+00:00")).date()
        far = (again - today).days / 30.44
        expect(not one.get("ask") and abs(far - months) < 0.2, f"{months} months of rest", one)


def scenario(varsam):
    varsam.publish_notice("p31-kakor", ["cookie_necessary", *PURPOSES], "Vi använder kakor.")

    def opened(browser=None, headers=None):
        body = {"noticeId": "p31-kakor", "uiSha256": "b" * 64}
        if browser:
            body["browserId"] = browser
        return varsam.must(None, "POST", "/v1/banner:open", body, headers=headers)

    def chosen(banner, granted, headers=None):
        choices = [{"purpose": one, "granted": one in granted} for one in PURPOSES]
        body = {"snapshotToken": banner["snapshotToken"], "choices": choices}
        return varsam.must(None, "POST", "/v1/banner:choose", body, headers=headers)

    def decide(browser, purpose):
        return varsam.decide(browser, purpose, ["online_identifier"])

    banner = opened()
    browser = banner["browserId"]
    expect(banner.get("ask"), "to be asked", banner)
    necessary = [one["purpose"] for one in banner["purposes"] if one.get("necessary")]
    expect(necessary == ["cookie_necessary"], "one necessary purpose", necessary)
    for one in banner["purposes"]:
        if not one.get("necessary"):
            expect(one["state"] == "NO_CONSENT" and one["ask"], "nothing ticked before", one)
            effect = varsam.decision(browser, one["purpose"], ["online_identifier"])["effect"]
            expect(effect == "EFFECT_DENY", "nothing set before", one)
    answer = chosen(banner, [])
    events = answer["events"]
    expect([one["purpose"] for one in events] == PURPOSES, "one event each", events)
    for event in events:
        expect(event["choice"] == "CHOICE_REFUSED", "refused", event)
        expect(event["notice"]["textSha256"] == banner["notice"]["textSha256"], "the text", event)
        expect(event["uiSha256"] == "b" * 64, "the layout", event)
        expect(decide(browser, event["purpose"]) == "CONSENT_REFUSED", "no tag", event)
    expect(decide(browser, "cookie_necessary") == "ALLOW_STRICTLY_NECESSARY", "the necessary")
    expect(not opened(browser).get("ask"), "not to be asked again at once")
    asked_again_in(opened(browser), 6)

    chosen(opened(browser), PURPOSES)
    asked_again_in(opened(browser), 12)
    expect(decide(browser, "cookie_marketing") == "ALLOW_CONSENT", "a change of mind to count")
    chosen(opened(browser), ["web_statistics"])  # as easily taken back
    expect(decide(browser, "cookie_marketing") == "CONSENT_WITHDRAWN", "taken back")
    expect(decide(browser, "web_statistics") == "ALLOW_CONSENT", "the rest to stand")

    text = "Vi använder kakor, och från i dag även av annonsnätverk."
    varsam.publish_notice("p31-kakor", ["cookie_necessary", *PURPOSES], text, material=True)
    renewed = opened(browser)
    expect(renewed["text"] == text and renewed.get("ask"), "the new text to be asked on", renewed)
    reason = decide(browser, "web_statistics")
    expect(reason == "CONSENT_RENEWAL_REQUIRED", "the old yes not to reach it", reason)

    signal = {"Sec-GPC": "1"}
    banner = opened(headers=signal)
    events = chosen(banner, PURPOSES, headers=signal)["events"]
    marketing = next(one for one in events if one["purpose"] == "cookie_marketing")
    expect(marketing["choice"] == "CHOICE_REFUSED" and marketing["gpc"], "GPC to stop", marketing)
    expect(marketing["evidenceReference"] == "Sec-GPC: 1", "the signal kept", marketing)
    reason = decide(banner["browserId"], "cookie_marketing")
    expect(reason == "CONSENT_REFUSED", "no marketing against the signal", reason)
    token = banner["snapshotToken"]
    broken = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    body = {"snapshotToken": broken, "choices": []}
    refused = varsam.call(None, "POST", "/v1/banner:choose", body)
    expect(refused.code == "SNAPSHOT_UNKNOWN", "a changed token to be refused", refused.body)


suite.main(scenario)
