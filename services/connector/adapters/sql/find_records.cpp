#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/vault/normalise.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/redact.h"
#include "services/connector/adapters/sql/work.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

std::string Trimmed(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(ToAbsl(text)));
}

// Only personnummer needs the year, and no mapping matches on it.
constexpr int kNoYear = 0;

Record RecordOf(const Mapping& mapping, const pg::Row& row) {
  const Subjects& subjects = mapping.subjects;
  Record record;
  int at = 0;
  for (size_t i = 0; i < subjects.key.size(); ++i) record.key.emplace_back(row.Text(at++));
  record.record_key = RecordKeyOf(record.key);
  for (size_t i = 0; i < subjects.names.size(); ++i, ++at) {
    if (!row.IsNull(at)) record.names.emplace_back(std::string(row.Text(at)));
  }
  for (const SubjectIdentifier& identifier : subjects.identifiers) {
    const std::optional<std::string_view> value = row.OptionalText(at++);
    if (!value || Trimmed(*value).empty()) continue;
    record.identifiers.push_back({identifier.type, Personal<std::string>(Trimmed(*value)), ""});
    record.matching.push_back(identifier.match);
  }
  record.hidden = row.Bool(at);
  return record;
}

}  // namespace

const pg::Statement& StatementBook::Of(const std::string& sql) {
  std::unique_ptr<Entry>& entry = entries_[sql];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    entry->name = absl::StrCat("mapped_", ToHex(Sha256(sql)).substr(0, 32));
    entry->sql = sql;
    entry->statement = {entry->name.c_str(), entry->sql.c_str()};
  }
  return entry->statement;
}

absl::StatusOr<pg::Rows> Work::Query(const std::string& sql, const pg::Params& params) const {
  return tx.Query(book.Of(sql), params);
}

absl::StatusOr<pg::Rows> Work::Query(const Built& built, const Record& record) const {
  return Query(built.sql, Bind(record.key, built.extras));
}

absl::StatusOr<uint32_t> Work::Change(const Built& built, const Record& record) const {
  ASSIGN_OR_RETURN(const pg::Rows rows, Query(built, record));
  return static_cast<uint32_t>(rows.affected());
}

absl::StatusOr<uint32_t> Work::Count(const Built& built, const Record& record) const {
  ASSIGN_OR_RETURN(const pg::Rows rows, Query(built, record));
  return static_cast<uint32_t>(rows.Only().Int64(0));
}

std::vector<std::string> NormalisedValues(const Identifiers& who, IdentifierType type) {
  std::vector<std::string> values;
  for (const Identifier& identifier : who) {
    if (identifier.type != type) continue;
    absl::StatusOr<std::string> normal = vault::Normalise(static_cast<vault::IdentifierType>(type),
                                                          identifier.value.Reveal(), kNoYear);
    if (!normal.ok()) continue;
    if (type == IdentifierType::kPhone && normal->starts_with("+")) normal->erase(0, 1);
    values.push_back(*std::move(normal));
  }
  return values;
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
  pg::Params params;
  params.Texts(NormalisedValues(who, IdentifierType::kEmail))
      .Texts(NormalisedValues(who, IdentifierType::kPhone))
      .Texts(NormalisedValues(who, IdentifierType::kCustomerNumber))
      .Texts(NormalisedValues(who, IdentifierType::kEmployeeNumber));
  for (const std::vector<std::string>& column : columns) params.Texts(column);
  ASSIGN_OR_RETURN(const pg::Rows rows, work.Query(work.text.FindRows(kRecordsMax + 1), params));
  if (rows.size() > kRecordsMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "TOO_MANY_RECORDS",
                           absl::StrCat("more than ", kRecordsMax, " rows match one person"));
  }
  std::vector<Record> records;
  for (const pg::Row row : rows) records.push_back(RecordOf(work.mapping, row));
  return records;
}

}  // namespace varsam::connector::sql
