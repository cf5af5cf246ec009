#include "services/connector/adapters/sql/sql_adapter.h"

#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/pg/tx.h"

namespace varsam::connector::sql {

SqlAdapter::SqlAdapter(Mapping mapping, pg::ConnectOptions connect)
    : mapping_(std::move(mapping)), connect_(std::move(connect)) {}

SqlAdapter::~SqlAdapter() = default;

std::vector<Capability> SqlAdapter::Capabilities() const {
  std::vector<std::string> categories, rectifiable;
  for (const Category& category : mapping_.categories) {
    categories.push_back(category.name);
    for (const Place& place : category.places) {
      if (!place.via.empty()) continue;
      rectifiable.push_back(category.name);
      break;
    }
  }
  std::set<IdentifierType> types = {IdentifierType::kRecordKey};
  for (const SubjectIdentifier& identifier : mapping_.subjects.identifiers) {
    if (identifier.match) types.insert(identifier.type);
  }
  const std::vector<IdentifierType> by(types.begin(), types.end());
  std::vector<Capability> all = {{"EXPORT", categories, by},
                                 {"ERASE", categories, by},
                                 {"VERIFY", categories, by},
                                 {"RECTIFY", rectifiable, by}};
  if (!mapping_.restrict_places.empty()) {
    all.push_back({"RESTRICT", {}, by});
    all.push_back({"LIFT_RESTRICTION", {}, by});
  }
  if (!mapping_.stop_places.empty()) all.push_back({"STOP_PROCESSING", {}, by});
  return all;
}

absl::Status SqlAdapter::Connect() {
  if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
  connection_.reset();
  ASSIGN_OR_RETURN(std::unique_ptr<pg::Connection> connection, pg::Connection::Open(connect_));
  ASSIGN_OR_RETURN(catalog_, LoadCatalog(*connection, mapping_));
  RETURN_IF_ERROR(sql::CheckMapping(mapping_, catalog_));
  digest_ = SchemaDigest(mapping_, catalog_);
  text_ = std::make_unique<SqlText>(mapping_, catalog_);
  connection_ = std::move(connection);
  return absl::OkStatus();
}

absl::StatusOr<std::string> SqlAdapter::CheckMapping() {
  connection_.reset();  // the schema may have changed under a live one
  RETURN_IF_ERROR(Connect());
  return digest_;
}

absl::StatusOr<Exported> SqlAdapter::Run(const Identifiers& who, const Export& ask) {
  RETURN_IF_ERROR(Connect());
  pg::Tx tx(*connection_, pg::TxKind::kSnapshot);
  ASSIGN_OR_RETURN(Exported exported,
                   ExportRecords({mapping_, catalog_, *text_, book_, tx}, who, ask));
  RETURN_IF_ERROR(tx.Commit());
  return exported;
}

template <typename Step>
absl::StatusOr<Outcome> SqlAdapter::Write(const CommitGate& gate, Step&& step) {
  RETURN_IF_ERROR(Connect());
  pg::Tx tx(*connection_);
  ASSIGN_OR_RETURN(Outcome outcome, step(Work{mapping_, catalog_, *text_, book_, tx}));
  const bool changes =
      std::holds_alternative<Done>(outcome) || std::holds_alternative<PartlyKept>(outcome);
  if (!changes) return outcome;  // rolled back with tx
  RETURN_IF_ERROR(gate(outcome));
  RETURN_IF_ERROR(tx.Commit());
  return outcome;
}

absl::StatusOr<Outcome> SqlAdapter::Run(const Identifiers& who, const Rectify& ask,
                                        const CommitGate& gate) {
  return Write(gate, [&](const Work& work) { return RectifyRecords(work, who, ask); });
}

absl::StatusOr<Outcome> SqlAdapter::Run(const Identifiers& who, const Restrict& ask,
                                        const CommitGate& gate) {
  return Write(gate, [&](const Work& work) {
    return SwitchRecords(work, who, mapping_.restrict_places, ask.lift, nullptr);
  });
}

absl::StatusOr<Outcome> SqlAdapter::Run(const Identifiers& who, const StopProcessing& ask,
                                        const CommitGate& gate) {
  return Write(gate, [&](const Work& work) {
    return SwitchRecords(work, who, mapping_.stop_places, false, &ask.purposes);
  });
}

absl::StatusOr<Outcome> SqlAdapter::Run(const Identifiers& who, const Erase& ask,
                                        const CommitGate& gate) {
  return Write(gate, [&](const Work& work) { return EraseRecords(work, who, ask); });
}

absl::StatusOr<Outcome> SqlAdapter::Run(const Identifiers& who, const Verify& ask) {
  RETURN_IF_ERROR(Connect());
  pg::Tx tx(*connection_, pg::TxKind::kSnapshot);
  ASSIGN_OR_RETURN(Outcome outcome,
                   VerifyRecords({mapping_, catalog_, *text_, book_, tx}, who, ask));
  RETURN_IF_ERROR(tx.Commit());
  return outcome;
}

absl::StatusOr<InventoryPage> SqlAdapter::Inventory(const std::string& after, int page_rows_max) {
  RETURN_IF_ERROR(Connect());
  pg::Tx tx(*connection_, pg::TxKind::kSnapshot);
  ASSIGN_OR_RETURN(InventoryPage page,
                   ReadInventory({mapping_, catalog_, *text_, book_, tx}, after, page_rows_max));
  RETURN_IF_ERROR(tx.Commit());
  return page;
}

}  // namespace varsam::connector::sql
