// SqlText: many subjects at once, for the inventory.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/connector/adapters/sql/sql_writer.h"

namespace varsam::connector::sql {

std::string SqlText::SourceText(const Source& source, int& next, Values& extras) const {
  if (source.value) {
    extras.emplace_back(source.value);
    return dialect_.Text(absl::StrCat("$", next++));
  }
  if (source.via.empty()) return dialect_.Text(In("s", source.column));
  return absl::StrCat("(SELECT ", dialect_.Text(In("t", source.column)), " FROM ",
                      Quoted(mapping_.TableOf(source.via)), " AS t WHERE ",
                      Reach(source.via, Whose::kRow, "t"), ")");
}

std::string SqlText::SourceTime(const Source& source) const {
  const TableName& table = mapping_.TableOf(source.via);
  if (source.via.empty()) return Time(table, source.column, "s");
  return absl::StrCat("(SELECT max(", Time(table, source.column, "t"), ") FROM ", Quoted(table),
                      " AS t WHERE ", Reach(source.via, Whose::kRow, "t"), ")");
}

std::string SqlText::CategoryHeld(const Category& category, int& next, Values& extras) const {
  std::vector<std::string> parts;
  for (const Place& place : category.places) {
    Writer writer(next);
    const bool judged = place.action == PlaceAction::kAnonymise && !place.set.empty();
    std::string inner = WhereText(writer, place.where, "t");
    if (judged) absl::StrAppend(&inner, " AND ", HeldText(writer, place));
    std::string reach = Reach(place.via, Whose::kRow, "t");
    if (place.via.empty()) {
      std::vector<std::string> same;
      for (const std::string& key : mapping_.subjects.key) {
        same.push_back(absl::StrCat(In("t", key), " = ", In("s", key)));
      }
      reach = absl::StrJoin(same, " AND ");
    }
    parts.push_back(absl::StrCat("EXISTS (SELECT 1 FROM ", Quoted(mapping_.TableOf(place.via)),
                                 " AS t WHERE ", reach, inner, ")"));
    next = writer.next();
    for (Value& extra : std::move(writer).Extras()) extras.push_back(std::move(extra));
  }
  return Flag(absl::StrCat("(", absl::StrJoin(parts, " OR "), ")"));
}

std::string SqlText::Page(bool after, const std::vector<std::string>& columns, int rows_max) const {
  std::vector<std::string> own, given;
  for (const KeyPart& part : KeyParts("s")) {
    own.push_back(part.expression);
    given.push_back(dialect_.Cast(static_cast<int>(own.size()), part.column));
  }
  const std::string order = absl::StrJoin(own, ", ");
  std::string where;
  if (after) where = absl::StrCat(" WHERE (", order, ") > (", absl::StrJoin(given, ", "), ")");
  return absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ",
                      Quoted(mapping_.subjects.table), " AS s", where, " ORDER BY ", order,
                      " LIMIT ", rows_max);
}

std::string SqlText::Gather(const Via& via, const std::vector<std::string>& values,
                            const std::string& condition) const {
  std::vector<std::string> from = {absl::StrCat(Quoted(mapping_.subjects.table), " AS s")};
  std::vector<std::string> where = {dialect_.KeyIn(KeyParts("s"), 1)};
  std::string left = "s";
  for (size_t i = 0; i < via.size(); ++i) {
    const std::string right = i + 1 == via.size() ? "t" : absl::StrCat("j", i + 1);
    from.push_back(absl::StrCat(Quoted(via[i]->to), " AS ", right));
    for (const auto& [from_column, to_column] : via[i]->keys) {
      where.push_back(absl::StrCat(In(right, to_column), " = ", In(left, from_column)));
    }
    left = right;
  }
  if (via.empty()) {
    from.push_back(absl::StrCat(Quoted(mapping_.subjects.table), " AS t"));
    for (const std::string& key : mapping_.subjects.key) {
      where.push_back(absl::StrCat(In("t", key), " = ", In("s", key)));
    }
  }
  if (!condition.empty()) where.push_back(condition);
  return absl::StrCat("SELECT DISTINCT ", KeyTexts("s"), ", ", absl::StrJoin(values, ", "),
                      " FROM ", absl::StrJoin(from, ", "), " WHERE ",
                      absl::StrJoin(where, " AND "));
}

}  // namespace varsam::connector::sql
