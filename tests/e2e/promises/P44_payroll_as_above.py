"""P44: "som ovan" is resolved: payroll holds its own categories and name and e-mail, each with the
system whose text it comes from."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
import suite  # noqa: E402
from suite import expect

OWN = {
    "salary",
    "work_times",
    "workplace",
    "home_address",
    "next_of_kin",
    "personnummer",
    "sickness_absence",
    "accounting_record",
}


def scenario(varsam):
    systems = varsam.must("auditor", "GET", "/v1/systems")["systems"]
    payroll = next(one for one in systems if one["system"]["id"] == "payroll")
    origins = {
        one["dataCategory"]: one["originSystem"] for one in payroll["effectiveCategories"]
    }
    expect(set(origins) == OWN | {"name", "email"}, "own, name and email", sorted(origins))
    expect(all(origins[one] == "payroll" for one in OWN), "own categories of payroll", origins)
    expect(origins["name"] == origins["email"] == "crm", "name and email of the CRM", origins)


suite.main(scenario)
