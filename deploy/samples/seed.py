#!/usr/bin/env python3
"""Writes the contents of the sample systems: 5,000 invented Swedish people.

  seed.py --out DIR [--today YYYY-MM-DD] [--seed N]

DIR/{crm,recruiting,mailing,website}.sql
                                 COPY data for the schemas beside this file (load with psql)
DIR/boxes/<address>/Maildir      mailboxes
DIR/manifest.json                who is due for disposal today, who nearly is, and the people of
                                 the demo

The same seed and day give the same bytes. Standard library only. Relative to `today` some
prospects and rejected candidates passed their last lawful day yesterday (due), others pass it today
or tomorrow (near misses); nobody else is due, and nobody is overdue. Everything outside those lists
keeps a distance of days. Persons are invented, mail domains end in .example, telephone numbers come
from the ranges that the Swedish regulator keeps free for fiction, organisation numbers have a wrong
check digit.
"""

import argparse
import datetime as dt
import json
import os

from seeding.crm import Crm
from seeding.mail import Mail
from seeding.online import Mailing, Website, known_people
from seeding.operations import Ops
from seeding.personnel import Hr
from seeding.recruiting import Recruiting
from seeding.tables import write_sql
from seeding.world import World


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", required=True)
    parser.add_argument("--today", type=dt.date.fromisoformat, default=dt.date.today())
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    world = World(options.today, options.seed)
    crm, recruiting = Crm(world), Recruiting(world)
    crm.build_companies()
    recruiting.build()
    # The candidate of the demo once asked for an offer, too: one person in three systems.
    world.addresses.add("elin.sandstrom@post.example")
    crm.prospect_companies = set(crm.by_status["P"])
    key, _ = crm.add_contact(
        crm.by_status["P"][0],
        "E",
        "SJALV",
        dialog=world.days_ago(60, 60),
        who=("Astrid", "Lindqvist", "astrid.lindqvist@post.example"),
    )
    world.manifest["people"]["candidate"]["crm"] = key
    crm.build_customers()
    crm.build_prospects()
    crm.build_meetings()
    mail = Mail(world, os.path.join(options.out, "boxes"))
    mail.build()
    customer = world.manifest["people"]["customer_contact"]
    ops = Ops(world, (customer["first_name"], customer["last_name"], customer["email"]))
    ops.build()
    Hr(world, os.path.join(options.out, "hr")).build()
    mailing, website = Mailing(world), Website(world)
    customers, leads = known_people(world, crm)
    mailing.build(customers, leads)
    website.build(mailing.customers)
    world.manifest["counts"] = {
        "contacts": len(crm.contact.rows),
        "candidates": len(recruiting.candidate.rows),
        "invoices": len(crm.invoice.rows),
        "messages": mail.count,
        "recipients": len(mailing.recipient.rows),
        "accounts": len(website.account.rows),
    }
    databases = {"crm": crm, "recruiting": recruiting, "mailing": mailing, "website": website}
    for name, system in databases.items():
        write_sql(os.path.join(options.out, f"{name}.sql"), system.tables())
    ops.write(os.path.join(options.out, "ops.sql"))
    with open(os.path.join(options.out, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump(world.manifest, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
