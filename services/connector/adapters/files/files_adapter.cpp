#include "services/connector/adapters/files/files_adapter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/files/csv_rows.h"
#include "services/connector/adapters/files/staged_changes.h"
#include "services/connector/adapters/files/tree.h"
#include "services/connector/adapters/identify.h"
#include "services/connector/adapters/redact.h"
#include "services/connector/digest.h"

namespace varsam::connector::files {
namespace {

using Json = nlohmann::ordered_json;

constexpr IdentifierType kTypes[] = {IdentifierType::kEmail, IdentifierType::kPhone,
                                     IdentifierType::kCustomerNumber,
                                     IdentifierType::kEmployeeNumber};
constexpr size_t kSearchBytesMin = 4;  // a shorter text is found everywhere

bool IsValueOf(const Identifiers& who, IdentifierType type, const std::string& cell) {
  const auto one = NormalisedValues({{type, Personal<std::string>(cell), ""}}, type);
  if (one.empty()) return false;
  const auto wanted = NormalisedValues(who, type);
  return std::ranges::find(wanted, one[0]) != wanted.end();
}

// A name for the file that says nothing about the person in its path.
std::string RecordKeyOf(const std::string& path) {
  return absl::StrCat("f/", ToHex(Sha256(path)).substr(0, 16));
}

Json FieldsOf(const std::string& path, const std::string& content) {
  Json fields = {{"path", path}, {"bytes", content.size()}};
  if (IsCleanUtf8(content)) {
    fields["text"] = content;
  } else {
    fields["base64"] = absl::Base64Escape(content);
  }
  return fields;
}

Json RowOf(const std::vector<CsvRecord>& table, size_t row) {
  Json fields = Json::object();
  for (size_t i = 0; i < table[row].cells.size() && i < table[0].cells.size(); ++i) {
    fields[table[0].cells[i]] = table[row].cells[i];
  }
  return fields;
}

std::string WithoutRows(const std::string& content, const std::vector<CsvRecord>& table,
                        const std::vector<size_t>& rows) {
  std::string rest = content;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    rest.erase(table[*row].begin, table[*row].end - table[*row].begin);
  }
  return rest;
}

// As a word of its own: "1001" does not stand in "21001".
bool StandsIn(const std::string& text, const std::string& value) {
  const auto word = [&](size_t at) {
    return at < text.size() && absl::ascii_isalnum(static_cast<unsigned char>(text[at]));
  };
  for (size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 1)) {
    if (!(at > 0 && word(at - 1)) && !word(at + value.size())) return true;
  }
  return false;
}

absl::Status Mismatch(const std::string& what) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "MAPPING_MISMATCH", what);
}

template <typename Item>
const Item* ItemFor(const std::vector<Item>& items, const std::string& category,
                    const std::string& record_key) {
  for (const Item& item : items) {
    const bool record = item.record_key.empty() || item.record_key == record_key;
    if (item.data_category == category && record) return &item;
  }
  return nullptr;
}

}  // namespace

std::vector<Capability> FilesAdapter::Capabilities() const {
  std::set<std::string> categories;
  std::set<IdentifierType> types = {IdentifierType::kEmail, IdentifierType::kPhone};
  for (const Rule& rule : rules_.rules) {
    categories.insert(rule.category);
    if (rule.rows) types.insert(rule.rows->type);
  }
  if (rules_.people) {
    for (const auto& [column, type] : rules_.people->identifiers) types.insert(type);
  }
  const std::vector<std::string> all(categories.begin(), categories.end());
  const std::vector<IdentifierType> by(types.begin(), types.end());
  return {{"EXPORT", all, by}, {"ERASE", all, by}, {"VERIFY", all, by}};
}

const Rule* FilesAdapter::RuleFor(const std::string& path) const {
  for (const Rule& rule : rules_.rules) {
    if (Fits(rule, path, nullptr)) return &rule;
  }
  return nullptr;
}

absl::StatusOr<std::string> FilesAdapter::CheckMapping() {
  RETURN_IF_ERROR(StagedChanges(root_).Recover());
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(root_));
  std::string shape = rules_.text_sha256;
  if (rules_.people) {
    ASSIGN_OR_RETURN(const std::string content, ReadFile(root_, rules_.people->path));
    const auto table = ReadCsv(content, rules_.people->separator);
    for (const auto& [column, type] : rules_.people->identifiers) {
      if (!ColumnOf(table, column)) return Mismatch("people: no column " + column);
    }
    for (const std::string& name : rules_.people->names) {
      if (!ColumnOf(table, name)) return Mismatch("people: no column " + name);
    }
  }
  for (const std::string& path : paths) {
    const Rule* const rule = RuleFor(path);
    if (rule == nullptr || !rule->rows) continue;
    ASSIGN_OR_RETURN(const std::string content, ReadFile(root_, path));
    const auto table = ReadCsv(content, rule->rows->separator);
    if (table.empty()) continue;
    if (!ColumnOf(table, rule->rows->column)) {
      return Mismatch(absl::StrCat(rule->pattern, ": no column ", rule->rows->column));
    }
    for (const std::string& cell : table[0].cells) absl::StrAppend(&shape, cell, "\n");
  }
  return Sha256(shape);
}

absl::StatusOr<FilesAdapter::Person> FilesAdapter::WhoIs(const Identifiers& who) const {
  Person person{who, {}};
  if (!rules_.people) return person;
  ASSIGN_OR_RETURN(const std::string content, ReadFile(root_, rules_.people->path));
  const auto table = ReadCsv(content, rules_.people->separator);
  for (size_t row = 1; row < table.size(); ++row) {
    const auto cell = [&](const std::string& column) {
      const auto at = ColumnOf(table, column);
      return at && *at < table[row].cells.size() ? table[row].cells[*at] : std::string();
    };
    const auto& known = rules_.people->identifiers;
    const bool same = std::ranges::any_of(
        known, [&](const auto& one) { return IsValueOf(who, one.second, cell(one.first)); });
    if (!same) continue;
    for (const auto& [column, type] : known) {
      if (!cell(column).empty()) {
        person.identifiers.push_back({type, Personal<std::string>(cell(column)), ""});
      }
    }
    std::string whole;
    for (const std::string& name : rules_.people->names) {
      absl::StrAppend(&whole, whole.empty() ? "" : " ", cell(name));
    }
    if (!whole.empty()) person.names.push_back(whole);
  }
  return person;
}

std::vector<std::string> FilesAdapter::NeedlesOf(const Person& person) {
  std::vector<std::string> needles = person.names;
  for (const Identifier& identifier : person.identifiers) {
    if (identifier.type == IdentifierType::kRecordKey) continue;
    needles.emplace_back(absl::StripAsciiWhitespace(ToAbsl(identifier.value.Reveal())));
  }
  std::erase_if(needles, [](const std::string& text) { return text.size() < kSearchBytesMin; });
  std::ranges::stable_sort(
      needles, [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return needles;
}

absl::StatusOr<std::vector<FilesAdapter::Hit>> FilesAdapter::Find(
    const Person& person, const std::set<std::string>* categories) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(root_));
  const std::vector<std::string> needles = NeedlesOf(person);
  std::vector<Hit> hits;
  for (const std::string& path : paths) {
    const Rule* const rule = RuleFor(path);
    if (rule == nullptr || (categories != nullptr && categories->count(rule->category) == 0)) {
      continue;
    }
    if (IsOwned(*rule) && !Fits(*rule, path, &person.identifiers)) continue;
    auto content = ReadFile(root_, path);
    if (absl::IsNotFound(content.status())) continue;
    RETURN_IF_ERROR(content.status());
    Hit hit{path, rule, *std::move(content), {}};
    if (rule->rows) {
      const auto table = ReadCsv(hit.content, rule->rows->separator);
      const auto column = ColumnOf(table, rule->rows->column);
      for (size_t row = 1; column && row < table.size(); ++row) {
        const auto& cells = table[row].cells;
        if (*column >= cells.size()) continue;
        if (IsValueOf(person.identifiers, rule->rows->type, cells[*column])) {
          hit.rows.push_back(row);
        }
      }
      if (hit.rows.empty()) continue;
    } else if (rule->mentions && StrikeOut(hit.content, needles) == hit.content) {
      continue;
    }
    hits.push_back(std::move(hit));
  }
  return hits;
}

absl::StatusOr<Exported> FilesAdapter::Run(const Identifiers& who, const Export& ask) {
  RETURN_IF_ERROR(StagedChanges(root_).Recover());
  ASSIGN_OR_RETURN(const Person person, WhoIs(who));
  const std::set<std::string> wanted(ask.data_categories.begin(), ask.data_categories.end());
  ASSIGN_OR_RETURN(const std::vector<Hit> hits, Find(person, wanted.empty() ? nullptr : &wanted));
  Json documents = Json::array();
  Done done;
  size_t bytes = 0;
  for (const Hit& hit : hits) {
    bytes += hit.content.size();
    if (bytes > kExportBytesMax) {
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, "EXPORT_TOO_LARGE",
                             absl::StrCat("the export exceeds ", kExportBytesMax, " bytes"));
    }
    std::vector<Json> parts;
    if (hit.rule->rows) {
      const auto table = ReadCsv(hit.content, hit.rule->rows->separator);
      for (const size_t row : hit.rows) parts.push_back(RowOf(table, row));
    } else {
      parts.push_back(FieldsOf(hit.path, hit.content));
    }
    for (Json& fields : parts) {
      Json document = {{"data_category", hit.rule->category},
                       {"record_key", RecordKeyOf(hit.path)},
                       {"source", hit.rule->pattern}};
      // Others may stand in it: to be weighed before the package is handed over (Art. 15(4)).
      if (hit.rule->mentions) document["review"] = true;
      document["fields"] = std::move(fields);
      documents.push_back(std::move(document));
    }
    const auto count = static_cast<uint32_t>(parts.size());
    done.results.push_back({.data_category = hit.rule->category,
                            .record_key = RecordKeyOf(hit.path),
                            .found = count,
                            .exported = count});
  }
  if (documents.empty()) return Exported{NoData{}, Spool()};
  Json document = {{"format", "varsam-export/1"}, {"system", rules_.system}};
  document["documents"] = std::move(documents);
  return Exported{std::move(done),
                  Spool::Of(document.dump(-1, ' ', false, Json::error_handler_t::replace))};
}

absl::StatusOr<Outcome> FilesAdapter::Run(const Identifiers&, const Rectify&, const CommitGate&) {
  return Unsupported{"FILES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> FilesAdapter::Run(const Identifiers&, const Restrict&, const CommitGate&) {
  return Unsupported{"FILES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> FilesAdapter::Run(const Identifiers&, const StopProcessing&,
                                          const CommitGate&) {
  return Unsupported{"FILES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> FilesAdapter::Run(const Identifiers& who, const Erase& ask,
                                          const CommitGate& gate) {
  StagedChanges staged(root_);
  RETURN_IF_ERROR(staged.Recover());
  ASSIGN_OR_RETURN(const Person person, WhoIs(who));
  ASSIGN_OR_RETURN(const std::vector<Hit> hits, Find(person, nullptr));
  PartlyKept out;
  std::vector<FileChange> changes;
  for (const Hit& hit : hits) {
    const std::string key = RecordKeyOf(hit.path);
    const KeepItem* const keep = ItemFor(ask.keep, hit.rule->category, key);
    const EraseItem* const item = ItemFor(ask.items, hit.rule->category, key);
    if (keep == nullptr && item == nullptr) continue;
    const uint32_t count = hit.rule->rows ? static_cast<uint32_t>(hit.rows.size()) : uint32_t{1};
    CategoryResult result{.data_category = hit.rule->category, .record_key = key, .found = count};
    if (item != nullptr) result.item_id = item->id;
    if (keep != nullptr || hit.rule->action == FileAction::kKeep) {
      result.kept = count;
      out.kept.push_back({hit.rule->category, key,
                          keep != nullptr ? keep->reference : hit.rule->reason,
                          keep != nullptr ? keep->keep_until : ""});
    } else if (hit.rule->action == FileAction::kReview) {
      return NeedsHuman{absl::StrCat("FILES_TO_REVIEW ", hit.rule->category)};
    } else if (hit.rule->action == FileAction::kRedact) {
      result.anonymised = count;
      changes.push_back({hit.path, StrikeOut(hit.content, NeedlesOf(person))});
    } else if (hit.rule->rows) {
      result.deleted = count;
      const auto table = ReadCsv(hit.content, hit.rule->rows->separator);
      changes.push_back({hit.path, WithoutRows(hit.content, table, hit.rows)});
    } else {
      result.deleted = count;
      changes.push_back({hit.path, std::nullopt});
    }
    out.results.push_back(std::move(result));
  }
  if (out.results.empty()) return NoData{};
  Outcome outcome = out.kept.empty() ? Outcome(Done{out.results}) : Outcome(out);
  if (changes.empty()) return outcome;
  RETURN_IF_ERROR(staged.Stage(changes));
  RETURN_IF_ERROR(gate(outcome));
  RETURN_IF_ERROR(staged.Commit());
  return outcome;
}

// Looks for the identifiers themselves, in every name and every text of the tree, whoever a rule
// says a file belongs to.
absl::StatusOr<Outcome> FilesAdapter::Run(const Identifiers& who, const Verify& ask) {
  RETURN_IF_ERROR(StagedChanges(root_).Recover());
  ASSIGN_OR_RETURN(const Person person, WhoIs(who));
  std::vector<std::string> values;
  for (const IdentifierType type : kTypes) {
    for (const std::string& value : NormalisedValues(person.identifiers, type)) {
      if (value.size() >= kSearchBytesMin) values.push_back(absl::AsciiStrToLower(value));
    }
  }
  Done done;
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(root_));
  for (const std::string& path : paths) {
    const Rule* const rule = RuleFor(path);
    if (rule == nullptr || rule->action == FileAction::kKeep) continue;
    const std::string key = RecordKeyOf(path);
    const EraseItem* const item = ItemFor(ask.erased, rule->category, key);
    if (item == nullptr || ItemFor(ask.kept, rule->category, key) != nullptr) continue;
    auto content = ReadFile(root_, path);
    if (absl::IsNotFound(content.status())) continue;
    RETURN_IF_ERROR(content.status());
    const std::string text = absl::AsciiStrToLower(absl::StrCat(path, "\n", *content));
    const bool there = std::ranges::any_of(
        values, [&](const std::string& value) { return StandsIn(text, value); });
    if (!there) continue;
    done.results.push_back(
        {.data_category = rule->category, .record_key = key, .item_id = item->id, .found = 1});
  }
  if (done.results.empty()) return NoData{};
  return done;
}

absl::StatusOr<InventoryPage> FilesAdapter::Inventory(const std::string&, int) {
  return InventoryPage{};
}

}  // namespace varsam::connector::files
