#include "services/connector/adapters/sql/sql_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/sql/sql_writer.h"

namespace varsam::connector::sql {

std::string Quoted(std::string_view identifier) {
  return absl::StrCat("\"", absl::StrReplaceAll(ToAbsl(identifier), {{"\"", "\"\""}}), "\"");
}

std::string Quoted(const TableName& table) {
  return absl::StrCat(Quoted(table.schema), ".", Quoted(table.name));
}

Values Bind(const std::vector<std::string>& key, const Values& extras) {
  Values values(key.begin(), key.end());
  values.insert(values.end(), extras.begin(), extras.end());
  return values;
}

KeyPart SqlText::Part(const TableName& table, const std::string& alias,
                      const std::string& column) const {
  const Column* found = catalog_.Find(table, column);
  VARSAM_CHECK(found != nullptr) << "a column that check_mapping did not see";
  return {In(alias, column), *found};
}

std::vector<KeyPart> SqlText::KeyParts(const std::string& alias) const {
  std::vector<KeyPart> parts;
  for (const std::string& column : mapping_.subjects.key) {
    parts.push_back(Part(mapping_.subjects.table, alias, column));
  }
  return parts;
}

std::string SqlText::KeyMatch(const std::string& alias, int first) const {
  return dialect_.KeyIs(KeyParts(alias), first);
}

std::string SqlText::KeyTexts(const std::string& alias) const {
  std::vector<std::string> parts;
  for (const KeyPart& part : KeyParts(alias)) parts.push_back(dialect_.Text(part.expression));
  return absl::StrJoin(parts, ", ");
}

std::string SqlText::FindRows(int rows_max) const {
  const Subjects& subjects = mapping_.subjects;
  std::vector<std::string> columns = {KeyTexts("s")};
  for (const std::string& name : subjects.names) columns.push_back(dialect_.Text(In("s", name)));
  std::vector<std::string> matches;
  for (const SubjectIdentifier& identifier : subjects.identifiers) {
    const std::string column = dialect_.Text(In("s", identifier.column));
    columns.push_back(column);
    if (!identifier.match) continue;
    const int at = identifier.type == IdentifierType::kEmail            ? 1
                   : identifier.type == IdentifierType::kPhone          ? 2
                   : identifier.type == IdentifierType::kCustomerNumber ? 3
                                                                        : 4;
    matches.push_back(dialect_.AnyOf(dialect_.Normalised(identifier.type, column), at));
  }
  matches.push_back(dialect_.KeyIn(KeyParts("s"), 5));
  columns.push_back(subjects.soft_delete.empty()
                        ? "'0'"
                        : Flag(absl::StrCat(In("s", subjects.soft_delete), " IS NOT NULL")));
  return absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", Quoted(subjects.table),
                      " AS s WHERE ", absl::StrJoin(matches, " OR "), " ORDER BY 1 LIMIT ",
                      rows_max);
}

std::string SqlText::LockRow() const {
  const bool lockable = catalog_.tables.at(mapping_.subjects.table).lockable;
  return absl::StrCat("SELECT '1' FROM ", Quoted(mapping_.subjects.table), " AS s WHERE ",
                      KeyMatch("s", 1), lockable ? " FOR UPDATE" : "");
}

// The first join by the key's values alone, when it goes by columns of the key: rows that outlive
// the subject's own (a history that a trigger writes) are reached too. Empty: it does not.
std::vector<std::string> SqlText::FirstStep(const Join& join, const std::string& target) const {
  const std::vector<std::string>& key = mapping_.subjects.key;
  const std::vector<KeyPart> parts = KeyParts("s");
  std::vector<std::string> where;
  for (const auto& [from, to] : join.keys) {
    const auto at = std::ranges::find(key, from);
    if (at == key.end()) return {};
    const auto i = static_cast<size_t>(at - key.begin());
    where.push_back(absl::StrCat(In(target, to), " = ",
                                 dialect_.Cast(static_cast<int>(i) + 1, parts[i].column)));
  }
  return where;
}

// How the target is reached: true for its rows that belong to the subject with the key $1..$n, or
// to the row s of the statement around it.
std::string SqlText::Reach(const Via& via, Whose whose, const std::string& target) const {
  std::vector<std::string> from, where;
  std::string left = "s";
  size_t first = 0;
  if (whose == Whose::kKey) {
    const std::string next = via.size() == 1 ? target : "j1";
    where = FirstStep(*via[0], next);
    if (where.empty()) {
      from.push_back(absl::StrCat(Quoted(mapping_.subjects.table), " AS s"));
      where.push_back(KeyMatch("s", 1));
    } else {
      if (via.size() > 1) from.push_back(absl::StrCat(Quoted(via[0]->to), " AS j1"));
      left = next;
      first = 1;
    }
  }
  for (size_t i = first; i < via.size(); ++i) {
    const bool last = i + 1 == via.size();
    const std::string right = last ? target : absl::StrCat("j", i + 1);
    if (!last) from.push_back(absl::StrCat(Quoted(via[i]->to), " AS ", right));
    for (const auto& [from_column, to_column] : via[i]->keys) {
      where.push_back(absl::StrCat(In(right, to_column), " = ", In(left, from_column)));
    }
    left = right;
  }
  const std::string conditions = absl::StrJoin(where, " AND ");
  if (from.empty()) return conditions;
  return absl::StrCat("EXISTS (SELECT 1 FROM ", absl::StrJoin(from, ", "), " WHERE ", conditions,
                      ")");
}

std::string SqlText::WhereText(Writer& writer, const Where& where,
                               const std::string& target) const {
  std::string text;
  for (const auto& [column, values] : where) {
    absl::StrAppend(&text, " AND ",
                    dialect_.AnyOf(dialect_.Text(In(target, column)), writer.Add(values)));
  }
  return text;
}

std::string SqlText::Condition(Writer& writer, const Via& via, const Where& where,
                               const std::string& target) const {
  const std::string reach = via.empty() ? KeyMatch(target, 1) : Reach(via, Whose::kKey, target);
  return absl::StrCat(reach, WhereText(writer, where, target));
}

std::string SqlText::Condition(Writer& writer, const Place& place,
                               const std::string& target) const {
  std::string text = Condition(writer, place.via, place.where, target);
  if (place.day) {
    const std::string time = Time(mapping_.TableOf(place.via), place.day->first, target);
    absl::StrAppend(&text, " AND ", dialect_.Text(absl::StrCat("substr(", time, ", 1, 10)")),
                    " = $", writer.Add(place.day->second));
  }
  return text;
}

std::string SqlText::DiffersText(Writer& writer, const TableName& table,
                                 const Assignments& set) const {
  std::vector<std::string> parts;
  for (const auto& [column, value] : set) {
    const KeyPart part = Part(table, "t", column);
    parts.push_back(value ? dialect_.Differs(part, writer.Add(value))
                          : absl::StrCat(part.expression, " IS NOT NULL"));
  }
  return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
}

// A category counts as held here when a column is neither null nor what `set` leaves behind.
std::string SqlText::HeldText(Writer& writer, const Place& place) const {
  const TableName& table = mapping_.TableOf(place.via);
  std::vector<std::string> parts;
  for (const auto& [column, value] : place.set) {
    const KeyPart part = Part(table, "t", column);
    std::string held = absl::StrCat(part.expression, " IS NOT NULL");
    if (value) absl::StrAppend(&held, " AND ", dialect_.Differs(part, writer.Add(value)));
    parts.push_back(held);
  }
  return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
}

std::string SqlText::SetText(Writer& writer, const TableName& table, const Assignments& set) const {
  std::vector<std::string> parts;
  for (const auto& [column, value] : set) {
    const KeyPart part = Part(table, "t", column);
    parts.push_back(
        absl::StrCat(Quoted(column), " = ", dialect_.Cast(writer.Add(value), part.column)));
  }
  return absl::StrJoin(parts, ", ");
}

int SqlText::FirstExtra() const { return static_cast<int>(mapping_.subjects.key.size()) + 1; }

Built SqlText::SelectRows(const Place& place) const {
  Writer writer(FirstExtra());
  const TableName& table = mapping_.TableOf(place.via);
  std::vector<std::string> values, order;
  for (const std::string& column : place.columns) {
    values.push_back(dialect_.Json(Part(table, "t", column)));
    order.push_back(absl::StrCat(values.size()));
  }
  const std::string condition = Condition(writer, place, "t");
  return {absl::StrCat("SELECT ", absl::StrJoin(values, ", "), " FROM ", Quoted(table),
                       " AS t WHERE ", condition, " ORDER BY ", absl::StrJoin(order, ", ")),
          std::move(writer).Extras()};
}

Built SqlText::CountHeld(const Place& place) const {
  Writer writer(FirstExtra());
  std::string condition = Condition(writer, place, "t");
  if (place.action == PlaceAction::kAnonymise && !place.set.empty()) {
    absl::StrAppend(&condition, " AND ", HeldText(writer, place));
  }
  return {absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition),
          std::move(writer).Extras()};
}

// The table goes by its own name: MariaDB's DELETE takes no alias when the table is also read.
Built SqlText::DeleteRows(const Place& place) const {
  Writer writer(FirstExtra());
  const std::string table = Quoted(mapping_.TableOf(place.via));
  const std::string condition = Condition(writer, place, table);
  return {absl::StrCat("DELETE FROM ", table, " WHERE ", condition), std::move(writer).Extras()};
}

Built SqlText::Anonymise(const Place& place) const {
  Writer writer(FirstExtra());
  const TableName& table = mapping_.TableOf(place.via);
  const std::string set = SetText(writer, table, place.set);
  const std::string condition = Condition(writer, place.via, place.where, "t");
  const std::string held = HeldText(writer, place);
  return {absl::StrCat("UPDATE ", Quoted(table), " AS t SET ", set, " WHERE ", condition, " AND ",
                       held),
          std::move(writer).Extras()};
}

std::string SqlText::AlikeText(Writer& writer, const Place& place, const Combination& values,
                               const std::string& target) const {
  std::string text;
  for (size_t i = 0; i < place.quasi.size(); ++i) {
    const std::string column = In(target, place.quasi[i]);
    if (values[i]) {
      absl::StrAppend(&text, " AND ", dialect_.Text(column), " = $", writer.Add(values[i]));
    } else {
      absl::StrAppend(&text, " AND ", column, " IS NULL");
    }
  }
  return text;
}

Built SqlText::SelectCombinations(const Place& place) const {
  Writer writer(FirstExtra());
  std::vector<std::string> columns;
  for (const std::string& column : place.quasi) columns.push_back(dialect_.Text(In("t", column)));
  const std::string condition = Condition(writer, place.via, place.where, "t");
  return {absl::StrCat("SELECT DISTINCT ", absl::StrJoin(columns, ", "), " FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition),
          std::move(writer).Extras()};
}

Built SqlText::CountOthersAlike(const Place& place, const Combination& values) const {
  Writer writer(FirstExtra());
  std::vector<std::string> ties, known;
  for (const auto& [from, to] : place.via.back()->keys) {
    ties.push_back(In("t", to));
    known.push_back(absl::StrCat(ties.back(), " IS NOT NULL"));
  }
  const std::string alike = AlikeText(writer, place, values, "t");
  const std::string where = WhereText(writer, place.where, "t");
  return {absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM (SELECT DISTINCT ",
                       absl::StrJoin(ties, ", "), " FROM ", Quoted(mapping_.TableOf(place.via)),
                       " AS t WHERE ", absl::StrJoin(known, " AND "), alike, where, " AND NOT (",
                       Reach(place.via, Whose::kKey, "t"), ")) AS others"),
          std::move(writer).Extras()};
}

Built SqlText::DeleteAlike(const Place& place, const Combination& values) const {
  Writer writer(FirstExtra());
  const std::string table = Quoted(mapping_.TableOf(place.via));
  const std::string condition = Condition(writer, place.via, place.where, table);
  const std::string alike = AlikeText(writer, place, values, table);
  return {absl::StrCat("DELETE FROM ", table, " WHERE ", condition, alike),
          std::move(writer).Extras()};
}

Built SqlText::SelectTexts(const Place& place, const std::string& column) const {
  Writer writer(FirstExtra());
  const std::string condition = Condition(writer, place.via, place.where, "t");
  return {absl::StrCat("SELECT DISTINCT ", dialect_.Text(In("t", column)), " FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition, " AND ",
                       In("t", column), " IS NOT NULL ORDER BY 1"),
          std::move(writer).Extras()};
}

Built SqlText::ReplaceText(const Place& place, const std::string& column) const {
  Writer writer(FirstExtra());
  const TableName& table = mapping_.TableOf(place.via);
  const std::string condition = Condition(writer, place.via, place.where, "t");
  const int old_at = writer.next();
  const KeyPart part = Part(table, "t", column);
  return {absl::StrCat("UPDATE ", Quoted(table), " AS t SET ", Quoted(column), " = ",
                       dialect_.Cast(old_at + 1, part.column), " WHERE ", condition, " AND ",
                       dialect_.Text(part.expression), " = $", old_at),
          std::move(writer).Extras()};
}

Built SqlText::Apply(const Switch& one, const Assignments& set) const {
  Writer writer(FirstExtra());
  const TableName& table = mapping_.TableOf(one.via);
  const std::string assigned = SetText(writer, table, set);
  const std::string condition = Condition(writer, one.via, one.where, "t");
  const std::string differs = DiffersText(writer, table, set);
  return {absl::StrCat("UPDATE ", Quoted(table), " AS t SET ", assigned, " WHERE ", condition,
                       " AND ", differs),
          std::move(writer).Extras()};
}

std::string SqlText::CountReferences(const Reference& reference) const {
  std::vector<std::string> keys;
  for (const auto& [own, far] : reference.keys) {
    keys.push_back(absl::StrCat(In("r", own), " = ", In("s", far)));
  }
  return absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM ", Quoted(reference.table),
                      " AS r, ", Quoted(mapping_.subjects.table), " AS s WHERE ", KeyMatch("s", 1),
                      " AND ", absl::StrJoin(keys, " AND "));
}

std::string SqlText::DeleteSubject() const {
  const std::string table = Quoted(mapping_.subjects.table);
  return absl::StrCat("DELETE FROM ", table, " WHERE ", KeyMatch(table, 1));
}

std::string SqlText::Time(const TableName& table, const std::string& column,
                          const std::string& alias) const {
  return dialect_.Time(Part(table, alias, column));
}

}  // namespace varsam::connector::sql
