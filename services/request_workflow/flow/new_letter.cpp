#include "services/request_workflow/flow/new_letter.h"

#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::requests {
namespace {

absl::Duration LifeOf(LinkUse use) {
  return use == LinkUse::kOpen ? kOpenLinkLife : kConfirmLinkLife;
}

}  // namespace

absl::StatusOr<OutgoingMail> NewLetter(const ServiceParts& parts, const Case& c,
                                       const std::string& to, LetterKind kind,
                                       LetterValues values) {
  if (const auto policy = parts.policy.Get()) {
    values.controller = policy->controller;
    values.authority = policy->authority;
  }
  values.right = InWords(c.right ? c.right : c.suggested, c.language);
  Letter letter = WriteLetter(kind, c.language, values);
  const absl::Time now = parts.clock.Now();
  OutgoingMail mail;
  mail.id = NewUuidV7(now);
  mail.case_id = c.id;
  mail.kind = NameOf(kind);
  mail.subject = std::move(letter.subject);
  mail.send_at = now;
  mail.made_at = now;
  mail.to_index = parts.texts.AddressIndex(to);
  const std::string row = mail.id.ToString();
  ASSIGN_OR_RETURN(mail.sealed_to, parts.texts.SealIn("mail_out_to", row, c.id.value(), to));
  ASSIGN_OR_RETURN(mail.sealed_body,
                   parts.texts.SealIn("mail_out_body", row, c.id.value(), letter.body));
  return mail;
}

FreshLink NewLink(const ServiceParts& parts, const Case& c, LinkUse use, const std::string& to) {
  const std::string token = ToBase64Url(RandomBytes(32));
  FreshLink fresh;
  fresh.link.token_sha256 = Sha256(token);
  fresh.link.case_id = c.id;
  fresh.link.use = use;
  fresh.link.contact_sha256 = Sha256(c.id.ToString() + "|" + to);
  fresh.link.expires_at = parts.clock.Now() + LifeOf(use);
  fresh.url = parts.public_url + (use == LinkUse::kStop ? "/s/" : "/c/") + token;
  return fresh;
}

absl::StatusOr<std::string> ContactOf(const ServiceParts& parts, CaseId id) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(std::optional<std::string> sealed, parts.store.ReadText(*lease, id, "contact"));
  if (!sealed) return std::string();
  ASSIGN_OR_RETURN(Personal<std::string> opened, parts.texts.Open(id, "contact", *sealed));
  return std::move(opened).Reveal();
}

}  // namespace varsam::requests
