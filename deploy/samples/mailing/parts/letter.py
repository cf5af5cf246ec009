"""One letter to one person: what the decision obliges to stands in it, what it does not allow
does not."""

import email.message
import email.policy
import email.utils
import html
import string

OPT_OUT = "Avsluta prenumeration"
SOFT_OPT_IN = "Du får det här för att du har köpt av oss. Du kan alltid tacka nej, utan kostnad."
FROM_WHERE = {"web": "en öppen källa på internet", "list": "en köpt adresslista",
              "sale": "ett tidigare köp", "person": "dig själv"}
ART14 = ("Lexium behandlar ditt namn och din e-postadress för utskick, med stöd av en "
         "intresseavvägning. Uppgifterna kommer från {source} och gallras 24 månader efter din "
         "senaste kontakt. Du kan begära tillgång, rättelse, radering och begränsning, invända mot "
         "utskick och klaga hos IMY. Skriv till affarssupport@lexium.se.")


def lines_of(decision, row):
    """What the decision obliges this letter to say."""
    lines = []
    if decision["reason"] == "ALLOW_SOFT_OPT_IN":
        lines.append(SOFT_OPT_IN)
    if "EMBED_ART14_NOTICE" in decision.get("obligations", []):
        lines.append(ART14.format(source=FROM_WHERE[row["obtained"]]))
    return lines


def compose(template, row, decision, opt_out, follow=None):
    """`follow` is the address of pixel and links with the person's key, where that is allowed."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = template.sender
    message["To"] = row["mail"].strip()
    message["Subject"] = template.subject
    message["Date"] = email.utils.localtime()
    message["Message-ID"] = email.utils.make_msgid(domain="lexium.se")
    # RFC 8058. A public address is https, and the headers stand under the DKIM signature of the
    # server that sends.
    message["List-Unsubscribe"] = f"<{opt_out}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    lines = lines_of(decision, row)
    text = fill(template.text, given=row["given"], opt_out=f"{OPT_OUT}: {opt_out}")
    message.set_content("\n\n".join([text.rstrip("\n"), *lines]) + "\n")
    link = f'<a href="{html.escape(opt_out)}">{OPT_OUT}</a>'
    page = template.html if follow is None else followed(template, follow)
    page = fill(page, given=html.escape(row["given"]), opt_out=link)
    below = "".join(f"<p>{html.escape(line)}</p>\n" for line in lines)
    if follow:
        below += f'<img src="{follow("o")}" width="1" height="1" alt="">\n'
    page = page.replace("</body>", below + "</body>") if "</body>" in page else page + below
    message.add_alternative(page, subtype="html")
    return message


def followed(template, follow):
    page = template.html
    for number, link in enumerate(template.links):
        page = page.replace(f'href="{link}"', f'href="{follow("k", number)}"', 1)
    return page


def fill(body, **values):
    return string.Template(body).substitute(values)
