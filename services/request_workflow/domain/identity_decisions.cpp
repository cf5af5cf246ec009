// The second factor, the stop from another address, mandates of agents, and the review of what was
// found.
#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/case_decisions.h"

namespace varsam::requests {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, reason, message);
}

// Takes as long whatever the difference is.
bool SameBytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace

absl::StatusOr<Changes> Decide(const VerifyByCode& ask, const std::optional<CaseCode>& code,
                               int32_t tries_today, std::optional<CaseFile> file, absl::Time now) {
  Changes out;
  if (!file || !file->c.candidate) return out;
  Case& c = file->c;
  const bool open = code && !code->used_at && code->expires_at > now && !IsEnded(c.state) &&
                    code->tries < kCodeTriesMax && tries_today < kIdentityTriesPerDayMax;
  if (!open || !SameBytes(code->code_mac, ask.code_mac)) {
    out.identity_try = c.candidate;
    out.identity_day = calendar::LocalDayOf(now);
    if (open) {
      CaseCode tried = *code;
      ++tried.tries;
      out.code = std::move(tried);
    }
    return out;
  }
  out.code = code;
  out.code->used_at = now;
  out.code_used = true;
  const bool second = IdentityProven(c);
  c.subject = c.candidate;
  c.identity = std::max(c.identity, second ? IdentityLevel::kTwoFactors : IdentityLevel::kContact);
  if (second) c.cooling_until.reset();
  out.events.push_back({c.id, now, second ? "second_factor_proven" : "contact_confirmed", c.state,
                        "subject", "code by " + code->delivery});
  if (c.state == CaseState::kAwaitingIdentity) {
    for (Question& question : c.questions) {
      if (!question.answered_at) question.answered_at = now;
    }
    RETURN_IF_ERROR(Advance(*file, {CaseEvent::kIdentityProven, "subject", "code"}, now, out));
  }
  RETURN_IF_ERROR(GoOn(*file, now, out));
  Settle(*file, now, out);
  out.reply = c.id.ToString();
  return out;
}

std::string ReadableCode(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c == ' ' || c == '-') continue;
    code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return code;
}

absl::StatusOr<Changes> DecideStop(const std::optional<Link>& link, std::optional<CaseFile> file,
                                   absl::Time now) {
  Changes out;
  const bool usable =
      link && file && link->use == LinkUse::kStop && !link->consumed_at && link->expires_at > now;
  if (!usable) return out;
  if (!IsEnded(file->c.state)) {
    absl::StatusOr<Changes> taken_back =
        Decide(WithdrawRequest{"another address on file"}, *file, now);
    if (taken_back.ok()) {
      out = *std::move(taken_back);
    } else {
      file->c.stop_wanted = true;
      out.events.push_back({file->c.id, now, "stop_came_late", file->c.state, "subject", ""});
      Settle(*file, now, out);
    }
  }
  out.consumed_links.push_back(link->token_sha256);
  out.at = now;
  out.reply = link->case_id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const AddMessage& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  Changes out;
  out.texts = ask.texts;
  out.mails = ask.letters;
  out.new_links = ask.links;
  c.special_risk = c.special_risk || ask.special_risk;
  out.events.push_back({c.id, now, ask.from_person ? "message_received" : "message_sent", c.state,
                        ask.actor, "case page"});
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const EndContact& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  Changes out;
  if (c.state == CaseState::kTriage) {
    c.right.reset();
    RETURN_IF_ERROR(
        Advance(file, {CaseEvent::kInquiryConfirmed, ask.actor, "contact_end"}, now, out));
  }
  if (c.state != CaseState::kInquiry) return Precondition("WRONG_STATE", "want TRIAGE or INQUIRY");
  c.contact_end = true;
  c.step = Step::kEndContact;
  c.step_at = now;
  c.step_attempts = 0;
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const RecordMandate& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (ask.method.empty()) return InvalidField("method", "empty, want how the mandate was seen");
  if (!c.agent) return Precondition("NO_AGENT", "the person asks for itself");
  Changes out;
  c.mandate = ask.method;
  out.events.push_back({c.id, now, "mandate_recorded", c.state, ask.actor, ask.method});
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

absl::StatusOr<Changes> Decide(const DecideReviewItem& ask, CaseFile file, absl::Time now) {
  Case& c = file.c;
  if (ask.decision != "redact" && ask.decision != "withhold" && ask.decision != "release") {
    return InvalidField("decision", "want redact, withhold or release");
  }
  if (c.state != CaseState::kReview) return Precondition("WRONG_STATE", "want REVIEW");
  const auto item = std::find_if(c.review.begin(), c.review.end(),
                                 [&](const ReviewItem& one) { return one.id == ask.item_id; });
  if (item == c.review.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "ITEM_UNKNOWN", "there is no such item");
  }
  Changes out;
  item->decision = ask.decision;
  item->decided_by = ask.actor;
  if (item->code.empty()) item->code = "REDACTED_THIRD_PARTY";
  out.events.push_back({c.id, now, "item_decided", c.state, ask.actor,
                        item->kind + " " + item->id + " " + ask.decision});
  Settle(file, now, out);
  out.reply = c.id.ToString();
  return out;
}

}  // namespace varsam::requests
