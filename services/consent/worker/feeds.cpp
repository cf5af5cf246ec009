#include "services/consent/worker/feeds.h"

#include "libs/base/status_macros.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

absl::Time TimeOf(const ledger::v1::Entry& entry) {
  return absl::FromUnixMicros(entry.time().seconds() * 1'000'000 + entry.time().nanos() / 1000);
}

}  // namespace

Feeds::Feeds(const FeedChannels& channels, DecisionTable& table, ChangeHub& hub,
             obs::Metrics& metrics)
    : table_(table),
      hub_(hub),
      builder_(table.names()),
      registry_(
          {.name = "registry",
           .kinds = {"policy_applied", "notice_published", "assessment_recorded",
                     "processor_agreement_recorded", "subject_changed", "subject_erased",
                     "subjects_merged"}},
          channels.registry, 0,
          [this](const client::FeedBatch& batch) { return ApplyRegistry(batch); }, metrics),
      requests_(
          {.name = "requests", .kinds = {"restriction_changed"}}, channels.requests, 0,
          [this](const client::FeedBatch& batch) {
            return ApplyEach(batch, ChangeSource::kRequests, ApplyRequestsEntry);
          },
          metrics),
      retention_(
          {.name = "retention",
           .kinds = {"limits_changed", "signals_recorded", "hold_placed", "hold_released"}},
          channels.retention, 0,
          [this](const client::FeedBatch& batch) {
            return ApplyEach(batch, ChangeSource::kRetention, ApplyRetentionEntry);
          },
          metrics) {}

Feeds::~Feeds() { Stop(); }

void Feeds::Start() {
  registry_.Start();
  requests_.Start();
  retention_.Start();
}

void Feeds::Stop() {
  registry_.Stop();
  requests_.Stop();
  retention_.Stop();
}

template <typename Apply>
absl::Status Feeds::ApplyEach(const client::FeedBatch& batch, ChangeSource source, Apply apply) {
  hub_.Reach(source, batch.next_cursor);
  for (const ledger::v1::Entry* entry : batch.entries) {
    if (!entry->erased()) RETURN_IF_ERROR(apply(entry->payload(), TimeOf(*entry), table_));
  }
  hub_.Flush(source, batch.next_cursor);
  return absl::OkStatus();
}

absl::Status Feeds::ApplyRegistry(const client::FeedBatch& batch) {
  bool changed = false;
  hub_.Reach(ChangeSource::kRegistry, batch.next_cursor);
  for (const ledger::v1::Entry* entry : batch.entries) {
    // A batch that failed halfway comes again; the catalogue takes each entry once.
    if (entry->index() < registry_next_) continue;
    if (!entry->erased()) {
      RETURN_IF_ERROR(
          ApplyRegistryEntry(entry->payload(), TimeOf(*entry), builder_, table_, changed));
    }
    registry_next_ = entry->index() + 1;
  }
  if (changed) table_.SetCatalogue(builder_.Snapshot());
  hub_.Flush(ChangeSource::kRegistry, batch.next_cursor);
  return absl::OkStatus();
}

void Feeds::Look() {
  const std::pair<const client::Feed*, FeedSource> feeds[] = {
      {&registry_, FeedSource::kRegistry},
      {&requests_, FeedSource::kRequests},
      {&retention_, FeedSource::kRetention}};
  for (const auto& [feed, source] : feeds) {
    if (feed->caught_up() && !table_.has_read(source)) table_.SetRead(source);
  }
}

}  // namespace varsam::consent
