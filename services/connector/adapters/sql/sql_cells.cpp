// SqlText: what a place with `aggregate` leaves behind, cell by cell.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/connector/adapters/sql/sql_writer.h"

namespace varsam::connector::sql {

// A month and the groups, as texts of the row t.
std::vector<std::string> SqlText::CellTexts(const Place& place) const {
  const Aggregate& one = *place.aggregate;
  std::vector<std::string> texts = {
      absl::StrCat("substr(", Time(mapping_.TableOf(place.via), one.time, "t"), ", 1, 7)")};
  for (const auto& [column, into] : one.group) texts.push_back(dialect_.Text(In("t", column)));
  return texts;
}

std::string SqlText::CellText(Writer& writer, const Place& place, const Combination& cell) const {
  const std::vector<std::string> texts = CellTexts(place);
  std::vector<std::string> parts;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (cell[i]) {
      parts.push_back(absl::StrCat(dialect_.Text(texts[i]), " = $", writer.Add(cell[i])));
    } else {
      parts.push_back(absl::StrCat(texts[i], " IS NULL"));
    }
  }
  return absl::StrCat(absl::StrJoin(parts, " AND "), WhereText(writer, place.where, "t"));
}

Built SqlText::SelectCells(const Place& place) const {
  Writer writer(FirstExtra());
  const std::string condition = Condition(writer, place, "t");
  return {absl::StrCat("SELECT DISTINCT ", absl::StrJoin(CellTexts(place), ", "), " FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition, " AND ",
                       In("t", place.aggregate->time), " IS NOT NULL"),
          std::move(writer).Extras()};
}

Built SqlText::CountCellRows(const Place& place, const Combination& cell) const {
  Writer writer(1);
  const std::string inside = CellText(writer, place, cell);
  return {absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", inside),
          std::move(writer).Extras()};
}

Built SqlText::CountCellPeople(const Place& place, const Combination& cell) const {
  Writer writer(1);
  std::vector<std::string> ties, known;
  for (const auto& [from, to] : place.via.back()->keys) {
    ties.push_back(In("t", to));
    known.push_back(absl::StrCat(ties.back(), " IS NOT NULL"));
  }
  const std::string inside = CellText(writer, place, cell);
  return {
      absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM (SELECT DISTINCT ",
                   absl::StrJoin(ties, ", "), " FROM ", Quoted(mapping_.TableOf(place.via)),
                   " AS t WHERE ", absl::StrJoin(known, " AND "), " AND ", inside, ") AS people"),
      std::move(writer).Extras()};
}

Built SqlText::CountCellKnown(const Place& place, const Combination& cell) const {
  Writer writer(1);
  const Aggregate& one = *place.aggregate;
  std::vector<std::string> columns = {one.month}, parts;
  for (const auto& [from, into] : one.group) columns.push_back(into);
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string column = In("t", columns[i]);
    parts.push_back(cell[i] ? absl::StrCat(dialect_.Text(column), " = $", writer.Add(cell[i]))
                            : absl::StrCat(column, " IS NULL"));
  }
  return {absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM ", Quoted(one.into),
                       " AS t WHERE ", absl::StrJoin(parts, " AND ")),
          std::move(writer).Extras()};
}

Built SqlText::InsertCell(const Place& place, const Combination& cell, uint32_t rows,
                          uint32_t people) const {
  Writer writer(1);
  const Aggregate& one = *place.aggregate;
  std::vector<std::string> columns, values;
  const auto add = [&](const std::string& column, std::optional<std::string> value) {
    columns.push_back(Quoted(column));
    values.push_back(
        dialect_.Cast(writer.Add(std::move(value)), Part(one.into, "t", column).column));
  };
  add(one.month, cell[0]);
  for (size_t i = 0; i < one.group.size(); ++i) add(one.group[i].second, cell[i + 1]);
  add(one.rows, std::to_string(rows));
  add(one.people, std::to_string(people));
  return {absl::StrCat("INSERT INTO ", Quoted(one.into), " (", absl::StrJoin(columns, ", "),
                       ") VALUES (", absl::StrJoin(values, ", "), ")"),
          std::move(writer).Extras()};
}

Built SqlText::CountSmallCells(const Place& place, uint32_t people_min) const {
  const Aggregate& one = *place.aggregate;
  return {absl::StrCat("SELECT ", dialect_.Text("count(*)"), " FROM ", Quoted(one.into),
                       " AS t WHERE ", In("t", one.people), " < ", people_min),
          {}};
}

}  // namespace varsam::connector::sql
