#include "services/connector/adapters/sql/mapping.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strict_yaml.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/sql/linkage.h"
#include "services/connector/adapters/sql/mapping_words.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

constexpr size_t kIdentifierBytesMax = 63;  // NAMEDATALEN - 1

class Reader {
 public:
  explicit Reader(Mapping& mapping) : mapping_(mapping) {}

  absl::Status Read(const YamlNode& root) {
    YamlMap map(root, errors_);
    if (map.Text("mapping") != "1") errors_.Add(root, "mapping: want version 1");
    mapping_.system = map.Text("system");
    schema_ = map.OptionalText("schema").value_or("public");
    CheckName(root, schema_);
    if (const YamlNode* joins = map.OptionalChild("joins")) ReadJoins(*joins);
    if (const YamlNode* subjects = map.Child("subjects")) ReadSubjects(*subjects);
    if (const YamlNode* flags = map.OptionalChild("flags")) ReadFlags(*flags);
    if (const YamlNode* categories = map.Child("categories")) ReadCategories(*categories);
    Each(map.OptionalChild("signals"), [this](const YamlNode& node) { ReadSignal(node); });
    Each(map.OptionalChild("purposes"), [this](const YamlNode& node) { ReadPurpose(node); });
    Each(map.OptionalChild("relationships"),
         [this](const YamlNode& node) { ReadRelationship(node); });
    if (const YamlNode* source = map.OptionalChild("source")) ReadOrigin(*source);
    mapping_.capacity = Word(root, map.OptionalText("capacity").value_or(""), CapacityWords());
    Each(map.OptionalChild("restrict"), [this](const YamlNode& node) { ReadRestrict(node); });
    Each(map.OptionalChild("stop"), [this](const YamlNode& node) { ReadStop(node); });
    map.Done();
    return errors_.ToStatus();
  }

 private:
  static Spot SpotOf(const YamlNode& node) { return {node.path, node.line}; }

  template <typename F>
  void Each(const YamlNode* list, F&& read) {
    if (list == nullptr) return;
    if (list->kind != YamlNode::Kind::kSequence) return errors_.Add(*list, "want a list");
    for (const YamlNode& item : list->items) read(item);
  }

  void CheckName(const YamlNode& at, const std::string& name) {
    if (name.empty() || name.size() > kIdentifierBytesMax || !IsCleanUtf8(name)) {
      errors_.Add(at, absl::StrCat("\"", name, "\" cannot name a table or column (1..",
                                   kIdentifierBytesMax, " bytes)"));
    }
  }

  std::vector<std::string> Columns(const YamlNode& at, std::vector<std::string> names,
                                   bool required) {
    if (required && names.empty()) errors_.Add(at, "want at least one column");
    for (const std::string& name : names) CheckName(at, name);
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
      errors_.Add(at, "a column stands twice");
    }
    return names;
  }

  std::string Word(const YamlNode& at, std::string word, const std::set<std::string>& words) {
    if (!word.empty() && words.count(word) == 0) {
      errors_.Add(at, absl::StrCat("\"", word, "\", want one of ", absl::StrJoin(words, ", ")));
    }
    return word;
  }

  TableName Table(const YamlNode& at, const std::string& text) {
    const size_t dot = text.find('.');
    TableName table = dot == std::string::npos
                          ? TableName{schema_, text}
                          : TableName{text.substr(0, dot), text.substr(dot + 1)};
    CheckName(at, table.schema);
    CheckName(at, table.name);
    return table;
  }

  void ReadJoins(const YamlNode& node) {
    for (const auto& [name, child] : node.fields) {
      YamlMap map(child, errors_);
      Join join;
      join.spot = SpotOf(child);
      join.from = Table(child, map.Text("from"));
      join.to = Table(child, map.Text("to"));
      if (const YamlNode* keys = map.Child("keys")) {
        for (const auto& [from, to] : keys->fields) {
          CheckName(*keys, from);
          CheckName(*keys, to.scalar);
          join.keys.emplace_back(from, to.scalar);
        }
        if (join.keys.empty()) errors_.Add(*keys, "want at least one pair of columns");
      }
      map.Done();
      mapping_.joins.emplace(name, std::move(join));
    }
  }

  Via ReadVia(YamlMap& map) {
    Via via;
    const YamlNode& at = map.node();
    for (const std::string& name : map.OptionalTexts("via")) {
      const auto found = mapping_.joins.find(name);
      if (found == mapping_.joins.end()) {
        errors_.Add(at, absl::StrCat("join ", name, " is not defined"));
        continue;
      }
      const Join& join = found->second;
      if (join.from != mapping_.TableOf(via)) {
        errors_.Add(at,
                    absl::StrCat("join ", name, " starts at ", join.from.name,
                                 ", but the one before it ends at ", mapping_.TableOf(via).name));
      }
      via.push_back(&join);
    }
    return via;
  }

  Source ReadSource(const YamlNode& node) {
    YamlMap map(node, errors_);
    Source source;
    source.spot = SpotOf(node);
    source.via = ReadVia(map);
    source.column = map.OptionalText("column").value_or("");
    source.value = map.OptionalText("value");
    if (source.column.empty() != source.value.has_value()) {
      errors_.Add(node, "want either column or value");
    }
    if (!source.column.empty()) CheckName(node, source.column);
    if (const YamlNode* values = map.OptionalChild("values")) {
      for (const auto& [stored, meaning] : values->fields) {
        source.values.emplace(stored, meaning.scalar);
      }
      if (source.values.empty()) errors_.Add(*values, "want at least one value");
    }
    map.Done();
    return source;
  }

  std::optional<Source> ReadOptionalSource(YamlMap& map, std::string_view key) {
    const YamlNode* node = map.OptionalChild(key);
    if (node == nullptr) return std::nullopt;
    return ReadSource(*node);
  }

  // The meanings of a source must be true and false.
  void CheckBoolean(const YamlNode& at, const Source& source) {
    const auto good = [](const std::string& text) { return text == "true" || text == "false"; };
    bool ok = !source.value || good(*source.value);
    for (const auto& [stored, meaning] : source.values) ok = ok && good(meaning);
    if (!ok) errors_.Add(at, "means true or false and nothing else");
  }

  void ReadSubjects(const YamlNode& node) {
    YamlMap map(node, errors_);
    Subjects& subjects = mapping_.subjects;
    subjects.spot = SpotOf(node);
    subjects.table = Table(node, map.Text("table"));
    subjects.key = Columns(node, map.Texts("key"), true);
    subjects.names = Columns(node, map.Texts("names"), false);
    Each(map.Child("identifiers"), [this](const YamlNode& item) { ReadIdentifier(item); });
    if (const YamlNode* category = map.Child("category")) subjects.category = ReadSource(*category);
    subjects.collected_at = ReadOptionalSource(map, "collected_at");
    if (const YamlNode* soft = map.OptionalChild("soft_delete")) {
      YamlMap inner(*soft, errors_);
      subjects.soft_delete = inner.Text("column");
      CheckName(*soft, subjects.soft_delete);
      inner.Done();
    }
    subjects.erase_row = map.OptionalBool("erase_row", false);
    map.Done();
  }

  void ReadIdentifier(const YamlNode& node) {
    YamlMap map(node, errors_);
    SubjectIdentifier identifier;
    identifier.spot = SpotOf(node);
    identifier.column = map.Text("column");
    CheckName(node, identifier.column);
    const std::string type = map.Text("type");
    const auto word = IdentifierWords().find(type);
    if (word == IdentifierWords().end()) {
      errors_.Add(node, absl::StrCat("type \"", type,
                                     "\", want email, phone, customer_number, employee_number"));
    } else {
      identifier.type = word->second;
    }
    identifier.match = map.OptionalBool("match", true);
    map.Done();
    mapping_.subjects.identifiers.push_back(std::move(identifier));
  }

  void ReadFlags(const YamlNode& node) {
    for (const auto& [name, child] : node.fields) {
      Word(child, name, FlagWords());
      Source source = ReadSource(child);
      if (name == "customer" || name == "contacted") CheckBoolean(child, source);
      mapping_.flags.emplace(name, std::move(source));
    }
  }

  void ReadSignal(const YamlNode& node) {
    YamlMap map(node, errors_);
    Signal signal;
    signal.spot = SpotOf(node);
    signal.event = Word(node, map.Text("event"), EventWords());
    signal.column = map.Text("column");
    CheckName(node, signal.column);
    signal.via = ReadVia(map);
    signal.categories = map.OptionalTexts("categories");
    for (const std::string& category : signal.categories) {
      if (mapping_.FindCategory(category) == nullptr) {
        errors_.Add(node, absl::StrCat("category ", category, " is not in this file"));
      }
    }
    const std::string per = Word(node, map.OptionalText("per").value_or(""), {"day"});
    signal.per_day = per == "day";
    map.Done();
    if (signal.per_day) CheckPerDay(node, signal);
    mapping_.signals.push_back(std::move(signal));
  }

  // What is disposed of day by day are whole rows of the table the days are in.
  void CheckPerDay(const YamlNode& node, const Signal& signal) {
    if (signal.categories.size() != 1) return errors_.Add(node, "per: day wants one category");
    const Category* const category = mapping_.FindCategory(signal.categories[0]);
    if (category == nullptr) return;
    const bool rows = std::ranges::all_of(category->places, [&](const Place& place) {
      return place.action == PlaceAction::kDelete && place.via == signal.via;
    });
    if (!rows) errors_.Add(node, "per: day wants places that delete rows behind the same via");
  }

  void ReadPurpose(const YamlNode& node) {
    YamlMap map(node, errors_);
    Purpose purpose;
    purpose.spot = SpotOf(node);
    purpose.purpose = map.Text("purpose");
    purpose.subjects = map.OptionalTexts("subjects");
    purpose.held_when = ReadOptionalSource(map, "held_when");
    if (purpose.held_when) CheckBoolean(node, *purpose.held_when);
    purpose.ended_at = ReadOptionalSource(map, "ended_at");
    map.Done();
    mapping_.purposes.push_back(std::move(purpose));
  }

  void ReadRelationship(const YamlNode& node) {
    YamlMap map(node, errors_);
    Relationship relationship;
    relationship.spot = SpotOf(node);
    relationship.kind = Word(node, map.Text("kind"), RelationshipWords());
    relationship.via = ReadVia(map);
    relationship.from = map.Text("from");
    CheckName(node, relationship.from);
    relationship.to = Columns(node, map.OptionalTexts("to"), false);
    relationship.purposes = map.OptionalTexts("purposes");
    relationship.subjects = map.OptionalTexts("subjects");
    map.Done();
    mapping_.relationships.push_back(std::move(relationship));
  }

  void ReadOrigin(const YamlNode& node) {
    YamlMap map(node, errors_);
    mapping_.origin.code = ReadOptionalSource(map, "code");
    mapping_.origin.notice_at = ReadOptionalSource(map, "notice_at");
    if (const YamlNode* evidence = map.OptionalChild("evidence")) {
      for (const auto& [code, names] : evidence->fields) {
        for (const auto& [name, source] : names.fields) {
          mapping_.origin.evidence[code].emplace(name, ReadSource(source));
        }
      }
    }
    map.Done();
  }

  Where ReadWhere(YamlMap& map) {
    Where where;
    const YamlNode* node = map.OptionalChild("where");
    if (node == nullptr) return where;
    YamlMap inner(*node, errors_);
    for (const auto& [column, values] : node->fields) {
      CheckName(values, column);
      where.emplace_back(column, inner.Texts(column));
      if (where.back().second.empty()) errors_.Add(values, "want at least one value");
    }
    return where;
  }

  Assignments ReadSet(YamlMap& map, std::string_view key) {
    Assignments set;
    const YamlNode* node = map.OptionalChild(key);
    if (node == nullptr) return set;
    for (const auto& [column, value] : node->fields) {
      CheckName(value, column);
      if (value.kind == YamlNode::Kind::kNull) {
        set.emplace_back(column, std::nullopt);
      } else if (value.kind == YamlNode::Kind::kScalar) {
        set.emplace_back(column, value.scalar);
      } else {
        errors_.Add(value, "want null or a text");
      }
    }
    if (set.empty()) errors_.Add(*node, "want at least one column");
    return set;
  }

  void ReadCategories(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap || node.fields.empty()) {
      return errors_.Add(node, "want a map with at least one category");
    }
    for (const auto& [name, list] : node.fields) {
      Category category{name, {}};
      Each(&list, [&](const YamlNode& item) { category.places.push_back(ReadPlace(item)); });
      if (category.places.empty()) errors_.Add(list, "want at least one place");
      mapping_.categories.push_back(std::move(category));
    }
  }

  Place ReadPlace(const YamlNode& node) {
    YamlMap map(node, errors_);
    Place place;
    place.spot = SpotOf(node);
    place.via = ReadVia(map);
    place.where = ReadWhere(map);
    place.columns = Columns(node, map.Texts("columns"), true);
    const std::string action = Word(node, map.Text("action"), {"delete", "anonymise", "keep"});
    place.action = action == "anonymise" ? PlaceAction::kAnonymise
                   : action == "keep"    ? PlaceAction::kKeep
                                         : PlaceAction::kDelete;
    place.set = ReadSet(map, "set");
    place.redact = Columns(node, map.OptionalTexts("redact"), false);
    place.quasi = Columns(node, map.OptionalTexts("quasi"), false);
    place.reason = map.OptionalText("reason").value_or("");
    if (const YamlNode* aggregate = map.OptionalChild("aggregate")) {
      place.aggregate = ReadAggregate(*aggregate);
    }
    map.Done();
    CheckPlace(node, place);
    return place;
  }

  Aggregate ReadAggregate(const YamlNode& node) {
    YamlMap map(node, errors_);
    Aggregate aggregate;
    aggregate.spot = SpotOf(node);
    aggregate.into = Table(node, map.Text("into"));
    aggregate.time = map.Text("time");
    aggregate.month = map.Text("month");
    aggregate.rows = map.Text("rows");
    aggregate.people = map.Text("people");
    for (const std::string* name :
         {&aggregate.time, &aggregate.month, &aggregate.rows, &aggregate.people}) {
      CheckName(node, *name);
    }
    if (const YamlNode* group = map.OptionalChild("group")) {
      for (const auto& [from, to] : group->fields) {
        CheckName(*group, from);
        CheckName(*group, to.scalar);
        aggregate.group.emplace_back(from, to.scalar);
      }
    }
    map.Done();
    return aggregate;
  }

  // People are told apart by the columns that join a row to them; none of these may be a group.
  void CheckAggregate(const YamlNode& node, const Place& place) {
    if (place.action != PlaceAction::kDelete || place.via.size() != 1) {
      return errors_.Add(node, "aggregate goes with action delete and a via of one join");
    }
    for (const auto& [column, into] : place.aggregate->group) {
      const bool joins = std::ranges::any_of(mapping_.joins, [&](const auto& named) {
        return JoinsBy(named.second, place.via.back()->to, column);
      });
      if (joins) errors_.Add(node, absl::StrCat("linkage: column ", column, " joins a table"));
    }
  }

  void CheckPlace(const YamlNode& node, const Place& place) {
    if (place.aggregate) CheckAggregate(node, place);
    const bool anonymise = place.action == PlaceAction::kAnonymise;
    if (!anonymise && (!place.set.empty() || !place.redact.empty())) {
      errors_.Add(node, "set and redact go with action anonymise");
    }
    if (anonymise && place.set.empty() && place.redact.empty()) {
      errors_.Add(node, "anonymise wants set or redact");
    }
    if ((place.action == PlaceAction::kKeep) == place.reason.empty()) {
      errors_.Add(node, "reason goes with action keep, and keep wants one");
    }
    if (place.action == PlaceAction::kDelete && place.via.empty()) {
      errors_.Add(node, "delete without via: the subject's own row goes by erase_row");
    }
    if (!place.quasi.empty()) {
      for (const std::string& fault : LinkageFaults(place, mapping_.joins)) {
        errors_.Add(node, fault);
      }
      return;
    }
    if (!anonymise || !place.redact.empty()) return;
    // Otherwise the category would count as held for ever.
    for (const std::string& column : place.columns) {
      const bool set = std::ranges::any_of(
          place.set, [&](const auto& assignment) { return assignment.first == column; });
      if (!set) errors_.Add(node, absl::StrCat("column ", column, " is not in set"));
    }
  }

  void ReadRestrict(const YamlNode& node) {
    YamlMap map(node, errors_);
    Switch one;
    one.spot = SpotOf(node);
    one.via = ReadVia(map);
    one.where = ReadWhere(map);
    one.set = ReadSet(map, "set");
    one.lift = ReadSet(map, "lift");
    if (one.set.empty() || one.lift.empty()) errors_.Add(node, "restrict wants set and lift");
    map.Done();
    mapping_.restrict_places.push_back(std::move(one));
  }

  void ReadStop(const YamlNode& node) {
    YamlMap map(node, errors_);
    Switch one;
    one.spot = SpotOf(node);
    one.via = ReadVia(map);
    one.where = ReadWhere(map);
    one.set = ReadSet(map, "set");
    one.purposes = map.Texts("purposes");
    if (one.set.empty()) errors_.Add(node, "stop wants set");
    map.Done();
    mapping_.stop_places.push_back(std::move(one));
  }

  Mapping& mapping_;
  YamlErrors errors_;
  std::string schema_;
};

}  // namespace

const Category* Mapping::FindCategory(std::string_view name) const {
  for (const Category& category : categories) {
    if (category.name == name) return &category;
  }
  return nullptr;
}

absl::StatusOr<Mapping> ParseMapping(std::string_view text, std::string file) {
  Mapping mapping;
  mapping.file = std::move(file);
  mapping.text_sha256 = Sha256(text);
  ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(text));
  RETURN_IF_ERROR(Reader(mapping).Read(root));
  return mapping;
}

absl::StatusOr<Mapping> LoadMapping(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  if (!stream) return InvalidField(file, "cannot be read");
  return ParseMapping(text.str(), file);
}

}  // namespace varsam::connector::sql
