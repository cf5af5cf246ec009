#include "services/consent/rpc/convert.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "varsam/consent/v1/consent_entry.pb.h"

namespace varsam::consent {
namespace {

absl::StatusOr<SubjectId> SubjectFrom(const std::string& text, std::string_view field) {
  const auto id = SubjectId::Parse(text);
  if (id && !id->IsNil()) return *id;
  return InvalidField(field, text.empty() ? "missing, want a UUID" : "not a UUID");
}

std::optional<RecipientKind> KindFrom(v1::RecipientKind kind) {
  switch (kind) {
    case v1::RECIPIENT_KIND_PROCESSOR:
      return RecipientKind::kProcessor;
    case v1::RECIPIENT_KIND_THIRD_PARTY:
      return RecipientKind::kThirdParty;
    case v1::RECIPIENT_KIND_AUTHORITY:
      return RecipientKind::kAuthority;
    default:
      return std::nullopt;
  }
}

RecordedConsent FromProto(const v1::ConsentEvent& event) {
  RecordedConsent to;
  to.id = Uuid::Parse(event.id()).value_or(Uuid{});
  to.subject = SubjectId::Parse(event.subject_id()).value_or(SubjectId());
  to.purpose = PurposeId(event.purpose());
  to.type = static_cast<ConsentEventType>(event.choice() - 1);
  to.at = absl::FromUnixMicros(event.at().seconds() * 1'000'000 + event.at().nanos() / 1000);
  to.recorded_at = absl::FromUnixMicros(event.recorded_at().seconds() * 1'000'000 +
                                        event.recorded_at().nanos() / 1000);
  to.actor = static_cast<Actor>(event.actor() - 1);
  to.verified = event.verified();
  to.mechanism = event.mechanism();
  to.notice = {event.notice().notice_id(), event.notice().version(), event.notice().language(),
               event.notice().text_sha256()};
  to.recipient = event.recipient();
  to.channel = event.channel();
  to.evidence_reference = event.evidence_reference();
  return to;
}

absl::Time TimeOf(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(message.seconds() * 1'000'000 + message.nanos() / 1000);
}

SubjectLink FromProto(const v1::SubjectLink& link) {
  SubjectLink to{.id = Uuid::Parse(link.id()).value_or(Uuid{}),
                 .subject = SubjectId::Parse(link.subject_id()).value_or(SubjectId()),
                 .browser = SubjectId::Parse(link.browser_subject_id()).value_or(SubjectId()),
                 .at = TimeOf(link.at()),
                 .channel = link.channel(),
                 .evidence_reference = link.evidence_reference()};
  if (link.has_undone_at()) to.undone_at = TimeOf(link.undone_at());
  return to;
}

Objection FromProto(const v1::Objection& message) {
  Objection objection{.id = Uuid::Parse(message.id()).value_or(Uuid{}),
                      .subject = SubjectId::Parse(message.subject_id()).value_or(SubjectId()),
                      .marketing_scope = message.marketing_scope(),
                      .purposes = {message.purposes().begin(), message.purposes().end()},
                      .at = TimeOf(message.at()),
                      .outcome = message.outcome(),
                      .channel = message.channel()};
  if (message.has_decided_at()) objection.decided_at = TimeOf(message.decided_at());
  return objection;
}

Preferences FromProto(const v1::Preferences& message) {
  Preferences preferences{.subject = SubjectId::Parse(message.subject_id()).value_or(SubjectId()),
                          .global_stop = message.global_stop()};
  if (!absl::SimpleAtoi(message.etag(), &preferences.revision)) preferences.revision = 0;
  for (const v1::TopicPreference& topic : message.topics()) {
    preferences.topics.push_back(
        {topic.topic(), topic.enabled(), TimeOf(topic.at()), topic.channel()});
  }
  if (message.has_global_stop_at()) preferences.global_stop_at = TimeOf(message.global_stop_at());
  return preferences;
}

}  // namespace

void ToProto(absl::Time time, google::protobuf::Timestamp* message) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1'000'000, rest = micros % 1'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000;
  }
  message->set_seconds(seconds);
  message->set_nanos(static_cast<int32_t>(rest) * 1000);
}

absl::StatusOr<std::optional<absl::Time>> TimeFrom(const google::protobuf::Timestamp& message,
                                                   bool present, std::string_view field) {
  if (!present) return std::optional<absl::Time>();
  // Years 1 to 9999, as the type says.
  if (message.seconds() < -62'135'596'800 || message.seconds() > 253'402'300'799 ||
      message.nanos() < 0 || message.nanos() > 999'999'999) {
    return InvalidField(field, "not a timestamp of the years 1 to 9999");
  }
  return std::optional<absl::Time>(TimeOf(message));
}

absl::StatusOr<RecordConsent> FromProto(const v1::RecordConsentRequest& request) {
  RecordConsent ask;
  ASSIGN_OR_RETURN(ask.subject, SubjectFrom(request.subject_id(), "subject_id"));
  if (request.purpose().empty()) return InvalidField("purpose", "missing");
  ask.purpose = PurposeId(request.purpose());
  if (request.choice() < v1::CHOICE_REQUESTED || request.choice() > v1::CHOICE_INVALIDATED) {
    return InvalidField("choice", "missing");
  }
  ask.choice = static_cast<ConsentEventType>(request.choice() - 1);
  if (request.actor() < v1::ACTOR_SUBJECT || request.actor() > v1::ACTOR_IMPORT) {
    return InvalidField("actor", "missing");
  }
  ask.actor = static_cast<Actor>(request.actor() - 1);
  ask.verified = request.verified();
  ask.mechanism = request.mechanism();
  ask.notice = {request.notice().notice_id(), request.notice().version(),
                request.notice().language(), request.notice().text_sha256()};
  ask.recipient = request.recipient();
  ask.channel = request.channel();
  ask.evidence_reference = request.evidence_reference();
  ask.ui_sha256 = request.ui_sha256();
  ask.gpc = request.sec_gpc();
  ask.confirmation_wanted = request.confirmation_wanted();
  ASSIGN_OR_RETURN(ask.at, TimeFrom(request.at(), request.has_at(), "at"));
  return ask;
}

absl::StatusOr<RecordObjection> FromProto(const v1::RecordObjectionRequest& request) {
  RecordObjection ask;
  ASSIGN_OR_RETURN(ask.subject, SubjectFrom(request.subject_id(), "subject_id"));
  ask.marketing_scope = request.marketing_scope();
  ask.purposes = {request.purposes().begin(), request.purposes().end()};
  ask.channel = request.channel();
  ASSIGN_OR_RETURN(ask.at, TimeFrom(request.at(), request.has_at(), "at"));
  return ask;
}

absl::StatusOr<UpdatePreferences> FromProto(const v1::UpdatePreferencesRequest& request) {
  UpdatePreferences ask;
  ASSIGN_OR_RETURN(ask.subject, SubjectFrom(request.subject_id(), "subject_id"));
  if (request.update_mask().empty()) return InvalidField("update_mask", "empty");
  for (const std::string& path : request.update_mask()) {
    if (path == "topics") {
      ask.topics.emplace();
      for (const v1::TopicPreference& topic : request.preferences().topics()) {
        ask.topics->push_back({topic.topic(), topic.enabled(), {}, topic.channel()});
      }
    } else if (path == "global_stop") {
      ask.global_stop = request.preferences().global_stop();
    } else {
      return InvalidField("update_mask",
                          absl::StrCat(path.substr(0, 64), ", want topics or global_stop"));
    }
  }
  if (!request.preferences().etag().empty()) {
    int64_t revision = 0;
    if (!absl::SimpleAtoi(request.preferences().etag(), &revision)) {
      return InvalidField("preferences.etag", "want the etag that was read");
    }
    ask.revision = revision;
  }
  return ask;
}

absl::Status FromProto(const v1::DecisionQuery& query, absl::Time now, ParsedQuestion& to) {
  Question& question = to.question;
  ASSIGN_OR_RETURN(question.subject, SubjectFrom(query.subject_id(), "query.subject_id"));
  if (query.purpose().empty()) return InvalidField("query.purpose", "missing");
  question.purpose = query.purpose();
  if (query.data_categories_size() > kDataCategoriesMax) {
    return InvalidField(
        "query.data_categories",
        absl::StrCat(query.data_categories_size(), ", want at most ", kDataCategoriesMax));
  }
  to.data.clear();
  for (const std::string& category : query.data_categories()) to.data.push_back(category);
  question.data = to.data;
  ASSIGN_OR_RETURN(const auto at, TimeFrom(query.at(), query.has_at(), "query.at"));
  question.at = at.value_or(now);
  ASSIGN_OR_RETURN(const auto known,
                   TimeFrom(query.as_known_at(), query.has_as_known_at(), "query.as_known_at"));
  question.known = known.value_or(absl::InfiniteFuture());
  if (!query.topic().empty()) question.topic = query.topic();
  question.contacts_person = query.contacts_person();
  if (query.has_recipient()) {
    const auto kind = KindFrom(query.recipient().kind());
    if (!kind) return InvalidField("query.recipient.kind", "missing");
    question.recipient = Recipient{*kind, query.recipient().id(), query.recipient().under_law()};
  }
  return absl::OkStatus();
}

void ToProto(const RecordedConsent& from, v1::ConsentEvent* to) {
  to->set_id(from.id.ToString());
  to->set_subject_id(from.subject.ToString());
  to->set_purpose(from.purpose.value());
  to->set_choice(static_cast<v1::Choice>(static_cast<int>(from.type) + 1));
  ToProto(from.at, to->mutable_at());
  ToProto(from.recorded_at, to->mutable_recorded_at());
  to->set_actor(static_cast<v1::Actor>(static_cast<int>(from.actor) + 1));
  to->set_verified(from.verified);
  to->set_mechanism(from.mechanism);
  if (!from.notice.id.empty()) ToProto(from.notice, to->mutable_notice());
  to->set_recipient(from.recipient);
  to->set_channel(from.channel);
  to->set_evidence_reference(from.evidence_reference);
  if (from.expires_at) ToProto(*from.expires_at, to->mutable_expires_at());
  if (!from.ui_sha256.empty()) to->set_ui_sha256(from.ui_sha256);
  if (from.shown_at) ToProto(*from.shown_at, to->mutable_shown_at());
  if (from.gpc) to->set_gpc(true);
  if (from.confirms) to->set_confirms(from.confirms->ToString());
}

void ToProto(const View& from, v1::View* to) {
  to->set_revision(from.revision());
  to->set_registry(from.read[static_cast<size_t>(ChangeSource::kRegistry)]);
  to->set_requests(from.read[static_cast<size_t>(ChangeSource::kRequests)]);
  to->set_retention(from.read[static_cast<size_t>(ChangeSource::kRetention)]);
  to->set_history(from.history);
}

View ViewFrom(const v1::View& message) {
  return {{message.revision(), message.registry(), message.requests(), message.retention()},
          message.history()};
}

void ToProto(const NoticeRef& from, v1::NoticeReference* to) {
  to->set_notice_id(from.id);
  to->set_version(from.version);
  to->set_language(from.language);
  to->set_text_sha256(from.text_sha256);
}

void ToProto(const SubjectLink& from, v1::SubjectLink* to) {
  to->set_id(from.id.ToString());
  to->set_subject_id(from.subject.ToString());
  to->set_browser_subject_id(from.browser.ToString());
  ToProto(from.at, to->mutable_at());
  to->set_channel(from.channel);
  to->set_evidence_reference(from.evidence_reference);
  if (from.undone_at) ToProto(*from.undone_at, to->mutable_undone_at());
}

void ToProto(const Objection& from, v1::Objection* to) {
  to->set_id(from.id.ToString());
  to->set_subject_id(from.subject.ToString());
  to->set_marketing_scope(from.marketing_scope);
  for (const std::string& purpose : from.purposes) to->add_purposes(purpose);
  ToProto(from.at, to->mutable_at());
  to->set_outcome(from.outcome);
  if (from.decided_at) ToProto(*from.decided_at, to->mutable_decided_at());
  to->set_channel(from.channel);
}

void ToProto(const Preferences& from, v1::Preferences* to) {
  to->set_subject_id(from.subject.ToString());
  for (const TopicPreference& topic : from.topics) {
    v1::TopicPreference* one = to->add_topics();
    one->set_topic(topic.topic);
    one->set_enabled(topic.enabled);
    ToProto(topic.at, one->mutable_at());
    one->set_channel(topic.channel);
  }
  to->set_global_stop(from.global_stop);
  if (from.global_stop_at) ToProto(*from.global_stop_at, to->mutable_global_stop_at());
  to->set_etag(absl::StrCat(from.revision));
}

void ToProto(const Decision& from, absl::Time at, v1::Decision* to) {
  to->set_effect(from.allowed() ? v1::EFFECT_ALLOW : v1::EFFECT_DENY);
  const ReasonText& text = TextOf(from.reason);
  to->set_reason(text.code.data(), text.code.size());
  to->set_basis(text.basis.data(), text.basis.size());
  if (from.embed_art14_notice) to->add_obligations("EMBED_ART14_NOTICE");
  for (const Evidence& evidence : from.evidence) {
    if (!evidence.id.IsNil()) to->add_evidence(evidence.id.ToString());
  }
  ToProto(at, to->mutable_at());
}

void ToProto(const ConsentState& from, const RecordedConsent* deciding, std::string_view purpose,
             v1::ConsentState* to) {
  to->set_purpose(std::string(purpose));
  to->set_state(from.valid() ? "VALID" : std::string(TextOf(from.reason).code));
  if (deciding != nullptr) ToProto(*deciding, to->mutable_deciding_event());
}

std::string ObjectionRecordedEntry(const Objection& objection) {
  v1::ConsentEntry entry;
  ToProto(objection, entry.mutable_objection_recorded()->mutable_objection());
  return entry.SerializeAsString();
}

std::string PreferencesChangedEntry(const Preferences& preferences) {
  v1::ConsentEntry entry;
  ToProto(preferences, entry.mutable_preferences_changed()->mutable_preferences());
  return entry.SerializeAsString();
}

std::string SuppressionAddedEntry(const AddSuppressionOutcome& outcome) {
  v1::ConsentEntry entry;
  v1::SuppressionAdded* added = entry.mutable_suppression_added();
  added->set_id(outcome.id.ToString());
  added->set_address_hash(outcome.suppression.address_hash);
  added->set_scope(outcome.suppression.scope);
  added->set_identifier_type(outcome.suppression.identifier_type);
  return entry.SerializeAsString();
}

std::string SubjectsLinkedEntry(const SubjectLink& link) {
  v1::ConsentEntry entry;
  ToProto(link, entry.mutable_subjects_linked()->mutable_link());
  return entry.SerializeAsString();
}

std::string SuppressionReviewedEntry(const ReviewSuppressionOutcome& outcome) {
  v1::ConsentEntry entry;
  v1::SuppressionReviewed* reviewed = entry.mutable_suppression_reviewed();
  reviewed->set_id(outcome.id.ToString());
  reviewed->set_kept(outcome.keep);
  ToProto(outcome.at, reviewed->mutable_at());
  return entry.SerializeAsString();
}

std::string ProofsForgottenEntry(const ProofHistory& history, absl::Time before) {
  v1::ConsentEntry entry;
  v1::ProofsForgotten* forgotten = entry.mutable_proofs_forgotten();
  forgotten->set_subject_id(history.subject.ToString());
  forgotten->set_purpose(history.purpose);
  ToProto(before, forgotten->mutable_before());
  return entry.SerializeAsString();
}

std::string BrowserSeenEntry(const SubjectId& browser, absl::Time at) {
  v1::ConsentEntry entry;
  entry.mutable_browser_seen()->set_subject_id(browser.ToString());
  ToProto(at, entry.mutable_browser_seen()->mutable_at());
  return entry.SerializeAsString();
}

absl::Status ApplyConsentEntry(std::string_view payload, absl::Time recorded_at,
                               DecisionTable& table, bool& restored) {
  v1::ConsentEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                           "an entry of varsam/consent does not parse");
  }
  switch (entry.event_case()) {
    case v1::ConsentEntry::kConsentRecorded:
      table.Apply(FromProto(entry.consent_recorded().event()));
      return absl::OkStatus();
    case v1::ConsentEntry::kObjectionRecorded:
      table.Apply(FromProto(entry.objection_recorded().objection()), recorded_at);
      return absl::OkStatus();
    case v1::ConsentEntry::kPreferencesChanged:
      table.Apply(FromProto(entry.preferences_changed().preferences()), recorded_at);
      return absl::OkStatus();
    case v1::ConsentEntry::kSubjectsLinked:
      table.Apply(FromProto(entry.subjects_linked().link()), recorded_at);
      return absl::OkStatus();
    case v1::ConsentEntry::kProofsForgotten: {
      const v1::ProofsForgotten& from = entry.proofs_forgotten();
      table.Forget(SubjectId::Parse(from.subject_id()).value_or(SubjectId()), from.purpose(),
                   TimeOf(from.before()));
      return absl::OkStatus();
    }
    case v1::ConsentEntry::kBrowserSeen:
      table.Introduce(SubjectId::Parse(entry.browser_seen().subject_id()).value_or(SubjectId()),
                      TimeOf(entry.browser_seen().at()), recorded_at);
      return absl::OkStatus();
    case v1::ConsentEntry::kRestoreReplayed:
      restored = true;
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

RestoredFact RestoredFactOf(std::string_view payload) {
  v1::ConsentEntry entry;
  if (!entry.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return {};
  switch (entry.event_case()) {
    case v1::ConsentEntry::kConsentRecorded:
      return FromProto(entry.consent_recorded().event());
    case v1::ConsentEntry::kObjectionRecorded:
      return ObjectionOutcome{FromProto(entry.objection_recorded().objection()), true, ""};
    case v1::ConsentEntry::kPreferencesChanged:
      return FromProto(entry.preferences_changed().preferences());
    case v1::ConsentEntry::kSuppressionAdded: {
      const v1::SuppressionAdded& added = entry.suppression_added();
      return AddSuppressionOutcome{{added.identifier_type(), added.address_hash(), added.scope()},
                                   Uuid::Parse(added.id()).value_or(Uuid{})};
    }
    case v1::ConsentEntry::kSubjectsLinked:
      return FromProto(entry.subjects_linked().link());
    case v1::ConsentEntry::kProofsForgotten: {
      const v1::ProofsForgotten& gone = entry.proofs_forgotten();
      const absl::Time before = TimeOf(gone.before());
      return ForgetProofs{
          {{SubjectId::Parse(gone.subject_id()).value_or(SubjectId()), gone.purpose(), before}},
          before};
    }
    case v1::ConsentEntry::kSuppressionReviewed: {
      const v1::SuppressionReviewed& reviewed = entry.suppression_reviewed();
      return ReviewSuppressionOutcome{Uuid::Parse(reviewed.id()).value_or(Uuid{}), reviewed.kept(),
                                      TimeOf(reviewed.at())};
    }
    default:
      return {};
  }
}

}  // namespace varsam::consent
