// What every step of the SQL adapter stands on: the mapping, the live schema, one transaction.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/connector/adapters/adapter.h"
#include "services/connector/adapters/identify.h"
#include "services/connector/adapters/sql/catalog.h"
#include "services/connector/adapters/sql/database.h"
#include "services/connector/adapters/sql/mapping.h"
#include "services/connector/adapters/sql/sql_text.h"

namespace varsam::connector::sql {

// One row of the subjects table.
struct Record {
  std::vector<std::string> key;
  std::string record_key;
  std::vector<Personal<std::string>> names;  // those that are not null
  std::vector<Identifier> identifiers;       // those that are not null, as they stand
  std::vector<bool> matching;                // beside identifiers
  bool hidden = false;
};

// People, the person included, who must share what stays of an anonymised row or is counted in a
// cell of the statistics.
inline constexpr uint32_t kAnonymousPeopleMin = 5;

inline constexpr int kRecordsMax = 1000;  // more rows for one person is a wrong mapping

struct Work {
  const Mapping& mapping;
  const Catalog& catalog;
  const SqlText& text;
  Database& database;

  absl::StatusOr<TextRows> Query(const std::string& sql, const Values& values) const;
  absl::StatusOr<TextRows> Query(const Built& built, const Record& record) const;
  // What is about no record: the only number of the answer.
  absl::StatusOr<uint32_t> Count(const Built& built) const;
  // Rows touched.
  absl::StatusOr<uint32_t> Change(const Built& built, const Record& record) const;
  // The first column of the only row.
  absl::StatusOr<uint32_t> Count(const Built& built, const Record& record) const;
};

// The number that is the whole answer.
uint32_t CountIn(const TextRows& answer);

// The rows of a person: by the identifiers, by the record keys among them and by `record_keys`.
// RESOURCE_EXHAUSTED TOO_MANY_RECORDS beyond kRecordsMax.
absl::StatusOr<std::vector<Record>> FindRecords(const Work& work, const Identifiers& who,
                                                const std::vector<std::string>& record_keys);

// The category as far as the record key means it: a day's rows, or all.
Category Narrowed(const Mapping& mapping, const Category& category, const std::string& record_key);

// The record keys of this system among the identifiers.
std::vector<std::string> RecordKeysIn(const Identifiers& who, const std::string& system);

// Names and matching identifiers to strike out, the longest first.
std::vector<std::string> NeedlesOf(const Record& record);

absl::StatusOr<Exported> ExportRecords(const Work& work, const Identifiers& who, const Export& ask);
// Writes the cells of the statistics that the person's rows of a place with `aggregate` fall into,
// each once and for everybody in it, where they are people enough.
absl::Status AggregateRows(const Work& work, const Record& record, const Place& place);
// The three below change the transaction and leave the commit to the caller.
absl::StatusOr<Outcome> EraseRecords(const Work& work, const Identifiers& who, const Erase& ask);
absl::StatusOr<Outcome> RectifyRecords(const Work& work, const Identifiers& who,
                                       const Rectify& ask);
absl::StatusOr<Outcome> SwitchRecords(const Work& work, const Identifiers& who,
                                      const std::vector<Switch>& places, bool lift,
                                      const std::vector<std::string>* purposes);
absl::StatusOr<Outcome> VerifyRecords(const Work& work, const Identifiers& who, const Verify& ask);
absl::StatusOr<InventoryPage> ReadInventory(const Work& work, const std::string& after,
                                            int page_rows_max);

}  // namespace varsam::connector::sql
