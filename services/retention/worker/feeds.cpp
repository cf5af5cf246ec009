#include "services/retention/worker/feeds.h"

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/rpc/convert_feeds.h"

namespace varsam::retention {
namespace {

std::vector<std::string> KindsOf(const std::string& name) {
  if (name == "registry") {
    return {"policy_applied", "subject_changed", "subject_erased", "subjects_merged"};
  }
  if (name == "consent") return {"consent_recorded", "objection_recorded", "suppression_added"};
  return {"erasure_executed", "restriction_changed", "disposal_tasks_finished",
          "contact_ended"};
}

absl::StatusOr<std::vector<FeedEffect>> EffectsOf(
    const std::string& name, std::span<const ledger::v1::Entry* const> entries) {
  if (name == "registry") return RegistryEffects(entries);
  if (name == "consent") return ConsentEffects(entries);
  return RequestsEffects(entries);
}

}  // namespace

Feeds::Feeds(const std::vector<FeedSource>& sources, ApplyAsk apply, obs::Metrics& metrics)
    : apply_(std::move(apply)) {
  for (const FeedSource& source : sources) {
    feeds_.emplace_back(
        source.name,
        std::make_unique<client::Feed>(
            client::FeedConfig{.name = source.name, .kinds = KindsOf(source.name)},
            source.channel, source.cursor,
            [this, name = source.name](const client::FeedBatch& batch) {
              return Apply(name, batch);
            },
            metrics));
  }
}

absl::Status Feeds::Apply(const std::string& name, const client::FeedBatch& batch) {
  // A cursor that only moves over foreign kinds is not worth a commit.
  if (batch.entries.empty()) return absl::OkStatus();
  ApplyFeed ask{name, batch.next_cursor, {}};
  ASSIGN_OR_RETURN(ask.effects, EffectsOf(name, batch.entries));
  return apply_(std::move(ask));
}

void Feeds::Start() {
  for (auto& [name, feed] : feeds_) feed->Start();
}

void Feeds::Stop() {
  for (auto& [name, feed] : feeds_) feed->Stop();
}

absl::Status Feeds::Ready() const {
  for (const auto& [name, feed] : feeds_) {
    if (feed->caught_up()) continue;
    return RetryLater(absl::StatusCode::kUnavailable, "FEEDS_BEHIND",
                      absl::StrCat("the ledger of ", name, " has not been read to its end yet"),
                      absl::Seconds(1));
  }
  return absl::OkStatus();
}

uint64_t Feeds::cursor(const std::string& name) const {
  for (const auto& [known, feed] : feeds_) {
    if (known == name) return feed->cursor();
  }
  return 0;
}

}  // namespace varsam::retention
