#include "services/request_workflow/worker/mail_intake.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/classify_mail.h"
#include "services/request_workflow/domain/special_risk.h"
#include "services/request_workflow/mail/read_apart.h"

namespace varsam::requests {
namespace {

// In place of a mailbox's UIDVALIDITY, which is above zero.
constexpr int64_t kHandedOver = -1;

std::string MessageOf(const ReadMail& mail) {
  return mail.subject.Reveal() + "\n\n" + mail.text.Reveal();
}

}  // namespace

absl::StatusOr<bool> MailIntake::Tick() {
  bool more = false;
  const absl::Status logged = box_ == nullptr ? absl::OkStatus() : LogArrivals(more);
  std::vector<IncomingMail> arrived;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(arrived, parts_.store.ReadArrivedMails(*lease));
  }
  for (const IncomingMail& mail : arrived) {
    const absl::Status read = ReadOne(mail);
    if (read.ok()) continue;
    obs::Log(obs::Level::kWarn, "mail_not_read",
             {obs::F("mail_id", mail.id.ToString()), obs::F("status", read)});
  }
  RETURN_IF_ERROR(logged);
  return more;
}

absl::Status MailIntake::LogArrivals(bool& more) {
  ASSIGN_OR_RETURN(const int64_t validity, box_->UidValidity());
  int64_t last = 0;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(last, parts_.store.ReadLastUid(*lease, validity));
  }
  ASSIGN_OR_RETURN(const std::vector<FetchedMail> fetched, box_->FetchAfter(last));
  more = fetched.size() == static_cast<size_t>(kMailsPerTickMax);
  for (const FetchedMail& one : fetched) {
    RETURN_IF_ERROR(LogOne(validity, one.uid, one.arrived_at, one.raw));
  }
  return absl::OkStatus();
}

absl::Status MailIntake::LogOne(int64_t uid_validity, int64_t uid, absl::Time arrived_at,
                                const std::string& raw) {
  const absl::Time now = parts_.clock.Now();
  IncomingMail mail;
  mail.id = NewUuidV7(now);
  mail.uid_validity = uid_validity;
  mail.uid = uid;
  mail.arrived_at = arrived_at == absl::InfinitePast() ? now : std::min(arrived_at, now);
  RETURN_IF_ERROR(parts_.texts.NewKey(mail.id, now));
  ASSIGN_OR_RETURN(mail.sealed_raw,
                   parts_.texts.SealIn("mail_in", mail.id.ToString(), mail.id, raw));
  return Mark(std::move(mail), "arrived", "");
}

absl::Status MailIntake::Log(const std::string& raw) {
  // One without its bytes, too large, is like no other.
  const std::string digest = raw.empty() ? RandomBytes(8) : Sha256(raw);
  int64_t uid = 0;
  std::memcpy(&uid, digest.data(), sizeof uid);
  return LogOne(kHandedOver, uid & std::numeric_limits<int64_t>::max(), absl::InfinitePast(), raw);
}

absl::Status MailIntake::Mark(IncomingMail mail, const std::string& state,
                              const std::string& reason) {
  mail.state = state;
  mail.reason = reason;
  const std::string key = "mail/" + std::to_string(mail.uid);
  WriteAsk write;
  write.decide = [mail = std::move(mail)](const Facts&, const journal::Frozen&) {
    Changes changes;
    changes.incoming.push_back(mail);
    return absl::StatusOr<Changes>(std::move(changes));
  };
  const absl::Status written = parts_.writer.Write(std::move(write), key).status();
  // Another replica has logged the same mail.
  return absl::IsAlreadyExists(written) ? absl::OkStatus() : written;
}

absl::Status MailIntake::ReadOne(const IncomingMail& mail) {
  const absl::StatusOr<Personal<std::string>> raw =
      parts_.texts.OpenIn("mail_in", mail.id.ToString(), mail.id, mail.sealed_raw);
  // Broken for good: that something arrived is all that is known, and a person is told.
  if (absl::IsDataLoss(raw.status()) || absl::IsNotFound(raw.status())) {
    return OpenCase(mail, nullptr);
  }
  RETURN_IF_ERROR(raw.status());
  const absl::StatusOr<ReadMail> parsed = ReadApart(config_.reader, raw->Reveal());
  if (absl::IsInternal(parsed.status())) return parsed.status();  // not the mail's fault
  // What cannot be read may still be a request: a person looks at it.
  if (!parsed.ok()) return OpenCase(mail, nullptr);
  IncomingMail read = mail;
  if (!parsed->message_id.empty()) read.message_id_sha256 = Sha256(parsed->message_id);
  const std::string from = parsed->from.Reveal();
  const std::string why = !parsed->automatic.empty()    ? parsed->automatic
                          : parsed->bulk                ? "BULK"
                          : from == config_.own_address ? "OWN"
                                                        : "";
  const bool forced = mail.reason == kOpenedByStaff;
  if (!why.empty() && !forced) return Mark(std::move(read), "ignored", why);
  ASSIGN_OR_RETURN(const std::optional<CaseId> thread, ThreadOf(*parsed));
  if (thread) return AddToCase(std::move(read), *thread, *parsed);
  return OpenCase(std::move(read), &*parsed);
}

// Our own letters carry the case in their Message-ID, <mail.case@host>, and in the address that
// answers go to, name+case@host.
absl::StatusOr<std::optional<CaseId>> MailIntake::ThreadOf(const ReadMail& parsed) {
  constexpr size_t kUuidText = 36;
  std::vector<std::string> hashes;
  for (const std::string& part : parsed.plus_parts) {
    const auto known = CaseId::Parse(part);
    if (!known) continue;
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    if (parts_.store.ReadCase(*lease, *known).ok()) return known;
  }
  for (const std::string& id : parsed.references) {
    hashes.push_back(Sha256(id));
    if (id.size() < 2 * kUuidText + 2 || id[kUuidText] != '.') continue;
    const auto known = CaseId::Parse(std::string_view(id).substr(kUuidText + 1, kUuidText));
    if (!known) continue;
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    if (parts_.store.ReadCase(*lease, *known).ok()) return known;
  }
  if (hashes.empty()) return std::optional<CaseId>();
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
  return parts_.store.FindThread(*lease, hashes);
}

absl::Status MailIntake::OpenCase(IncomingMail mail, const ReadMail* parsed) {
  const absl::Time now = parts_.clock.Now();
  SubmitRequest ask;
  ask.id = CaseId(NewUuidV7(now));
  ask.channel = "mail";
  ask.received_at = mail.arrived_at;
  ask.actor = "service";
  RETURN_IF_ERROR(parts_.texts.NewKey(ask.id.value(), now));
  ask.acknowledgement = Acknowledgement::kOwed;
  if (parsed != nullptr) {
    const std::vector<Right> rights = ClassifyMail(parsed->subject.Reveal(), parsed->text.Reveal());
    if (!rights.empty()) ask.suggested = rights.front();
    // Several rights in one mail are for a person to part; none of them starts by itself.
    if (rights.size() > 1 && IsImmediate(rights.front())) ask.suggested = rights[1];
    ask.contact_end = SeemsContactEnd(parsed->subject.Reveal(), parsed->text.Reveal());
    ask.special_risk = SeemsSpecial(MessageOf(*parsed));
    ask.language = SeemsEnglish(parsed->text.Reveal()) ? Language::kEnglish : Language::kSwedish;
    cv1::TaskSubject subject;
    if (!parsed->from.Reveal().empty()) {
      common::v1::Identifier* const identifier = subject.add_identifiers();
      identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
      identifier->set_value(parsed->from.Reveal());
      // What a machine wrote is not answered by a machine.
      if (mail.reason.empty()) ask.acknowledgement = Acknowledgement::kPending;
    }
    ASSIGN_OR_RETURN(SealedText identifiers,
                     parts_.texts.Seal(ask.id, "identifiers", subject.SerializeAsString()));
    ASSIGN_OR_RETURN(SealedText message, parts_.texts.Seal(ask.id, "message", MessageOf(*parsed)));
    ask.texts = {std::move(identifiers), std::move(message)};
  }
  mail.state = parsed == nullptr ? "unreadable" : "opened";
  mail.case_id = ask.id;
  const std::string key = "mail/" + std::to_string(mail.uid);
  WriteAsk write;
  write.decide = [ask, mail](const Facts&,
                             const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(Changes changes, Decide(ask, frozen.now));
    changes.incoming.push_back(mail);
    return changes;
  };
  // Two replicas may read one mail at the same time: its id lets one of them open the case.
  journal::SubmitOptions options;
  options.request_id = RequestId(mail.id);
  options.fingerprint = Sha256(key);
  options.conflict_keys = {key};
  return parts_.writer.Write(std::move(write), std::move(options)).status();
}

absl::Status MailIntake::AddToCase(IncomingMail mail, CaseId id, const ReadMail& parsed) {
  ASSIGN_OR_RETURN(SealedText message,
                   parts_.texts.Seal(id, "message/" + mail.id.ToString(), MessageOf(parsed)));
  mail.state = "threaded";
  mail.case_id = id;
  WriteAsk write;
  write.want.case_id = id;
  const bool special = SeemsSpecial(MessageOf(parsed));
  write.decide = [mail, message, special](
                     const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    changes.incoming.push_back(mail);
    changes.texts.push_back(message);
    changes.events.push_back(
        {file.c.id, frozen.now, "message_received", file.c.state, "public", "mail"});
    if (special && !file.c.special_risk) {
      file.c.special_risk = true;
      Settle(file, frozen.now, changes);
    }
    return changes;
  };
  return parts_.writer.Write(std::move(write), "case/" + id.ToString()).status();
}

}  // namespace varsam::requests
