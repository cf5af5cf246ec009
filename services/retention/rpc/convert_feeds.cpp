#include "services/retention/rpc/convert_feeds.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/retention/rpc/convert.h"
#include "varsam/consent/v1/consent_entry.pb.h"
#include "varsam/registry/v1/registry_entry.pb.h"
#include "varsam/requests/v1/requests_entry.pb.h"

namespace varsam::retention {
namespace {

absl::Status Unreadable(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "FEED_UNREADABLE",
                         absl::StrCat("an entry of a feed does not read: ", ToAbsl(what)));
}

absl::StatusOr<SubjectId> SubjectFrom(const std::string& text) {
  const std::optional<SubjectId> id = SubjectId::Parse(text);
  if (!id) return Unreadable("subject id");
  return *id;
}

// The log's own time where an event says none.
absl::StatusOr<absl::Time> TimeOr(bool present, const google::protobuf::Timestamp& at,
                                  const google::protobuf::Timestamp& log_time) {
  return FromProto(present ? at : log_time, "at");
}

template <typename Payload, typename Body>
absl::StatusOr<std::vector<FeedEffect>> Effects(
    std::span<const ledger::v1::Entry* const> entries, Body body) {
  std::vector<FeedEffect> effects;
  for (const ledger::v1::Entry* entry : entries) {
    if (entry->erased()) continue;
    Payload payload;
    if (!payload.ParseFromString(entry->payload())) return Unreadable(entry->kind());
    RETURN_IF_ERROR(body(payload, *entry, effects));
  }
  return effects;
}

absl::Status AddPolicy(const registry::v1::PolicyApplied& event, const ledger::v1::Entry& entry,
                       std::vector<FeedEffect>& effects) {
  PolicyApplied effect;
  effect.policy.version = event.model().document().version();
  ASSIGN_OR_RETURN(effect.policy.effective_at,
                   TimeOr(event.has_effective_at(), event.effective_at(), entry.time()));
  ASSIGN_OR_RETURN(RetentionModel model, ModelFrom(event.model()));
  effect.policy.model = std::make_shared<const RetentionModel>(std::move(model));
  effect.model_bytes = event.model().SerializeAsString();
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

absl::Status AddSources(const registry::v1::SubjectChanged& event,
                        std::vector<FeedEffect>& effects) {
  SourcesChanged effect;
  ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
  for (const registry::v1::SubjectSource& one : event.sources()) {
    PersonSource source{one.source(), absl::UnixEpoch(), std::nullopt};
    ASSIGN_OR_RETURN(source.collected_at, FromProto(one.collected_at(), "collected_at"));
    if (one.has_notice_at()) {
      ASSIGN_OR_RETURN(source.notice_at, FromProto(one.notice_at(), "notice_at"));
    }
    effect.sources.push_back(std::move(source));
  }
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

absl::Status AddRegistry(const registry::v1::RegistryEntry& payload,
                         const ledger::v1::Entry& entry, std::vector<FeedEffect>& effects) {
  switch (payload.event_case()) {
    case registry::v1::RegistryEntry::kPolicyApplied:
      return AddPolicy(payload.policy_applied(), entry, effects);
    case registry::v1::RegistryEntry::kSubjectChanged:
      return AddSources(payload.subject_changed(), effects);
    case registry::v1::RegistryEntry::kSubjectErased: {
      const auto& event = payload.subject_erased();
      SubjectErased effect;
      ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
      ASSIGN_OR_RETURN(effect.at, TimeOr(event.has_at(), event.at(), entry.time()));
      effects.push_back(effect);
      return absl::OkStatus();
    }
    case registry::v1::RegistryEntry::kSubjectsMerged: {
      SubjectsMerged effect;
      ASSIGN_OR_RETURN(effect.survivor,
                       SubjectFrom(payload.subjects_merged().surviving_subject_id()));
      ASSIGN_OR_RETURN(effect.merged,
                       SubjectFrom(payload.subjects_merged().merged_subject_id()));
      effects.push_back(effect);
      return absl::OkStatus();
    }
    default: return absl::OkStatus();
  }
}

absl::Status AddChoice(const consent::v1::ConsentEvent& event, const ledger::v1::Entry& entry,
                       std::vector<FeedEffect>& effects) {
  const bool given =
      event.choice() == consent::v1::CHOICE_GIVEN || event.choice() == consent::v1::CHOICE_RENEWED;
  const bool ended = event.choice() == consent::v1::CHOICE_WITHDRAWN ||
                     event.choice() == consent::v1::CHOICE_INVALIDATED;
  if (!given && !ended) return absl::OkStatus();
  ConsentChanged effect;
  ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
  effect.choice.purpose = event.purpose();
  effect.choice.given = given;
  ASSIGN_OR_RETURN(effect.choice.at, TimeOr(event.has_at(), event.at(), entry.time()));
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

absl::Status AddConsent(const consent::v1::ConsentEntry& payload, const ledger::v1::Entry& entry,
                        std::vector<FeedEffect>& effects) {
  if (payload.has_consent_recorded()) {
    return AddChoice(payload.consent_recorded().event(), entry, effects);
  }
  if (payload.has_objection_recorded()) {
    const consent::v1::Objection& event = payload.objection_recorded().objection();
    ObjectionChanged effect;
    ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
    effect.upheld = event.outcome() == "upheld";
    effect.purposes.assign(event.purposes().begin(), event.purposes().end());
    if (!event.marketing_scope().empty()) {
      effect.purposes.push_back("marketing:" + event.marketing_scope());
    }
    ASSIGN_OR_RETURN(effect.at, event.has_decided_at()
                                    ? FromProto(event.decided_at(), "decided_at")
                                    : TimeOr(event.has_at(), event.at(), entry.time()));
    effects.push_back(std::move(effect));
  } else if (payload.has_suppression_added()) {
    AddressSuppressed effect;
    effect.address_hash = ToHex(payload.suppression_added().address_hash());
    ASSIGN_OR_RETURN(effect.at, FromProto(entry.time(), "time"));
    effects.push_back(std::move(effect));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExecutedErasure> ExecutedFrom(const v1::ExecutedErasure& message,
                                             const ledger::v1::Entry& entry) {
  ExecutedErasure executed{message.system(), message.record_key(), message.data_category(),
                           message.method(), message.count(),      absl::UnixEpoch(),
                           message.verification()};
  ASSIGN_OR_RETURN(executed.executed_at,
                   TimeOr(message.has_executed_at(), message.executed_at(), entry.time()));
  return executed;
}

absl::Status AddExecuted(const requests::v1::ErasureExecuted& event,
                         const ledger::v1::Entry& entry, std::vector<FeedEffect>& effects) {
  ErasureExecuted effect;
  ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
  effect.case_id = event.case_id();
  for (const v1::ExecutedErasure& one : event.executed()) {
    ASSIGN_OR_RETURN(ExecutedErasure executed, ExecutedFrom(one, entry));
    effect.executed.push_back(std::move(executed));
  }
  for (const v1::ErasureResidue& one : event.residue()) {
    effect.residue.push_back(
        {one.system(), one.data_category(), one.code(), one.reference(), one.retain_until()});
  }
  effect.recipients_told.assign(event.recipients_told().begin(), event.recipients_told().end());
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

absl::Status AddRestriction(const requests::v1::RestrictionChanged& event,
                            std::vector<FeedEffect>& effects) {
  static const std::pair<const char*, RestrictionGround> kGrounds[] = {
      {"accuracy", RestrictionGround::kAccuracy},
      {"unlawful", RestrictionGround::kUnlawful},
      {"claims", RestrictionGround::kClaims},
      {"objection_pending", RestrictionGround::kObjectionPending}};
  RestrictionChanged effect;
  ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
  effect.case_id = event.case_id();
  bool known = false;
  for (const auto& [name, ground] : kGrounds) {
    if (event.ground() != name) continue;
    effect.restriction.ground = ground;
    known = true;
  }
  if (!known) return Unreadable("restriction ground");
  ASSIGN_OR_RETURN(effect.restriction.from, FromProto(event.from(), "from"));
  if (event.has_to()) {
    ASSIGN_OR_RETURN(effect.restriction.to, FromProto(event.to(), "to"));
  }
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

absl::Status AddContactEnd(const requests::v1::ContactEnded& event,
                           std::vector<FeedEffect>& effects) {
  ContactEnded effect;
  ASSIGN_OR_RETURN(effect.subject, SubjectFrom(event.subject_id()));
  ASSIGN_OR_RETURN(effect.at, FromProto(event.at(), "at"));
  effects.push_back(effect);
  return absl::OkStatus();
}

absl::Status AddFinished(const requests::v1::DisposalTasksFinished& event,
                         const ledger::v1::Entry& entry, std::vector<FeedEffect>& effects) {
  DisposalFinished effect;
  for (const requests::v1::DisposalResult& one : event.results()) {
    const std::optional<ItemId> item = ItemId::Parse(one.item_id());
    if (!item) return Unreadable("item id");
    ASSIGN_OR_RETURN(ExecutedErasure executed, ExecutedFrom(one.executed(), entry));
    effect.results.push_back({*item, one.done(), std::move(executed), one.failure()});
  }
  effects.push_back(std::move(effect));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<FeedEffect>> RegistryEffects(
    std::span<const ledger::v1::Entry* const> entries) {
  return Effects<registry::v1::RegistryEntry>(entries, AddRegistry);
}

absl::StatusOr<std::vector<FeedEffect>> ConsentEffects(
    std::span<const ledger::v1::Entry* const> entries) {
  return Effects<consent::v1::ConsentEntry>(entries, AddConsent);
}

absl::StatusOr<std::vector<FeedEffect>> RequestsEffects(
    std::span<const ledger::v1::Entry* const> entries) {
  return Effects<requests::v1::RequestsEntry>(
      entries, [](const requests::v1::RequestsEntry& payload, const ledger::v1::Entry& entry,
                  std::vector<FeedEffect>& effects) -> absl::Status {
        if (payload.has_erasure_executed()) {
          return AddExecuted(payload.erasure_executed(), entry, effects);
        }
        if (payload.has_contact_ended()) {
          return AddContactEnd(payload.contact_ended(), effects);
        }
        if (payload.has_restriction_changed()) {
          return AddRestriction(payload.restriction_changed(), effects);
        }
        if (payload.has_disposal_tasks_finished()) {
          return AddFinished(payload.disposal_tasks_finished(), entry, effects);
        }
        return absl::OkStatus();
      });
}

}  // namespace varsam::retention
