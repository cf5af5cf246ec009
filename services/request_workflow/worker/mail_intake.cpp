#include "services/request_workflow/worker/mail_intake.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/answer/letters.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/classify_mail.h"

namespace varsam::requests {
namespace {

std::string MessageOf(const ReadMail& mail) {
  return mail.subject.Reveal() + "\n\n" + mail.text.Reveal();
}

}  // namespace

absl::StatusOr<bool> MailIntake::Tick() {
  bool more = false;
  const absl::Status logged = LogArrivals(more);
  std::vector<IncomingMail> arrived;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(arrived, parts_.store.ReadArrivedMails(*lease));
  }
  for (const IncomingMail& mail : arrived) RETURN_IF_ERROR(ReadOne(mail));
  RETURN_IF_ERROR(logged);
  return more;
}

absl::Status MailIntake::LogArrivals(bool& more) {
  ASSIGN_OR_RETURN(const int64_t validity, box_.UidValidity());
  int64_t last = 0;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(last, parts_.store.ReadLastUid(*lease, validity));
  }
  ASSIGN_OR_RETURN(const std::vector<FetchedMail> fetched, box_.FetchAfter(last));
  more = fetched.size() == static_cast<size_t>(kMailsPerTickMax);
  for (const FetchedMail& one : fetched) {
    const absl::Time now = parts_.clock.Now();
    IncomingMail mail;
    mail.id = NewUuidV7(now);
    mail.uid_validity = validity;
    mail.uid = one.uid;
    mail.arrived_at = one.arrived_at == absl::InfinitePast() ? now : std::min(one.arrived_at, now);
    RETURN_IF_ERROR(parts_.texts.NewKey(mail.id, now));
    ASSIGN_OR_RETURN(mail.sealed_raw,
                     parts_.texts.SealIn("mail_in", mail.id.ToString(), mail.id, one.raw));
    RETURN_IF_ERROR(Mark(std::move(mail), "arrived"));
  }
  return absl::OkStatus();
}

absl::Status MailIntake::Mark(IncomingMail mail, const std::string& state) {
  mail.state = state;
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
  ASSIGN_OR_RETURN(Personal<std::string> raw,
                   parts_.texts.OpenIn("mail_in", mail.id.ToString(), mail.id, mail.sealed_raw));
  const absl::StatusOr<ReadMail> parsed = Read(raw.Reveal());
  // What cannot be read may still be a request: a person looks at it.
  if (!parsed.ok()) return OpenCase(mail, nullptr);
  IncomingMail read = mail;
  if (!parsed->message_id.empty()) read.message_id_sha256 = Sha256(parsed->message_id);
  // Machines are not answered. A mass mailing is put aside unless it seems to use a right.
  const bool own = parsed->from.Reveal() == own_address_;
  const bool mailing =
      parsed->bulk && ClassifyMail(parsed->subject.Reveal(), parsed->text.Reveal()).empty();
  if (!parsed->automatic.empty() || own || mailing) return Mark(std::move(read), "ignored");
  ASSIGN_OR_RETURN(const std::optional<CaseId> thread, ThreadOf(*parsed));
  if (thread) return AddToCase(std::move(read), *thread, *parsed);
  return OpenCase(std::move(read), &*parsed);
}

// Our own letters carry the case in their Message-ID: <mail.case@host>.
absl::StatusOr<std::optional<CaseId>> MailIntake::ThreadOf(const ReadMail& parsed) {
  constexpr size_t kUuidText = 36;
  std::vector<std::string> hashes;
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

// Says that a letter has come, and nothing of whether its writer is known.
absl::StatusOr<OutgoingMail> MailIntake::Acknowledge(CaseId id, Language language,
                                                     const std::string& to) {
  LetterValues values;
  if (const auto policy = parts_.policy.Get()) values.controller = policy->controller;
  Letter letter = WriteLetter(LetterKind::kAcknowledged, language, values);
  OutgoingMail mail;
  mail.send_at = parts_.clock.Now();
  mail.id = NewUuidV7(mail.send_at);
  mail.case_id = id;
  mail.kind = "acknowledged";
  mail.subject = std::move(letter.subject);
  const std::string row = mail.id.ToString();
  ASSIGN_OR_RETURN(mail.sealed_to, parts_.texts.SealIn("mail_out_to", row, id.value(), to));
  ASSIGN_OR_RETURN(mail.sealed_body,
                   parts_.texts.SealIn("mail_out_body", row, id.value(), letter.body));
  return mail;
}

absl::Status MailIntake::OpenCase(IncomingMail mail, const ReadMail* parsed) {
  const absl::Time now = parts_.clock.Now();
  SubmitRequest ask;
  ask.id = CaseId(NewUuidV7(now));
  ask.channel = "mail";
  ask.received_at = mail.arrived_at;
  ask.actor = "service";
  RETURN_IF_ERROR(parts_.texts.NewKey(ask.id.value(), now));
  std::vector<OutgoingMail> letters;
  if (parsed != nullptr) {
    const std::vector<Right> rights = ClassifyMail(parsed->subject.Reveal(), parsed->text.Reveal());
    if (!rights.empty()) ask.suggested = rights.front();
    // Several rights in one mail are for a person to part; none of them starts by itself.
    if (rights.size() > 1 && IsImmediate(rights.front())) ask.suggested = rights[1];
    ask.language = SeemsEnglish(parsed->text.Reveal()) ? Language::kEnglish : Language::kSwedish;
    cv1::TaskSubject subject;
    if (!parsed->from.Reveal().empty()) {
      common::v1::Identifier* const identifier = subject.add_identifiers();
      identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
      identifier->set_value(parsed->from.Reveal());
      ASSIGN_OR_RETURN(OutgoingMail letter,
                       Acknowledge(ask.id, ask.language, parsed->from.Reveal()));
      letters.push_back(std::move(letter));
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
  write.decide = [ask, mail, letters](const Facts&,
                                      const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(Changes changes, Decide(ask, frozen.now));
    changes.incoming.push_back(mail);
    changes.mails.insert(changes.mails.end(), letters.begin(), letters.end());
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
  write.decide = [mail, message](const Facts& facts,
                                 const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    changes.incoming.push_back(mail);
    changes.texts.push_back(message);
    changes.events.push_back(
        {file.c.id, frozen.now, "message_received", file.c.state, "public", "mail"});
    return changes;
  };
  return parts_.writer.Write(std::move(write), "case/" + id.ToString()).status();
}

}  // namespace varsam::requests
