#include "services/connector/adapters/sql/sql_text.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"

namespace varsam::connector::sql {
namespace {

constexpr char kZone[] = "'Europe/Stockholm'";

std::string In(const std::string& alias, const std::string& column) {
  return absl::StrCat(alias, ".", Quoted(column));
}

}  // namespace

std::string Quoted(std::string_view identifier) {
  return absl::StrCat("\"", absl::StrReplaceAll(ToAbsl(identifier), {{"\"", "\"\""}}), "\"");
}

std::string Quoted(const TableName& table) {
  return absl::StrCat(Quoted(table.schema), ".", Quoted(table.name));
}

pg::Params Bind(const std::vector<std::string>& key, const std::vector<Extra>& extras) {
  pg::Params params;
  for (const std::string& part : key) params.Text(part);
  for (const Extra& extra : extras) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&extra)) {
      params.Texts(*list);
    } else {
      const auto& text = std::get<std::optional<std::string>>(extra);
      params.TextOrNull(text ? std::optional<std::string_view>(*text) : std::nullopt);
    }
  }
  return params;
}

std::string Normalised(IdentifierType type, const std::string& expression) {
  switch (type) {
    case IdentifierType::kEmail:
      return absl::StrCat("lower(btrim(", expression, "))");
    case IdentifierType::kPhone:
      return absl::StrCat("regexp_replace(regexp_replace(regexp_replace(", expression,
                          ", '\\D', '', 'g'), '^00', ''), '^0', '46')");
    default:
      return absl::StrCat("upper(regexp_replace(", expression, ", '\\s', '', 'g'))");
  }
}

// Numbers parameters and keeps their values.
class SqlText::Writer {
 public:
  explicit Writer(int next) : next_(next) {}
  std::string Text(std::optional<std::string> value) {
    extras_.emplace_back(std::move(value));
    return absl::StrCat("$", next_++);
  }
  std::string Texts(std::vector<std::string> values) {
    extras_.emplace_back(std::move(values));
    return absl::StrCat("$", next_++);
  }
  int next() const { return next_; }
  std::vector<Extra> Extras() && { return std::move(extras_); }

 private:
  int next_;
  std::vector<Extra> extras_;
};

std::string SqlText::TypeOf(const TableName& table, const std::string& column) const {
  const Column* found = catalog_.Find(table, column);
  VARSAM_CHECK(found != nullptr) << "a column that check_mapping did not see";
  return found->type;
}

std::string SqlText::KeyMatch(const std::string& alias, int first) const {
  std::vector<std::string> parts;
  for (const std::string& column : mapping_.subjects.key) {
    parts.push_back(absl::StrCat(In(alias, column), " = CAST($", first++, " AS ",
                                 TypeOf(mapping_.subjects.table, column), ")"));
  }
  return absl::StrJoin(parts, " AND ");
}

std::string SqlText::KeyTexts(const std::string& alias) const {
  std::vector<std::string> parts;
  for (const std::string& column : mapping_.subjects.key) {
    parts.push_back(absl::StrCat(In(alias, column), "::text"));
  }
  return absl::StrJoin(parts, ", ");
}

std::string SqlText::KeyIn(int first) const {
  std::vector<std::string> own, casts, arrays, names;
  for (size_t i = 0; i < mapping_.subjects.key.size(); ++i) {
    const std::string& column = mapping_.subjects.key[i];
    own.push_back(In("s", column));
    casts.push_back(
        absl::StrCat("CAST(k.k", i + 1, " AS ", TypeOf(mapping_.subjects.table, column), ")"));
    arrays.push_back(absl::StrCat("$", first + static_cast<int>(i), "::text[]"));
    names.push_back(absl::StrCat("k", i + 1));
  }
  return absl::StrCat("(", absl::StrJoin(own, ", "), ") IN (SELECT ", absl::StrJoin(casts, ", "),
                      " FROM unnest(", absl::StrJoin(arrays, ", "), ") AS k(",
                      absl::StrJoin(names, ", "), "))");
}

std::string SqlText::FindRows(int rows_max) const {
  const Subjects& subjects = mapping_.subjects;
  std::vector<std::string> columns = {KeyTexts("s")};
  for (const std::string& name : subjects.names) {
    columns.push_back(absl::StrCat(In("s", name), "::text"));
  }
  std::vector<std::string> matches;
  for (const SubjectIdentifier& identifier : subjects.identifiers) {
    const std::string column = absl::StrCat(In("s", identifier.column), "::text");
    columns.push_back(column);
    if (!identifier.match) continue;
    const int at = identifier.type == IdentifierType::kEmail            ? 1
                   : identifier.type == IdentifierType::kPhone          ? 2
                   : identifier.type == IdentifierType::kCustomerNumber ? 3
                                                                        : 4;
    matches.push_back(
        absl::StrCat(Normalised(identifier.type, column), " = ANY($", at, "::text[])"));
  }
  matches.push_back(KeyIn(5));
  columns.push_back(subjects.soft_delete.empty()
                        ? "false"
                        : absl::StrCat(In("s", subjects.soft_delete), " IS NOT NULL"));
  return absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", Quoted(subjects.table),
                      " AS s WHERE ", absl::StrJoin(matches, " OR "), " ORDER BY 1 LIMIT ",
                      rows_max);
}

std::string SqlText::LockRow() const {
  const bool lockable = catalog_.tables.at(mapping_.subjects.table).lockable;
  return absl::StrCat("SELECT 1 FROM ", Quoted(mapping_.subjects.table), " AS s WHERE ",
                      KeyMatch("s", 1), lockable ? " FOR UPDATE" : "");
}

// How t is reached: true for the rows of t that belong to the subjects for whom the condition
// holds.
std::string SqlText::Reach(const Via& via, const std::string& subject_condition) const {
  std::vector<std::string> from, where;
  if (!subject_condition.empty()) {
    from.push_back(absl::StrCat(Quoted(mapping_.subjects.table), " AS s"));
    where.push_back(subject_condition);
  }
  std::string left = "s";
  for (size_t i = 0; i < via.size(); ++i) {
    const bool last = i + 1 == via.size();
    const std::string right = last ? "t" : absl::StrCat("j", i + 1);
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

std::string SqlText::WhereText(Writer& writer, const Where& where) const {
  std::string text;
  for (const auto& [column, values] : where) {
    absl::StrAppend(&text, " AND ", In("t", column), "::text = ANY(", writer.Texts(values),
                    "::text[])");
  }
  return text;
}

std::string SqlText::Condition(Writer& writer, const Via& via, const Where& where) const {
  const std::string reach = via.empty() ? KeyMatch("t", 1) : Reach(via, KeyMatch("s", 1));
  return absl::StrCat(reach, WhereText(writer, where));
}

std::string SqlText::DiffersText(Writer& writer, const TableName& table,
                                 const Assignments& set) const {
  std::vector<std::string> parts;
  for (const auto& [column, value] : set) {
    const std::string own = In("t", column);
    if (!value) {
      parts.push_back(absl::StrCat(own, " IS NOT NULL"));
    } else {
      // As text: some types (json) know no comparison.
      parts.push_back(absl::StrCat(own, "::text IS DISTINCT FROM CAST(", writer.Text(value), " AS ",
                                   TypeOf(table, column), ")::text"));
    }
  }
  return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
}

// A category counts as held here when a column is neither null nor what `set` leaves behind.
std::string SqlText::HeldText(Writer& writer, const Place& place) const {
  const TableName& table = mapping_.TableOf(place.via);
  std::vector<std::string> parts;
  for (const auto& [column, value] : place.set) {
    const std::string own = In("t", column);
    std::string part = absl::StrCat(own, " IS NOT NULL");
    if (value) {
      absl::StrAppend(&part, " AND ", own, "::text <> CAST(", writer.Text(value), " AS ",
                      TypeOf(table, column), ")::text");
    }
    parts.push_back(part);
  }
  return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
}

std::string SqlText::SetText(Writer& writer, const TableName& table, const Assignments& set) const {
  std::vector<std::string> parts;
  for (const auto& [column, value] : set) {
    parts.push_back(absl::StrCat(Quoted(column), " = CAST(", writer.Text(value), " AS ",
                                 TypeOf(table, column), ")"));
  }
  return absl::StrJoin(parts, ", ");
}

Built SqlText::SelectRows(const Place& place) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const TableName& table = mapping_.TableOf(place.via);
  std::vector<std::string> pairs;
  for (const std::string& column : place.columns) {
    std::string value = In("t", column);
    if (TypeOf(table, column) == "bytea") value = absl::StrCat("encode(", value, ", 'base64')");
    pairs.push_back(absl::StrCat(writer.Text(column), "::text, ", value));
  }
  const std::string condition = Condition(writer, place.via, place.where);
  return {absl::StrCat("SELECT json_build_object(", absl::StrJoin(pairs, ", "), ")::text FROM ",
                       Quoted(table), " AS t WHERE ", condition, " ORDER BY 1"),
          std::move(writer).Extras()};
}

Built SqlText::CountHeld(const Place& place) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  std::string condition = Condition(writer, place.via, place.where);
  if (place.action == PlaceAction::kAnonymise && !place.set.empty()) {
    absl::StrAppend(&condition, " AND ", HeldText(writer, place));
  }
  return {absl::StrCat("SELECT count(*) FROM ", Quoted(mapping_.TableOf(place.via)), " AS t WHERE ",
                       condition),
          std::move(writer).Extras()};
}

Built SqlText::DeleteRows(const Place& place) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const std::string condition = Condition(writer, place.via, place.where);
  return {
      absl::StrCat("DELETE FROM ", Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition),
      std::move(writer).Extras()};
}

Built SqlText::Anonymise(const Place& place) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const TableName& table = mapping_.TableOf(place.via);
  const std::string set = SetText(writer, table, place.set);
  const std::string condition = Condition(writer, place.via, place.where);
  const std::string held = HeldText(writer, place);
  return {absl::StrCat("UPDATE ", Quoted(table), " AS t SET ", set, " WHERE ", condition, " AND ",
                       held),
          std::move(writer).Extras()};
}

Built SqlText::SelectTexts(const Place& place, const std::string& column) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const std::string condition = Condition(writer, place.via, place.where);
  return {absl::StrCat("SELECT DISTINCT ", In("t", column), "::text FROM ",
                       Quoted(mapping_.TableOf(place.via)), " AS t WHERE ", condition, " AND ",
                       In("t", column), " IS NOT NULL ORDER BY 1"),
          std::move(writer).Extras()};
}

Built SqlText::ReplaceText(const Place& place, const std::string& column) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const TableName& table = mapping_.TableOf(place.via);
  const std::string condition = Condition(writer, place.via, place.where);
  const int old_at = writer.next();
  return {absl::StrCat("UPDATE ", Quoted(table), " AS t SET ", Quoted(column), " = CAST($",
                       old_at + 1, "::text AS ", TypeOf(table, column), ") WHERE ", condition,
                       " AND ", In("t", column), "::text = $", old_at, "::text"),
          std::move(writer).Extras()};
}

Built SqlText::Apply(const Switch& one, const Assignments& set) const {
  Writer writer(static_cast<int>(mapping_.subjects.key.size()) + 1);
  const TableName& table = mapping_.TableOf(one.via);
  const std::string assigned = SetText(writer, table, set);
  const std::string condition = Condition(writer, one.via, one.where);
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
  return absl::StrCat("SELECT count(*) FROM ", Quoted(reference.table), " AS r, ",
                      Quoted(mapping_.subjects.table), " AS s WHERE ", KeyMatch("s", 1), " AND ",
                      absl::StrJoin(keys, " AND "));
}

std::string SqlText::DeleteSubject() const {
  return absl::StrCat("DELETE FROM ", Quoted(mapping_.subjects.table), " AS s WHERE ",
                      KeyMatch("s", 1));
}

std::string SqlText::AsTime(const TableName& table, const std::string& column,
                            const std::string& alias) const {
  const std::string type = TypeOf(table, column);
  const std::string own = In(alias, column);
  if (type == "timestamp with time zone") return own;
  return absl::StrCat("(", own, "::timestamp AT TIME ZONE ", kZone, ")");
}

std::string SqlText::AsDay(const TableName& table, const std::string& column) const {
  const std::string type = TypeOf(table, column);
  const std::string own = In("t", column);
  if (type == "date") return absl::StrCat("to_char(", own, ", 'YYYY-MM-DD')");
  if (type == "timestamp without time zone") {
    return absl::StrCat("to_char(", own, ", 'YYYY-MM-DD')");
  }
  return absl::StrCat("to_char(", own, " AT TIME ZONE ", kZone, ", 'YYYY-MM-DD')");
}

std::string SqlText::SourceText(const Source& source, int& next, std::vector<Extra>& extras) const {
  if (source.value) {
    extras.emplace_back(source.value);
    return absl::StrCat("$", next++, "::text");
  }
  if (source.via.empty()) return absl::StrCat(In("s", source.column), "::text");
  std::vector<std::string> from = {absl::StrCat(Quoted(mapping_.TableOf(source.via)), " AS t")};
  return absl::StrCat("(SELECT ", In("t", source.column), "::text FROM ", from.front(), " WHERE ",
                      Reach(source.via, ""), ")");
}

std::string SqlText::SourceTime(const Source& source) const {
  const TableName& table = mapping_.TableOf(source.via);
  if (source.via.empty()) return AsTime(table, source.column, "s");
  return absl::StrCat("(SELECT max(", AsTime(table, source.column, "t"), ") FROM ", Quoted(table),
                      " AS t WHERE ", Reach(source.via, ""), ")");
}

std::string SqlText::CategoryHeld(const Category& category, int& next,
                                  std::vector<Extra>& extras) const {
  std::vector<std::string> parts;
  for (const Place& place : category.places) {
    Writer writer(next);
    const bool judged = place.action == PlaceAction::kAnonymise && !place.set.empty();
    std::string inner = WhereText(writer, place.where);
    if (judged) absl::StrAppend(&inner, " AND ", HeldText(writer, place));
    const TableName& table = mapping_.TableOf(place.via);
    const std::string reach =
        place.via.empty()
            ? [&] {
                std::vector<std::string> same;
                for (const std::string& key : mapping_.subjects.key) {
                  same.push_back(absl::StrCat(In("t", key), " = ", In("s", key)));
                }
                return absl::StrJoin(same, " AND ");
              }()
            : Reach(place.via, "");
    parts.push_back(
        absl::StrCat("EXISTS (SELECT 1 FROM ", Quoted(table), " AS t WHERE ", reach, inner, ")"));
    next = writer.next();
    for (Extra& extra : std::move(writer).Extras()) extras.push_back(std::move(extra));
  }
  return absl::StrCat("(", absl::StrJoin(parts, " OR "), ")");
}

Built SqlText::Page(bool after, const std::vector<std::string>& columns, std::vector<Extra> extras,
                    int limit_at) const {
  const Subjects& subjects = mapping_.subjects;
  std::vector<std::string> own, given;
  for (size_t i = 0; i < subjects.key.size(); ++i) {
    own.push_back(In("s", subjects.key[i]));
    given.push_back(
        absl::StrCat("CAST($", i + 1, " AS ", TypeOf(subjects.table, subjects.key[i]), ")"));
  }
  const std::string order = absl::StrJoin(own, ", ");
  std::string where;
  if (after) where = absl::StrCat(" WHERE (", order, ") > (", absl::StrJoin(given, ", "), ")");
  return {absl::StrCat("SELECT ", absl::StrJoin(columns, ", "), " FROM ", Quoted(subjects.table),
                       " AS s", where, " ORDER BY ", order, " LIMIT $", limit_at, "::text::bigint"),
          std::move(extras)};
}

std::string SqlText::Gather(const Via& via, const std::vector<std::string>& values,
                            const std::string& condition) const {
  std::vector<std::string> from = {absl::StrCat(Quoted(mapping_.subjects.table), " AS s")};
  std::vector<std::string> where = {KeyIn(1)};
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
