#include "services/retention/rpc/convert_responses.h"

#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/convert_reviews.h"
#include "varsam/retention/v1/retention_service.pb.h"

namespace varsam::retention {
namespace {

template <typename Response>
void SetPosition(const journal::Position& position, Response& response) {
  if (position.entry_count == 0) return;
  response.mutable_position()->set_origin("varsam/retention");
  response.mutable_position()->set_index(position.first_index);
}

}  // namespace

std::string RenderSignals(const RecordSignalsOutcome& outcome, const journal::Position& position) {
  v1::RecordSignalsResponse response;
  response.set_recorded(outcome.recorded);
  SetPosition(position, response);
  return response.SerializeAsString();
}

std::string RenderErasurePlan(const GrantErasureOutcome& outcome, const journal::Position&) {
  v1::PlanErasureResponse response;
  for (const ErasureDecision& one : outcome.decisions) ToProto(one, response.add_decisions());
  response.set_backup_clear_by(outcome.backup_clear_by.ToString());
  return response.SerializeAsString();
}

std::string RenderHold(const HoldOutcome& outcome, const journal::Position& position) {
  v1::PlaceHoldResponse response;
  ToProto(outcome.hold, response.mutable_hold());
  SetPosition(position, response);
  return response.SerializeAsString();
}

std::string RenderRun(const RunDisposalOutcome& outcome, const journal::Position&) {
  v1::RunDisposalResponse response;
  ToProto(outcome.run, response.mutable_run());
  return response.SerializeAsString();
}

// One shape for both: OpenReviewResponse and SignReviewResponse hold a review in field 1.
std::string RenderReview(const ReviewOutcome& outcome, absl::Time now) {
  v1::OpenReviewResponse response;
  ToProto(outcome.review, now, response.mutable_review());
  return response.SerializeAsString();
}

std::string RenderCancelled(const CancelDisposalRunOutcome& outcome, const journal::Position&) {
  v1::CancelDisposalRunResponse response;
  ToProto(outcome.run, response.mutable_run());
  response.set_cancelled(static_cast<uint32_t>(outcome.items.size()));
  return response.SerializeAsString();
}

std::string RenderBackup(const BackupOutcome& outcome, const journal::Position&) {
  v1::RegisterBackupResponse response;
  ToProto(outcome.backup, response.mutable_backup());
  return response.SerializeAsString();
}

}  // namespace varsam::retention
