// Judges a mapping against the live schema (catalog.h).
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/connector/adapters/sql/catalog.h"

namespace varsam::connector::sql {
namespace {

bool IsTime(ColumnKind kind) {
  return kind == ColumnKind::kDate || kind == ColumnKind::kInstant ||
         kind == ColumnKind::kLocalTime;
}

class Checker {
 public:
  Checker(const Mapping& mapping, const Catalog& catalog) : mapping_(mapping), catalog_(catalog) {}

  absl::Status Check() {
    CheckSubjects();
    for (const auto& [name, join] : mapping_.joins) CheckJoin(join);
    for (const auto& [name, source] : mapping_.flags) CheckSource(source);
    for (const Signal& signal : mapping_.signals) {
      CheckTime(signal.spot, mapping_.TableOf(signal.via), signal.column);
    }
    for (const Category& category : mapping_.categories) {
      for (const Place& place : category.places) CheckPlace(place);
    }
    for (const Purpose& purpose : mapping_.purposes) {
      if (purpose.held_when) CheckSource(*purpose.held_when);
      if (purpose.ended_at) CheckTimeSource(*purpose.ended_at);
    }
    for (const Relationship& one : mapping_.relationships) {
      CheckTime(one.spot, mapping_.TableOf(one.via), one.from);
      for (const std::string& to : one.to) CheckTime(one.spot, mapping_.TableOf(one.via), to);
    }
    CheckOrigin();
    for (const Switch& one : mapping_.restrict_places) CheckSwitch(one);
    for (const Switch& one : mapping_.stop_places) CheckSwitch(one);
    if (violations_.empty()) return absl::OkStatus();
    absl::Status status = InvalidFields(std::move(violations_));
    absl::Status mismatch = ErrorWithReason(absl::StatusCode::kFailedPrecondition,
                                            "MAPPING_MISMATCH", std::string(status.message()));
    SetFieldViolations(mismatch, FieldViolationsOf(status));
    return mismatch;
  }

 private:
  void Fault(const Spot& spot, const std::string& what) {
    violations_.push_back({absl::StrCat(mapping_.file, ": ", spot.path),
                           absl::StrCat("line ", spot.line, ": ", what)});
  }

  const Table* TableAt(const Spot& spot, const TableName& name) {
    const auto found = catalog_.tables.find(name);
    if (found == catalog_.tables.end()) {
      Fault(spot, absl::StrCat("table ", name.schema, ".", name.name, " does not exist"));
      return nullptr;
    }
    if (!found->second.may_select) {
      Fault(spot, absl::StrCat("no right to read ", name.schema, ".", name.name));
    }
    return &found->second;
  }

  const Column* ColumnAt(const Spot& spot, const TableName& table, const std::string& column) {
    if (catalog_.tables.count(table) == 0) return nullptr;  // said where the table is named
    const Column* found = catalog_.Find(table, column);
    if (found == nullptr) {
      Fault(spot,
            absl::StrCat("column ", column, " does not exist in ", table.schema, ".", table.name));
    }
    return found;
  }

  void CheckTime(const Spot& spot, const TableName& table, const std::string& column) {
    const Column* found = ColumnAt(spot, table, column);
    if (found != nullptr && !IsTime(found->kind)) {
      Fault(spot,
            absl::StrCat("column ", column, " is a ", found->type, ", want a date or a timestamp"));
    }
  }

  void CheckSource(const Source& source) {
    if (!source.column.empty()) {
      ColumnAt(source.spot, mapping_.TableOf(source.via), source.column);
    }
  }

  void CheckTimeSource(const Source& source) {
    if (source.column.empty() || !source.values.empty()) {
      return Fault(source.spot, "want a column that is a date or a timestamp");
    }
    CheckTime(source.spot, mapping_.TableOf(source.via), source.column);
  }

  void CheckSubjects() {
    const Subjects& subjects = mapping_.subjects;
    const Table* table = TableAt(subjects.spot, subjects.table);
    for (const std::string& key : subjects.key) ColumnAt(subjects.spot, subjects.table, key);
    for (const std::string& name : subjects.names) ColumnAt(subjects.spot, subjects.table, name);
    for (const SubjectIdentifier& identifier : subjects.identifiers) {
      ColumnAt(identifier.spot, subjects.table, identifier.column);
    }
    CheckSource(subjects.category);
    if (subjects.collected_at) CheckTimeSource(*subjects.collected_at);
    if (!subjects.soft_delete.empty()) {
      ColumnAt(subjects.spot, subjects.table, subjects.soft_delete);
    }
    if (!subjects.erase_row || table == nullptr) return;
    if (!table->may_delete) Fault(subjects.spot, "erase_row: no right to delete the subject's row");
    for (const Reference& reference : catalog_.references) {
      if (reference.may_select) continue;
      Fault(subjects.spot,
            absl::StrCat("erase_row: ", reference.table.schema, ".", reference.table.name,
                         " refers to the row and cannot be read"));
    }
  }

  void CheckJoin(const Join& join) {
    TableAt(join.spot, join.from);
    TableAt(join.spot, join.to);
    for (const auto& [from, to] : join.keys) {
      const Column* left = ColumnAt(join.spot, join.from, from);
      const Column* right = ColumnAt(join.spot, join.to, to);
      if (left == nullptr || right == nullptr || left->type == right->type) continue;
      if (left->kind == right->kind && left->kind != ColumnKind::kOther) continue;
      Fault(join.spot,
            absl::StrCat("column ", from, " is a ", left->type, " and ", to, " a ", right->type));
    }
  }

  void CheckSet(const Spot& spot, const TableName& table, const Assignments& set) {
    for (const auto& [column, value] : set) {
      const Column* found = ColumnAt(spot, table, column);
      if (found != nullptr && found->not_null && !value) {
        Fault(spot, absl::StrCat("column ", column, " cannot be null"));
      }
      CheckChange(spot, found, column);
    }
  }

  void CheckChange(const Spot& spot, const Column* found, const std::string& column) {
    if (found == nullptr || found->may_update) return;
    Fault(spot, absl::StrCat("no right to update column ", column));
  }

  // What cannot be rolled back cannot be called off before it is committed.
  void CheckTransactional(const Spot& spot, const TableName& name, const Table& table) {
    if (table.transactional) return;
    Fault(spot, absl::StrCat(name.schema, ".", name.name, " is kept without transactions"));
  }

  void CheckWhere(const Spot& spot, const TableName& table, const Where& where) {
    for (const auto& [column, values] : where) ColumnAt(spot, table, column);
  }

  bool RefersToSubject(const TableName& table, const std::string& column) const {
    return std::ranges::any_of(catalog_.references, [&](const Reference& reference) {
      return reference.table == table && std::ranges::any_of(reference.keys, [&](const auto& key) {
               return key.first == column;
             });
    });
  }

  void CheckPlace(const Place& place) {
    const TableName& name = mapping_.TableOf(place.via);
    for (const std::string& column : place.columns) ColumnAt(place.spot, name, column);
    CheckWhere(place.spot, name, place.where);
    CheckSet(place.spot, name, place.set);
    for (const std::string& column : place.redact) {
      const Column* found = ColumnAt(place.spot, name, column);
      if (found != nullptr && found->kind != ColumnKind::kText) {
        Fault(place.spot, absl::StrCat("column ", column, " is a ", found->type,
                                       ", only text can be redacted"));
      }
      CheckChange(place.spot, found, column);
    }
    for (const std::string& column : place.quasi) {
      ColumnAt(place.spot, name, column);
      if (!RefersToSubject(name, column)) continue;
      Fault(place.spot, absl::StrCat("linkage: column ", column, " refers to the subjects' table"));
    }
    if (place.aggregate) CheckAggregate(*place.aggregate, name);
    const auto table = catalog_.tables.find(name);
    if (table == catalog_.tables.end()) return;
    if (!place.quasi.empty() && !table->second.may_delete) {
      Fault(place.spot, absl::StrCat("no right to delete from ", name.schema, ".", name.name,
                                     ", where too small a group must go"));
    }
    if (place.action != PlaceAction::kKeep) {
      CheckTransactional(place.spot, name, table->second);
    }
    if (place.action == PlaceAction::kDelete && !table->second.may_delete) {
      Fault(place.spot, absl::StrCat("no right to delete from ", name.schema, ".", name.name));
    }
    if (place.action == PlaceAction::kAnonymise && !table->second.may_update) {
      Fault(place.spot, absl::StrCat("no right to update ", name.schema, ".", name.name));
    }
  }

  void CheckAggregate(const Aggregate& one, const TableName& rows) {
    CheckTime(one.spot, rows, one.time);
    const Table* into = TableAt(one.spot, one.into);
    if (into != nullptr) CheckTransactional(one.spot, one.into, *into);
    ColumnAt(one.spot, one.into, one.month);
    for (const std::string& column : {one.rows, one.people}) {
      const Column* found = ColumnAt(one.spot, one.into, column);
      if (found == nullptr || found->kind == ColumnKind::kInteger) continue;
      Fault(one.spot, absl::StrCat("column ", column, " is a ", found->type, ", want an integer"));
    }
    for (const auto& [from, to] : one.group) {
      ColumnAt(one.spot, rows, from);
      ColumnAt(one.spot, one.into, to);
      if (!RefersToSubject(rows, from)) continue;
      Fault(one.spot, absl::StrCat("linkage: column ", from, " refers to the subjects' table"));
    }
  }

  void CheckSwitch(const Switch& one) {
    const TableName& name = mapping_.TableOf(one.via);
    CheckWhere(one.spot, name, one.where);
    CheckSet(one.spot, name, one.set);
    CheckSet(one.spot, name, one.lift);
    const auto table = catalog_.tables.find(name);
    if (table == catalog_.tables.end()) return;
    CheckTransactional(one.spot, name, table->second);
    if (!table->second.may_update) {
      Fault(one.spot, absl::StrCat("no right to update ", name.schema, ".", name.name));
    }
  }

  void CheckOrigin() {
    if (mapping_.origin.code) CheckSource(*mapping_.origin.code);
    if (mapping_.origin.notice_at) CheckTimeSource(*mapping_.origin.notice_at);
    for (const auto& [code, names] : mapping_.origin.evidence) {
      for (const auto& [name, source] : names) CheckSource(source);
    }
  }

  const Mapping& mapping_;
  const Catalog& catalog_;
  std::vector<FieldViolation> violations_;
};

}  // namespace

absl::Status CheckMapping(const Mapping& mapping, const Catalog& catalog) {
  return Checker(mapping, catalog).Check();
}

}  // namespace varsam::connector::sql
