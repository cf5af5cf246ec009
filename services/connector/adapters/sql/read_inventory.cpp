// One page of everybody in the system: who they are (for the registry) and what moves their clocks
// (for retention).
#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {
namespace {

using Key = std::vector<std::string>;

// A moment as the dialects write it: a local time is one in Stockholm.
std::optional<absl::Time> MomentOf(const std::string& text) {
  const bool utc = text.ends_with('Z');
  absl::Time at;
  std::string error;
  const std::string plain = utc ? text.substr(0, text.size() - 1) : text;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", plain, &at, &error)) return std::nullopt;
  if (utc) return at;
  const absl::CivilSecond local = absl::ToCivilSecond(at, absl::UTCTimeZone());
  const auto day =
      calendar::LocalDay::Of(static_cast<int>(local.year()), local.month(), local.day());
  return calendar::FirstInstantShowing(
      day, at - absl::FromCivil(absl::CivilDay(local), absl::UTCTimeZone()));
}

// The day in Stockholm, YYYY-MM-DD; empty when it is no moment.
std::string DayOf(const std::string& text) {
  const auto at = MomentOf(text);
  if (!at) return "";
  return calendar::ToStockholmRfc3339(*at).substr(0, 10);
}

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
    return {work_.text.Page(after, columns_, rows), std::move(extras_)};
  }

 private:
  const Work& work_;
  int next_;
  std::vector<std::string> columns_;
  Values extras_;
};

struct Layout {
  int names = 0, identifiers = 0, category = 0, code = -1, collected = -1, notice = -1;
  std::map<std::string, int> flags;
  std::vector<int> held_when, ended_at;  // beside mapping.purposes
  std::map<std::string, std::vector<std::pair<std::string, int>>> evidence;
  std::vector<int> held;  // beside mapping.categories
};

std::string JoinedNames(const Mapping& mapping, const Dialect& dialect) {
  std::vector<std::string> names;
  for (const std::string& name : mapping.subjects.names) {
    names.push_back(dialect.Text(absl::StrCat("s.", Quoted(name))));
  }
  return names.empty() ? "''" : absl::StrCat("concat_ws(' ', ", absl::StrJoin(names, ", "), ")");
}

Layout LayOut(const Mapping& mapping, const Dialect& dialect, PageColumns& columns) {
  Layout layout;
  for (const std::string& key : mapping.subjects.key) {
    columns.Add(dialect.Text(absl::StrCat("s.", Quoted(key))));
  }
  layout.names = columns.Add(JoinedNames(mapping, dialect));
  layout.identifiers = layout.names + 1;
  for (const SubjectIdentifier& identifier : mapping.subjects.identifiers) {
    columns.Add(dialect.Text(absl::StrCat("s.", Quoted(identifier.column))));
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

  void Read(const TextRow& row) {
    Key key;
    for (size_t i = 0; i < mapping_.subjects.key.size(); ++i) {
      key.push_back(row[i].value_or(""));
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
      if (At(row, layout_.held[i]) != "1") continue;
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
  std::string Meaning(const TextRow& row, int at, const Source& source) {
    const auto& stored = At(row, at);
    if (!stored) return "";
    if (source.values.empty()) return *stored;
    const auto meaning = source.values.find(*stored);
    if (meaning != source.values.end()) return meaning->second;
    faulty_ = true;
    page_.faults.push_back(absl::StrCat(last_key_, ": ", source.spot.path));
    return "";
  }

  static const std::optional<std::string>& At(const TextRow& row, int at) {
    return row[static_cast<size_t>(at)];
  }
  static std::optional<absl::Time> TimeAt(const TextRow& row, int at) {
    return at < 0 || !At(row, at) ? std::nullopt : MomentOf(*At(row, at));
  }

  void ReadSubject(const TextRow& row, InventorySubject& subject) {
    subject.display_name = Personal<std::string>(At(row, layout_.names).value_or(""));
    int at = layout_.identifiers;
    for (const SubjectIdentifier& identifier : mapping_.subjects.identifiers) {
      const auto& value = At(row, at++);
      if (!value || !identifier.match) continue;
      std::string text(absl::StripAsciiWhitespace(ToAbsl(*value)));
      if (text.empty()) continue;
      subject.identifiers.push_back({identifier.type, Personal<std::string>(std::move(text)), ""});
    }
    subject.category = Meaning(row, layout_.category, mapping_.subjects.category);
    subject.collected_at = TimeAt(row, layout_.collected);
    subject.capacity = mapping_.capacity;
  }

  void ReadOrigin(const TextRow& row, const std::map<std::string, std::string>& flags,
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

  std::vector<InventoryPurpose> ReadPurposes(const TextRow& row, const std::string& category) {
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

Values KeyLists(const std::vector<Key>& keys, size_t parts) {
  Values values;
  for (size_t i = 0; i < parts; ++i) {
    std::vector<std::string> list;
    for (const Key& key : keys) list.push_back(key[i]);
    values.emplace_back(std::move(list));
  }
  return values;
}

std::string KeyOf(const TextRow& row, size_t parts) {
  Key key;
  for (size_t i = 0; i < parts; ++i) key.push_back(row[i].value_or(""));
  return RecordKeyOf(key);
}

absl::Status AddEvents(const Work& work, PageReader& reader) {
  const size_t parts = work.mapping.subjects.key.size();
  for (const Signal& signal : work.mapping.signals) {
    if (signal.per_day) continue;
    const TableName& table = work.mapping.TableOf(signal.via);
    const std::string sql =
        work.text.Gather(signal.via, {work.text.Time(table, signal.column, "t")},
                         absl::StrCat("t.", Quoted(signal.column), " IS NOT NULL"));
    ASSIGN_OR_RETURN(const TextRows answer, work.Query(sql, KeyLists(reader.keys(), parts)));
    for (const TextRow& row : answer.rows) {
      InventoryRow* subject = reader.Find(KeyOf(row, parts));
      const auto at = MomentOf(row[parts].value_or(""));
      if (subject == nullptr || !at) continue;
      for (InventoryRecord& record : subject->records) {
        const bool about =
            signal.categories.empty() ||
            std::ranges::any_of(record.data_categories, [&](const std::string& category) {
              return std::ranges::find(signal.categories, category) != signal.categories.end();
            });
        if (about) record.events.push_back({signal.event, *at});
      }
    }
  }
  return absl::OkStatus();
}

// Each day's rows are a record of their own, with the latest moment of the day.
absl::Status SplitByDay(const Work& work, PageReader& reader) {
  const size_t parts = work.mapping.subjects.key.size();
  for (const Signal& signal : work.mapping.signals) {
    if (!signal.per_day) continue;
    const TableName& table = work.mapping.TableOf(signal.via);
    const std::string time = work.text.Time(table, signal.column, "t");
    const std::string sql = work.text.Gather(
        signal.via, {time}, absl::StrCat("t.", Quoted(signal.column), " IS NOT NULL"));
    ASSIGN_OR_RETURN(const TextRows answer, work.Query(sql, KeyLists(reader.keys(), parts)));
    std::map<InventoryRow*, std::map<std::string, absl::Time>> days;
    for (const TextRow& row : answer.rows) {
      InventoryRow* const subject = reader.Find(KeyOf(row, parts));
      const auto at = MomentOf(row[parts].value_or(""));
      if (subject == nullptr || !at) continue;
      absl::Time& latest = days[subject].emplace(row[parts]->substr(0, 10), *at).first->second;
      latest = std::max(latest, *at);
    }
    const std::string group = reader.GroupOf(signal.categories[0]);
    for (auto& [subject, of_subject] : days) {
      const std::string key = subject->subject.record_key + group;
      const auto whole = std::ranges::find_if(
          subject->records, [&](const InventoryRecord& one) { return one.record_key == key; });
      if (whole == subject->records.end()) continue;
      InventoryRecord of_day = *whole;
      subject->records.erase(whole);
      for (const auto& [day, latest] : of_subject) {
        of_day.record_key = absl::StrCat(key, "@", day);
        of_day.events = {{signal.event, latest}};
        subject->records.push_back(of_day);
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
    for (const std::string& to : one.to) ends.push_back(work.text.Time(table, to, "t"));
    ends.push_back("''");
    const std::string sql =
        work.text.Gather(one.via,
                         {work.text.Time(table, one.from, "t"),
                          absl::StrCat("COALESCE(", absl::StrJoin(ends, ", "), ")")},
                         absl::StrCat("t.", Quoted(one.from), " IS NOT NULL"));
    ASSIGN_OR_RETURN(const TextRows answer, work.Query(sql, KeyLists(reader.keys(), parts)));
    for (const TextRow& row : answer.rows) {
      InventoryRow* subject = reader.Find(KeyOf(row, parts));
      if (subject == nullptr || !Fits(one.subjects, subject->subject.category)) continue;
      subject->subject.relationships.push_back({one.kind, one.purposes,
                                                DayOf(row[parts].value_or("")),
                                                DayOf(row[parts + 1].value_or(""))});
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
  const Layout layout = LayOut(work.mapping, work.text.dialect(), columns);
  const bool later = from.has_value() && !after.empty();
  const Built built = std::move(columns).Page(later, page_rows_max);
  ASSIGN_OR_RETURN(const TextRows answer,
                   work.Query(built.sql, Bind(later ? *from : Key{}, built.extras)));
  InventoryPage page;
  PageReader reader(work.mapping, layout, page);
  for (const TextRow& row : answer.rows) reader.Read(row);
  if (static_cast<int>(answer.rows.size()) == page_rows_max) page.next = reader.last_key();
  if (reader.keys().empty()) return page;
  RETURN_IF_ERROR(AddEvents(work, reader));
  RETURN_IF_ERROR(SplitByDay(work, reader));
  RETURN_IF_ERROR(AddRelationships(work, reader));
  return page;
}

}  // namespace varsam::connector::sql
