// Reads back after an erasure or a rectification. Nothing here shares a query with the erasure: the
// places are looked at from their far end, by the record's key itself, so rows that hang in the air
// (a history without its subject) are found; values are judged here and not in the database;
// identifiers are looked for one by one, hidden rows included, and in every text that was redacted.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/work.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

using Key = std::vector<std::string>;

constexpr size_t kSearchBytesMin = 6;  // shorter texts are found everywhere

// "(t.a, t.b) IN (…)" from the last join back to the key.
class Backwards {
 public:
  explicit Backwards(const Work& work) : work_(work) {}

  // Rows of the place that belong to the key $1..$n, as texts.
  Built Rows(const Place& place, const std::vector<std::string>& columns) const {
    std::vector<std::string> values;
    for (const std::string& column : columns) {
      values.push_back(work_.text.dialect().Text(absl::StrCat("t.", Quoted(column))));
    }
    Values extras;
    std::string where = Tied("t", place.via, place.via.size());
    int next = static_cast<int>(work_.mapping.subjects.key.size()) + 1;
    for (const auto& [column, allowed] : place.where) {
      const std::string text = work_.text.dialect().Text(absl::StrCat("t.", Quoted(column)));
      absl::StrAppend(&where, " AND ", work_.text.dialect().AnyOf(text, next++));
      extras.emplace_back(allowed);
    }
    if (place.day) {
      const std::string time =
          work_.text.Time(work_.mapping.TableOf(place.via), place.day->first, "t");
      const std::string day = work_.text.dialect().Text(absl::StrCat("substr(", time, ", 1, 10)"));
      absl::StrAppend(&where, " AND ", day, " = $", next++);
      extras.emplace_back(place.day->second);
    }
    return {absl::StrCat("SELECT ", absl::StrJoin(values, ", "), " FROM ",
                         Quoted(work_.mapping.TableOf(place.via)), " AS t WHERE ", where),
            std::move(extras)};
  }

 private:
  std::string Cast(size_t part) const {
    return work_.text.dialect().Cast(static_cast<int>(part) + 1,
                                     work_.text.KeyParts("s")[part].column);
  }

  // How the table after `depth` joins, called `alias`, is tied to the key.
  std::string Tied(const std::string& alias, const Via& via, size_t depth) const {
    if (depth == 0) return work_.text.KeyMatch(alias, 1);
    const Join& join = *via[depth - 1];
    if (depth == 1) {
      if (const auto direct = Direct(alias, join)) return *direct;
    }
    std::vector<std::string> own, far;
    const std::string inner = absl::StrCat("b", depth);
    for (const auto& [from, to] : join.keys) {
      own.push_back(absl::StrCat(alias, ".", Quoted(to)));
      far.push_back(absl::StrCat(inner, ".", Quoted(from)));
    }
    return absl::StrCat("(", absl::StrJoin(own, ", "), ") IN (SELECT ", absl::StrJoin(far, ", "),
                        " FROM ", Quoted(join.from), " AS ", inner, " WHERE ",
                        Tied(inner, via, depth - 1), ")");
  }

  // The first join without its subject, when it goes by columns of the key alone.
  std::optional<std::string> Direct(const std::string& alias, const Join& join) const {
    const std::vector<std::string>& key = work_.mapping.subjects.key;
    std::vector<std::string> parts;
    for (const auto& [from, to] : join.keys) {
      const auto at = std::ranges::find(key, from);
      if (at == key.end()) return std::nullopt;
      parts.push_back(
          absl::StrCat(alias, ".", Quoted(to), " = ", Cast(static_cast<size_t>(at - key.begin()))));
    }
    return absl::StrJoin(parts, " AND ");
  }

  const Work& work_;
};

// Does the person still stand in this row? `values` are those of place.columns.
bool StillHeld(const Place& place, const TextRow& row) {
  if (place.action != PlaceAction::kAnonymise) return true;
  for (size_t i = 0; i < place.columns.size(); ++i) {
    const std::optional<std::string>& value = row[i];
    if (!value) continue;
    const auto set = std::ranges::find_if(
        place.set, [&](const auto& assignment) { return assignment.first == place.columns[i]; });
    if (set == place.set.end() || !set->second || *set->second != *value) return true;
  }
  return false;
}

absl::StatusOr<uint32_t> FoundInPlace(const Work& work, const Place& place, const Key& key) {
  // Redacted texts stay; they are searched by FoundInTexts.
  if (place.action == PlaceAction::kKeep || !place.redact.empty()) return 0;
  const Built built = Backwards(work).Rows(place, place.columns);
  ASSIGN_OR_RETURN(const TextRows answer, work.Query(built.sql, Bind(key, built.extras)));
  uint32_t found = 0;
  for (const TextRow& row : answer.rows) found += StillHeld(place, row) ? 1 : 0;
  return found;
}

// Occurrences of an identifier in the redacted columns of the whole table.
absl::StatusOr<uint32_t> FoundInTexts(const Work& work, const Place& place,
                                      const std::vector<std::string>& values) {
  uint32_t found = 0;
  const Dialect& dialect = work.text.dialect();
  const TableName& table = work.mapping.TableOf(place.via);
  for (const std::string& column : place.redact) {
    for (const std::string& value : values) {
      if (value.size() < kSearchBytesMin) continue;
      const std::string sql =
          absl::StrCat("SELECT ", dialect.Text("count(*)"), " FROM ", Quoted(table), " AS t WHERE ",
                       dialect.Contains(dialect.Text(absl::StrCat("t.", Quoted(column))), 1));
      ASSIGN_OR_RETURN(const TextRows answer, work.Query(sql, {value}));
      found += CountIn(answer);
    }
  }
  return found;
}

// Keys of subject rows that carry one of the identifiers, one query for each column.
absl::StatusOr<std::set<Key>> KeysByIdentifiers(const Work& work, const Identifiers& who) {
  std::set<Key> keys;
  const Subjects& subjects = work.mapping.subjects;
  for (const SubjectIdentifier& identifier : subjects.identifiers) {
    if (!identifier.match) continue;
    const std::vector<std::string> values = NormalisedValues(who, identifier.type);
    if (values.empty()) continue;
    const Dialect& dialect = work.text.dialect();
    const std::string column = dialect.Text(absl::StrCat("s.", Quoted(identifier.column)));
    const std::string sql = absl::StrCat(
        "SELECT ", work.text.KeyTexts("s"), " FROM ", Quoted(subjects.table), " AS s WHERE ",
        dialect.AnyOf(dialect.Normalised(identifier.type, column), 1), " LIMIT ", kRecordsMax);
    ASSIGN_OR_RETURN(const TextRows answer, work.Query(sql, {values}));
    for (const TextRow& row : answer.rows) {
      Key key;
      for (const auto& part : row) key.push_back(part.value_or(""));
      keys.insert(std::move(key));
    }
  }
  return keys;
}

bool Keeps(const Verify& ask, const std::string& category, const std::string& record_key) {
  return std::ranges::any_of(ask.kept, [&](const KeepItem& keep) {
    return keep.data_category == category &&
           (keep.record_key.empty() || WithoutGroup(keep.record_key) == record_key);
  });
}

class Verifier {
 public:
  Verifier(const Work& work, const Identifiers& who, const Verify& ask)
      : work_(work), who_(who), ask_(ask) {}

  absl::StatusOr<Outcome> Run() {
    ASSIGN_OR_RETURN(everybody_, KeysByIdentifiers(work_, who_));
    const size_t parts = work_.mapping.subjects.key.size();
    for (const std::string& key : RecordKeysIn(who_, work_.mapping.system)) {
      if (auto split = KeyParts(key, parts)) everybody_.insert(*split);
    }
    for (const EraseItem& item : ask_.erased) RETURN_IF_ERROR(CheckErased(item));
    for (const FieldChange& change : ask_.changed) RETURN_IF_ERROR(CheckChanged(change));
    if (done_.results.empty()) return NoData{};
    return std::move(done_);
  }

 private:
  absl::Status CheckErased(const EraseItem& item) {
    const Category* whole = work_.mapping.FindCategory(item.data_category);
    if (whole == nullptr) return absl::OkStatus();
    const Category narrowed = Narrowed(work_.mapping, *whole, item.record_key);
    const Category* const category = &narrowed;
    std::set<Key> keys;
    if (item.record_key.empty()) {
      keys = everybody_;
    } else if (auto key = KeyParts(item.record_key, work_.mapping.subjects.key.size())) {
      keys.insert(*std::move(key));
    }
    for (const Key& key : keys) {
      const std::string record_key = RecordKeyOf(key);
      if (Keeps(ask_, category->name, record_key)) continue;
      uint32_t found = 0;
      for (const Place& place : category->places) {
        ASSIGN_OR_RETURN(const uint32_t rows, FoundInPlace(work_, place, key));
        found += rows;
        if (!place.aggregate) continue;
        // A number of too few people would still tell of one.
        ASSIGN_OR_RETURN(const uint32_t small,
                         work_.Count(work_.text.CountSmallCells(place, kAnonymousPeopleMin)));
        found += small;
      }
      Note(item, record_key, found);
    }
    return CheckTexts(item, *category);
  }

  absl::Status CheckTexts(const EraseItem& item, const Category& category) {
    const bool kept = std::ranges::any_of(
        ask_.kept, [&](const KeepItem& keep) { return keep.data_category == category.name; });
    // The texts of a record that is kept may name the person.
    if (kept || !item.record_key.empty()) return absl::OkStatus();
    std::vector<std::string> values = NormalisedValues(who_, IdentifierType::kEmail);
    uint32_t found = 0;
    for (const Place& place : category.places) {
      ASSIGN_OR_RETURN(const uint32_t texts, FoundInTexts(work_, place, values));
      found += texts;
    }
    Note(item, "", found);
    return absl::OkStatus();
  }

  // The old value must be gone and the new one must stand in some record.
  absl::Status CheckChanged(const FieldChange& change) {
    const Category* category = work_.mapping.FindCategory(change.data_category);
    if (category == nullptr) return absl::OkStatus();
    uint32_t old_found = 0, new_found = 0;
    for (const Key& key : everybody_) {
      for (const Place& place : category->places) {
        if (!place.via.empty()) continue;
        const Built built = Backwards(work_).Rows(place, place.columns);
        ASSIGN_OR_RETURN(const TextRows answer, work_.Query(built.sql, Bind(key, built.extras)));
        for (const TextRow& row : answer.rows) {
          for (const std::optional<std::string>& value : row) {
            if (!value) continue;
            old_found += Sha256(*value) == change.expected_old_sha256 ? 1 : 0;
            new_found += *value == change.new_value.Reveal() ? 1 : 0;
          }
        }
      }
    }
    const bool good = old_found == 0 && new_found > 0;
    if (!good) Note({.data_category = change.data_category}, "", std::max(old_found, 1u));
    return absl::OkStatus();
  }

  void Note(const EraseItem& item, const std::string& record_key, uint32_t found) {
    if (found == 0) return;
    done_.results.push_back({.data_category = item.data_category,
                             .record_key = record_key,
                             .item_id = item.id,
                             .found = found});
  }

  const Work& work_;
  const Identifiers& who_;
  const Verify& ask_;
  std::set<Key> everybody_;
  Done done_;
};

}  // namespace

absl::StatusOr<Outcome> VerifyRecords(const Work& work, const Identifiers& who, const Verify& ask) {
  return Verifier(work, who, ask).Run();
}

}  // namespace varsam::connector::sql
