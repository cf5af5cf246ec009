#include "services/connector/adapters/sql/sql_adapter.h"

#include <set>
#include <utility>

#include "libs/base/status_macros.h"

namespace varsam::connector::sql {

SqlAdapter::SqlAdapter(Mapping mapping, Opener open)
    : mapping_(std::move(mapping)), open_(std::move(open)) {}

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
  if (database_ != nullptr && !database_->broken()) return absl::OkStatus();
  database_.reset();
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, open_());
  ASSIGN_OR_RETURN(catalog_, database->LoadCatalog(mapping_));
  RETURN_IF_ERROR(sql::CheckMapping(mapping_, catalog_));
  digest_ = SchemaDigest(mapping_, catalog_);
  text_ = std::make_unique<SqlText>(mapping_, catalog_, database->dialect());
  database_ = std::move(database);
  return absl::OkStatus();
}

absl::StatusOr<std::string> SqlAdapter::CheckMapping() {
  database_.reset();  // the schema may have changed under a live one
  RETURN_IF_ERROR(Connect());
  return digest_;
}

template <typename Answer, typename Step>
absl::StatusOr<Answer> SqlAdapter::Read(Step&& step) {
  RETURN_IF_ERROR(Connect());
  RETURN_IF_ERROR(database_->Begin(true));
  absl::StatusOr<Answer> answer = step(Work{mapping_, catalog_, *text_, *database_});
  if (!answer.ok()) {
    database_->Rollback();
    return answer;
  }
  RETURN_IF_ERROR(database_->Commit());
  return answer;
}

template <typename Step>
absl::StatusOr<Outcome> SqlAdapter::Write(const CommitGate& gate, Step&& step) {
  RETURN_IF_ERROR(Connect());
  RETURN_IF_ERROR(database_->Begin(false));
  absl::StatusOr<Outcome> outcome = step(Work{mapping_, catalog_, *text_, *database_});
  const bool changes = outcome.ok() && (std::holds_alternative<Done>(*outcome) ||
                                        std::holds_alternative<PartlyKept>(*outcome));
  if (changes) {
    const absl::Status go = gate(*outcome);
    if (go.ok()) {
      RETURN_IF_ERROR(database_->Commit());
      return outcome;
    }
    outcome = go;
  }
  database_->Rollback();
  return outcome;
}

absl::StatusOr<Exported> SqlAdapter::Run(const Identifiers& who, const Export& ask) {
  return Read<Exported>([&](const Work& work) { return ExportRecords(work, who, ask); });
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
  return Read<Outcome>([&](const Work& work) { return VerifyRecords(work, who, ask); });
}

absl::StatusOr<InventoryPage> SqlAdapter::Inventory(const std::string& after, int page_rows_max) {
  return Read<InventoryPage>(
      [&](const Work& work) { return ReadInventory(work, after, page_rows_max); });
}

}  // namespace varsam::connector::sql
