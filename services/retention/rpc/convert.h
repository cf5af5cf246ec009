// The border between the messages of retention and its domain. Errors are INVALID_FIELD naming the
// field and its bound.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/retention/domain/apply_feed.h"
#include "services/retention/domain/grant_erasure.h"
#include "services/retention/domain/place_hold.h"
#include "services/retention/domain/run_disposal.h"
#include "services/retention/store/retention_store.h"
#include "varsam/common/v1/common.pb.h"
#include "varsam/registry/v1/policy.pb.h"
#include "varsam/retention/v1/retention.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::retention {

inline constexpr int kSignalCategoriesMax = 64;
inline constexpr int kSignalEventsMax = 256;
inline constexpr int kNameBytesMax = 100;
inline constexpr int kRecordKeyBytesMax = 200;

void ToProto(absl::Time at, google::protobuf::Timestamp* to);
// INVALID_FIELD outside 1900..9999.
absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& at,
                                     std::string_view field);
std::string DayText(const std::optional<calendar::LocalDay>& day);
// nullopt for an empty text.
absl::StatusOr<std::optional<calendar::LocalDay>> DayFrom(const std::string& text,
                                                          std::string_view field);

absl::StatusOr<Signal> FromProto(const v1::RecordSignal& message, const std::string& field);
absl::StatusOr<varsam::retention::PlaceHold> HoldFrom(const v1::Hold& message);

void ToProto(const Hold& from, v1::Hold* to);
void ToProto(const DisposalItem& from, v1::DisposalItem* to);
void ToProto(const DisposalRun& from, v1::DisposalRun* to);
void ToProto(const ErasureDecision& from, v1::ErasureDecision* to);
void ToProto(const RetentionStep& from, common::v1::ExplainedStep* to);
// The answer for one field as of an instant.
void ToProto(const FieldKey& key, const RetentionAnswer& answer, v1::FieldRetention* to);
void ToProto(const ReplayFact& from, v1::ReplayItem* to);
void ToProto(const Backup& from, v1::Backup* to);
void ToProto(const BackupHealth& from, v1::BackupHealth* to);
absl::StatusOr<Backup> FromProto(const v1::Backup& message);
void ToProto(const Certificate& from, v1::Certificate* to);
void ToProto(const PersonLimits& from, v1::SubjectLimits* to);

// The record of a certificate's document: protobuf JSON of the certificate.
std::string RecordOf(const Certificate& certificate);
// DATA_LOSS when the stored record does not read.
absl::Status FromRecord(const StoredCertificate& stored, v1::Certificate* to);

// The rules of a policy model (registry.v1.PolicyModel).
absl::StatusOr<RetentionModel> ModelFrom(const registry::v1::PolicyModel& message);
absl::StatusOr<RetentionModel> ModelFromBytes(std::string_view bytes);

}  // namespace varsam::retention
