// One page of everybody in the system: who they are (for the registry) and what moves their clocks
// (for retention).
#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {
namespace {

using Key = std::vector<std::string>;

// The columns of a page, and where each thing stands in it.
class PageColumns {
 public:
  PageColumns(const Work& work, int first_parameter) : work_(work), next_(first_parameter) {}

  int Add(std::string expression) {
    columns_.push_back(std::move(expression));
    return static_cast<int>(columns_.size()) - 1;
  }
  int AddText(const Source& source) { return Add(work_.text.SourceText(source, next_, extras_)); }
  int AddTime(const std::optional<Source>& source) {
    return source ? Add(work_.text.SourceTime(*source)) : -1;
  }
  int AddHeld(const Category& category) {
    return Add(work_.text.CategoryHeld(category, next_, extras_));
  }
  Built Page(bool after, int rows) && {
    const int limit_at = next_;
    extras_.emplace_back(absl::StrCat(rows));
    return work_.text.Page(after, columns_, std::move(extras_), limit_at);
  }

 private:
  const Work& work_;
  int next_;
  std::vector<std::string> columns_;
  std::vector<Extra> extras_;
};

struct Layout {
  int names = 0, identifiers = 0, category = 0, code = -1, collected = -1, notice = -1;
  std::map<std::string, int> flags;
  std::vector<int> held_when, ended_at;  // beside mapping.purposes
  std::map<std::string, std::vector<std::pair<std::string, int>>> evidence;
  std::vector<int> held;  // beside mapping.categories
};

std::string JoinedNames(const Mapping& mapping) {
  std::vector<std::string> names;
  for (const std::string& name : mapping.subjects.names) {
    names.push_back(absl::StrCat("s.", Quoted(name), "::text"));
  }
  return names.empty() ? "''::text"
                       : absl::StrCat("concat_ws(' ', ", absl::StrJoin(names, ", "), ")");
}

Layout LayOut(const Mapping& mapping, PageColumns& columns) {
  Layout layout;
  for (const std::string& key : mapping.subjects.key) {
    columns.Add(absl::StrCat("s.", Quoted(key), "::text"));
  }
  layout.names = columns.Add(JoinedNames(mapping));
  layout.identifiers = layout.names + 1;
  for (const SubjectIdentifier& identifier : mapping.subjects.identifiers) {
    columns.Add(absl::StrCat("s.", Quoted(identifier.column), "::text"));
  }
  layout.category = columns.AddText(mapping.subjects.category);
  layout.collected = columns.AddTime(mapping.subjects.collected_at);
  for (const auto& [flag, source] : mapping.flags) layout.flags[flag] = columns.AddText(source);
  if (mapping.origin.code) layout.code = columns.AddText(*mapping.origin.code);
  layout.notice = columns.AddTime(mapping.origin.notice_at);
  for (const auto& [code, names] : mapping.origin.evidence) {
    for (const auto& [name, source] : names) {
      layout.evidence[code].emplace_back(name, columns.AddText(source));
    }
  }
  for (const Purpose& purpose : mapping.purposes) {
    layout.held_when.push_back(purpose.held_when ? columns.AddText(*purpose.held_when) : -1);
    layout.ended_at.push_back(columns.AddTime(purpose.ended_at));
  }
  for (const Category& category : mapping.categories)
    layout.held.push_back(columns.AddHeld(category));
  return layout;
}

bool Fits(const std::vector<std::string>& subjects, const std::string& category) {
  return subjects.empty() || std::ranges::find(subjects, category) != subjects.end();
}

// Reads the rows of a page.
class PageReader {
 public:
  PageReader(const Mapping& mapping, const Layout& layout, InventoryPage& page)
      : mapping_(mapping), layout_(layout), page_(page) {}

  void Read(const pg::Row& row) {
    Key key;
    for (size_t i = 0; i < mapping_.subjects.key.size(); ++i) {
      key.emplace_back(row.Text(static_cast<int>(i)));
    }
    last_key_ = RecordKeyOf(key);
    InventoryRow out;
    faulty_ = false;
    out.subject.record_key = last_key_;
    ReadSubject(row, out.subject);
    std::map<std::string, std::string> flags;
    for (const auto& [flag, at] : layout_.flags) {
      std::string value = Meaning(row, at, mapping_.flags.at(flag));
      if (!value.empty()) flags[flag] = std::move(value);
    }
    ReadOrigin(row, flags, out.subject);
    const std::vector<InventoryPurpose> purposes = ReadPurposes(row, out.subject.category);
    for (size_t i = 0; i < mapping_.categories.size(); ++i) {
      if (!row.Bool(layout_.held[i])) continue;
      RecordFor(out, mapping_.categories[i].name)
          .data_categories.push_back(mapping_.categories[i].name);
    }
    for (InventoryRecord& record : out.records) {
      record.flags = flags;
      record.purposes = purposes;
    }
    if (faulty_) return;
    rows_by_key_[last_key_] = page_.rows.size();
    page_.rows.push_back(std::move(out));
    keys_.push_back(std::move(key));
  }

  InventoryRow* Find(const std::string& record_key) {
    const auto found = rows_by_key_.find(record_key);
    return found == rows_by_key_.end() ? nullptr : &page_.rows[found->second];
  }
  const std::vector<Key>& keys() const { return keys_; }
  const std::string& last_key() const { return last_key_; }

  // The group a category belongs to: the first category of the signal that is about it alone.
  std::string GroupOf(const std::string& category) const {
    for (const Signal& signal : mapping_.signals) {
      if (signal.categories.empty()) continue;
      if (std::ranges::find(signal.categories, category) != signal.categories.end()) {
        return absl::StrCat("#", signal.categories.front());
      }
    }
    return "";
  }

 private:
  std::string Meaning(const pg::Row& row, int at, const Source& source) {
    const auto stored = row.OptionalText(at);
    if (!stored) return "";
    if (source.values.empty()) return std::string(*stored);
    const auto meaning = source.values.find(std::string(*stored));
    if (meaning != source.values.end()) return meaning->second;
    faulty_ = true;
    page_.faults.push_back(absl::StrCat(last_key_, ": ", source.spot.path));
    return "";
  }

  static std::optional<absl::Time> TimeAt(const pg::Row& row, int at) {
    return at < 0 ? std::nullopt : row.OptionalTime(at);
  }

  void ReadSubject(const pg::Row& row, InventorySubject& subject) {
    subject.display_name = Personal<std::string>(std::string(row.Text(layout_.names)));
    int at = layout_.identifiers;
    for (const SubjectIdentifier& identifier : mapping_.subjects.identifiers) {
      const auto value = row.OptionalText(at++);
      if (!value || !identifier.match) continue;
      std::string text(absl::StripAsciiWhitespace(ToAbsl(*value)));
      if (text.empty()) continue;
      subject.identifiers.push_back({identifier.type, Personal<std::string>(std::move(text)), ""});
    }
    subject.category = Meaning(row, layout_.category, mapping_.subjects.category);
    subject.collected_at = TimeAt(row, layout_.collected);
    subject.capacity = mapping_.capacity;
  }

  void ReadOrigin(const pg::Row& row, const std::map<std::string, std::string>& flags,
                  InventorySubject& subject) {
    if (layout_.code >= 0) {
      subject.source = Meaning(row, layout_.code, *mapping_.origin.code);
    } else if (const auto flag = flags.find("source"); flag != flags.end()) {
      subject.source = flag->second;
    }
    subject.notice_at = TimeAt(row, layout_.notice);
    const auto evidence = layout_.evidence.find(subject.source);
    if (evidence == layout_.evidence.end()) return;
    for (const auto& [name, at] : evidence->second) {
      const Source& source = mapping_.origin.evidence.at(subject.source).at(name);
      std::string value = Meaning(row, at, source);
      if (!value.empty()) subject.evidence[name] = std::move(value);
    }
  }

  std::vector<InventoryPurpose> ReadPurposes(const pg::Row& row, const std::string& category) {
    std::vector<InventoryPurpose> purposes;
    for (size_t i = 0; i < mapping_.purposes.size(); ++i) {
      const Purpose& purpose = mapping_.purposes[i];
      if (!Fits(purpose.subjects, category)) continue;
      if (purpose.held_when && Meaning(row, layout_.held_when[i], *purpose.held_when) != "true") {
        continue;
      }
      purposes.push_back({purpose.purpose, TimeAt(row, layout_.ended_at[i])});
    }
    return purposes;
  }

  InventoryRecord& RecordFor(InventoryRow& row, const std::string& category) {
    const std::string key = absl::StrCat(row.subject.record_key, GroupOf(category));
    for (InventoryRecord& record : row.records) {
      if (record.record_key == key) return record;
    }
    row.records.push_back({.record_key = key});
    return row.records.back();
  }

  const Mapping& mapping_;
  const Layout& layout_;
  InventoryPage& page_;
  std::map<std::string, size_t> rows_by_key_;
  std::vector<Key> keys_;
  std::string last_key_;
  bool faulty_ = false;
};

pg::Params KeyArrays(const std::vector<Key>& keys, size_t parts) {
  pg::Params params;
  for (size_t i = 0; i < parts; ++i) {
    params.Texts(keys, [i](const Key& key) { return key[i]; });
  }
  return params;
}

std::string KeyOf(const pg::Row& row, size_t parts) {
  Key key;
  for (size_t i = 0; i < parts; ++i) key.emplace_back(row.Text(static_cast<int>(i)));
  return RecordKeyOf(key);
}

absl::Status AddEvents(const Work& work, PageReader& reader) {
  const size_t parts = work.mapping.subjects.key.size();
  for (const Signal& signal : work.mapping.signals) {
    const TableName& table = work.mapping.TableOf(signal.via);
    const std::string sql =
        work.text.Gather(signal.via, {work.text.AsTime(table, signal.column, "t")},
                         absl::StrCat("t.", Quoted(signal.column), " IS NOT NULL"));
    ASSIGN_OR_RETURN(const pg::Rows rows, work.Query(sql, KeyArrays(reader.keys(), parts)));
    for (const pg::Row row : rows) {
      InventoryRow* subject = reader.Find(KeyOf(row, parts));
      if (subject == nullptr) continue;
      const absl::Time at = row.Time(static_cast<int>(parts));
      for (InventoryRecord& record : subject->records) {
        const bool about =
            signal.categories.empty() ||
            std::ranges::any_of(record.data_categories, [&](const std::string& category) {
              return std::ranges::find(signal.categories, category) != signal.categories.end();
            });
        if (about) record.events.push_back({signal.event, at});
      }
    }
  }
  return absl::OkStatus();
}

absl::Status AddRelationships(const Work& work, PageReader& reader) {
  const size_t parts = work.mapping.subjects.key.size();
  for (const Relationship& one : work.mapping.relationships) {
    const TableName& table = work.mapping.TableOf(one.via);
    std::vector<std::string> ends;
    for (const std::string& to : one.to) ends.push_back(work.text.AsDay(table, to));
    ends.push_back("''");
    const std::string sql =
        work.text.Gather(one.via,
                         {work.text.AsDay(table, one.from),
                          absl::StrCat("COALESCE(", absl::StrJoin(ends, ", "), ")")},
                         absl::StrCat("t.", Quoted(one.from), " IS NOT NULL"));
    ASSIGN_OR_RETURN(const pg::Rows rows, work.Query(sql, KeyArrays(reader.keys(), parts)));
    for (const pg::Row row : rows) {
      InventoryRow* subject = reader.Find(KeyOf(row, parts));
      if (subject == nullptr || !Fits(one.subjects, subject->subject.category)) continue;
      const int at = static_cast<int>(parts);
      subject->subject.relationships.push_back(
          {one.kind, one.purposes, std::string(row.Text(at)), std::string(row.Text(at + 1))});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InventoryPage> ReadInventory(const Work& work, const std::string& after,
                                            int page_rows_max) {
  const size_t parts = work.mapping.subjects.key.size();
  const auto from = KeyParts(after, parts);
  PageColumns columns(work, from && !after.empty() ? static_cast<int>(parts) + 1 : 1);
  const Layout layout = LayOut(work.mapping, columns);
  const bool later = from.has_value() && !after.empty();
  const Built built = std::move(columns).Page(later, page_rows_max);
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   work.Query(built.sql, Bind(later ? *from : Key{}, built.extras)));
  InventoryPage page;
  PageReader reader(work.mapping, layout, page);
  for (const pg::Row row : rows) reader.Read(row);
  if (static_cast<int>(rows.size()) == page_rows_max) page.next = reader.last_key();
  if (reader.keys().empty()) return page;
  RETURN_IF_ERROR(AddEvents(work, reader));
  RETURN_IF_ERROR(AddRelationships(work, reader));
  return page;
}

}  // namespace varsam::connector::sql
