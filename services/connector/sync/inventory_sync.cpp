#include "services/connector/sync/inventory_sync.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"
#include "services/connector/agent/convert.h"
#include "services/connector/digest.h"

namespace varsam::connector {
namespace {

constexpr absl::Duration kWriteTime = absl::Seconds(25);

// A UUID of version 8 (RFC 9562: of our own making) over the content and the day.
std::string RequestIdFor(const google::protobuf::Message& content, absl::Time now) {
  std::string bytes = absl::FormatTime("%Y-%m-%d", now, absl::UTCTimeZone());
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content.SerializeToCodedStream(&coded);
  }
  std::string digest = Sha256(bytes).substr(0, 16);
  digest[6] = static_cast<char>((digest[6] & 0x0F) | 0x80);
  digest[8] = static_cast<char>((digest[8] & 0x3F) | 0x80);
  return Uuid::FromBytes(digest)->ToString();
}

void Count(const std::string& outcome, SyncReport& report, std::map<std::string, int>& held) {
  if (outcome == "CREATED") {
    ++report.created;
  } else if (outcome == "MATCHED") {
    ++report.matched;
  } else {
    ++report.held;
    ++held[outcome];
  }
}

}  // namespace

InventorySync::InventorySync(const std::shared_ptr<grpc::Channel>& registry,
                             const std::shared_ptr<grpc::Channel>& retention, const Clock& clock)
    : registry_(registry::v1::RegistryService::NewStub(registry)),
      retention_(retention::v1::RetentionService::NewStub(retention)),
      clock_(clock) {}

absl::StatusOr<std::string> InventorySync::SyncPage(Adapter& adapter, const std::string& after,
                                                    SyncReport& report) {
  const absl::Time read_at = clock_.Now();
  ASSIGN_OR_RETURN(const InventoryPage page, adapter.Inventory(after, kSyncPageRows));
  report.faults += page.faults.size();
  for (const std::string& fault : page.faults) {
    obs::Log(obs::Level::kWarn, "value_without_meaning",
             {obs::F("system", adapter.system()), obs::F("record", fault)});
  }
  registry::v1::ImportSubjectsRequest import;
  std::vector<const InventoryRow*> rows;
  for (const InventoryRow& row : page.rows) {
    // Nobody can be told by a row without identifiers: what an erasure has left behind.
    if (row.subject.identifiers.empty()) continue;
    registry::v1::ImportRow* one = import.add_rows();
    *one = ToImportRow(row.subject, adapter.system());
    one->set_row_id(absl::StrCat(rows.size()));
    rows.push_back(&row);
  }
  report.read += rows.size();
  if (rows.empty()) return page.next;
  import.set_request_id(RequestIdFor(import, clock_.Now()));
  registry::v1::ImportSubjectsResponse imported;
  RETURN_IF_ERROR(rpc::FromGrpc(registry_->ImportSubjects(
      rpc::NewContext({.deadline = SystemClock().Now() + kWriteTime}).get(), import, &imported)));

  retention::v1::RecordSignalsRequest signals;
  std::map<std::string, int> held;
  for (const registry::v1::ImportResult& result : imported.results()) {
    Count(result.outcome(), report, held);
    size_t at = 0;
    if (result.subject_id().empty() || !absl::SimpleAtoi(result.row_id(), &at) ||
        at >= rows.size()) {
      continue;
    }
    for (const InventoryRecord& record : rows[at]->records) {
      *signals.add_signals() =
          ToSignal(record, rows[at]->subject, result.subject_id(), adapter.system(), read_at);
    }
  }
  for (const auto& [outcome, count] : held) {
    obs::Log(
        obs::Level::kWarn, "rows_held",
        {obs::F("system", adapter.system()), obs::F("outcome", outcome), obs::F("rows", count)});
  }
  if (signals.signals().empty()) return page.next;
  signals.set_request_id(RequestIdFor(signals, clock_.Now()));
  retention::v1::RecordSignalsResponse recorded;
  RETURN_IF_ERROR(rpc::FromGrpc(retention_->RecordSignals(
      rpc::NewContext({.deadline = SystemClock().Now() + kWriteTime}).get(), signals, &recorded)));
  report.signals += static_cast<uint64_t>(signals.signals_size());
  return page.next;
}

absl::StatusOr<SyncReport> InventorySync::SyncAll(Adapter& adapter) {
  SyncReport report;
  std::string after;
  do {
    ASSIGN_OR_RETURN(after, SyncPage(adapter, after, report));
  } while (!after.empty());
  return report;
}

}  // namespace varsam::connector
