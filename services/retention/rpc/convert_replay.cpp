#include "services/retention/rpc/convert_replay.h"

#include "services/retention/rpc/convert.h"
#include "varsam/consent/v1/consent_entry.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::retention {
namespace {

RestoredRow HoldOf(const v1::Hold& message) {
  absl::StatusOr<PlaceHold> ask = HoldFrom(message);
  const std::optional<HoldId> id = HoldId::Parse(message.id());
  const absl::StatusOr<absl::Time> set_at = FromProto(message.set_at(), "set_at");
  if (!ask.ok() || !id || !set_at.ok() || !ask->review_by) return {};
  Hold hold = std::move(ask->hold);
  hold.id = *id;
  hold.set_at = *set_at;
  hold.review_by = *ask->review_by;
  if (message.has_released_at()) {
    const absl::StatusOr<absl::Time> released = FromProto(message.released_at(), "released_at");
    if (!released.ok()) return {};
    hold.released_at = *released;
  }
  return hold;
}

RestoredRow BackupOf(const v1::BackupRegistered& message) {
  absl::StatusOr<Backup> backup = FromProto(message.backup());
  const absl::StatusOr<absl::Time> at = FromProto(message.registered_at(), "registered_at");
  if (!backup.ok() || !at.ok()) return {};
  backup->registered_at = *at;
  return *std::move(backup);
}

}  // namespace

std::vector<std::string> ProtectiveKinds(const std::string& ledger) {
  if (ledger == "registry") return {"subject_erased"};
  if (ledger == "consent") {
    return {"consent_recorded", "objection_recorded", "preferences_changed", "suppression_added",
            "subjects_linked",  "proofs_forgotten",   "suppression_reviewed"};
  }
  if (ledger == "requests") return {"erasure_executed", "restriction_changed"};
  return {"hold_placed", "hold_released", "backup_registered"};
}

bool Protects(const std::string& kind, const std::string& payload) {
  if (kind != "consent_recorded") return true;
  consent::v1::ConsentEntry entry;
  // What does not read is kept: the service that wrote it will read it.
  if (!entry.ParseFromString(payload)) return true;
  switch (entry.consent_recorded().event().choice()) {
    case consent::v1::CHOICE_REQUESTED:
    case consent::v1::CHOICE_GIVEN:
    case consent::v1::CHOICE_RENEWED:
      return false;
    default:
      return true;
  }
}

RestoredRow RestoredRowOf(const std::string& payload) {
  v1::RetentionEntry entry;
  if (!entry.ParseFromString(payload)) return {};
  if (entry.has_hold_placed()) return HoldOf(entry.hold_placed().hold());
  if (entry.has_hold_released()) return HoldOf(entry.hold_released().hold());
  if (entry.has_backup_registered()) return BackupOf(entry.backup_registered());
  return {};
}

}  // namespace varsam::retention
