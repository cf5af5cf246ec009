#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/redact.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {
namespace {

std::string Trimmed(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(ToAbsl(text)));
}

Record RecordOf(const Mapping& mapping, const TextRow& row) {
  const Subjects& subjects = mapping.subjects;
  Record record;
  size_t at = 0;
  for (size_t i = 0; i < subjects.key.size(); ++i) record.key.push_back(row[at++].value_or(""));
  record.record_key = RecordKeyOf(record.key);
  for (size_t i = 0; i < subjects.names.size(); ++i, ++at) {
    if (row[at]) record.names.emplace_back(*row[at]);
  }
  for (const SubjectIdentifier& identifier : subjects.identifiers) {
    const std::optional<std::string>& value = row[at++];
    if (!value || Trimmed(*value).empty()) continue;
    record.identifiers.push_back({identifier.type, Personal<std::string>(Trimmed(*value)), ""});
    record.matching.push_back(identifier.match);
  }
  record.hidden = row[at] == "1";
  return record;
}

}  // namespace

absl::StatusOr<TextRows> Work::Query(const std::string& sql, const Values& values) const {
  return database.Query(sql, values);
}

absl::StatusOr<TextRows> Work::Query(const Built& built, const Record& record) const {
  return Query(built.sql, Bind(record.key, built.extras));
}

absl::StatusOr<uint32_t> Work::Change(const Built& built, const Record& record) const {
  ASSIGN_OR_RETURN(const TextRows rows, Query(built, record));
  return static_cast<uint32_t>(rows.affected);
}

absl::StatusOr<uint32_t> Work::Count(const Built& built, const Record& record) const {
  ASSIGN_OR_RETURN(const TextRows rows, Query(built, record));
  return CountIn(rows);
}

absl::StatusOr<uint32_t> Work::Count(const Built& built) const {
  ASSIGN_OR_RETURN(const TextRows rows, Query(built.sql, built.extras));
  return CountIn(rows);
}

Category Narrowed(const Mapping& mapping, const Category& category, const std::string& record_key) {
  Category narrowed = category;
  const std::string day = DayOfGroup(record_key);
  if (day.empty()) return narrowed;
  for (const Signal& signal : mapping.signals) {
    if (!signal.per_day || signal.categories[0] != category.name) continue;
    for (Place& place : narrowed.places) place.day = {signal.column, day};
  }
  return narrowed;
}

uint32_t CountIn(const TextRows& answer) {
  uint32_t count = 0;
  const bool good = answer.rows.size() == 1 && answer.rows[0].size() == 1 && answer.rows[0][0] &&
                    absl::SimpleAtoi(*answer.rows[0][0], &count);
  VARSAM_CHECK(good) << "want one row with one number";
  return count;
}

std::vector<std::string> RecordKeysIn(const Identifiers& who, const std::string& system) {
  std::vector<std::string> keys;
  for (const Identifier& identifier : who) {
    if (identifier.type == IdentifierType::kRecordKey && identifier.system == system) {
      keys.push_back(identifier.value.Reveal());
    }
  }
  return keys;
}

std::vector<std::string> NeedlesOf(const Record& record) {
  std::vector<std::string> needles, names;
  for (const Personal<std::string>& name : record.names) names.push_back(Trimmed(name.Reveal()));
  if (names.size() > 1) needles.push_back(absl::StrJoin(names, " "));
  needles.insert(needles.end(), names.begin(), names.end());
  for (size_t i = 0; i < record.identifiers.size(); ++i) {
    if (record.matching[i]) needles.push_back(Trimmed(record.identifiers[i].value.Reveal()));
  }
  std::erase_if(needles, [](const std::string& text) { return text.size() < kNeedleBytesMin; });
  std::ranges::stable_sort(
      needles, [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return needles;
}

absl::StatusOr<std::vector<Record>> FindRecords(const Work& work, const Identifiers& who,
                                                const std::vector<std::string>& record_keys) {
  std::vector<std::string> keys = RecordKeysIn(who, work.mapping.system);
  keys.insert(keys.end(), record_keys.begin(), record_keys.end());
  const size_t parts = work.mapping.subjects.key.size();
  std::vector<std::vector<std::string>> columns(parts);
  for (const std::string& key : keys) {
    const auto split = KeyParts(key, parts);
    if (!split) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "RECORD_KEY",
                             absl::StrCat("a record key of system ", work.mapping.system,
                                          " does not have ", parts, " parts"));
    }
    for (size_t i = 0; i < parts; ++i) columns[i].push_back((*split)[i]);
  }
  Values values = {NormalisedValues(who, IdentifierType::kEmail),
                   NormalisedValues(who, IdentifierType::kPhone),
                   NormalisedValues(who, IdentifierType::kCustomerNumber),
                   NormalisedValues(who, IdentifierType::kEmployeeNumber)};
  for (std::vector<std::string>& column : columns) values.emplace_back(std::move(column));
  ASSIGN_OR_RETURN(const TextRows found, work.Query(work.text.FindRows(kRecordsMax + 1), values));
  if (found.rows.size() > kRecordsMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "TOO_MANY_RECORDS",
                           absl::StrCat("more than ", kRecordsMax, " rows match one person"));
  }
  std::vector<Record> records;
  for (const TextRow& row : found.rows) records.push_back(RecordOf(work.mapping, row));
  return records;
}

}  // namespace varsam::connector::sql
