#include <algorithm>
#include <deque>
#include <set>

#include "libs/base/status_macros.h"
#include "services/connector/adapters/redact.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {
namespace {

constexpr int kPassesMax = 4;
constexpr char kAggregate[] = "aggregate_then_delete";

// The mapping says where the numbers go.
bool CanAggregate(const Mapping& mapping, const std::string& name) {
  const Category* const category = mapping.FindCategory(name);
  return category == nullptr || std::ranges::any_of(category->places, [](const Place& place) {
           return place.aggregate.has_value();
         });
}

// The first that means the whole category of the record, or each that means a day of it.
template <typename Item>
std::vector<const Item*> ItemsFor(const std::vector<Item>& items, const std::string& category,
                                  const Record& record) {
  std::vector<const Item*> found;
  for (const Item& item : items) {
    if (item.data_category != category) continue;
    const bool mine = item.record_key.empty() || WithoutGroup(item.record_key) == record.record_key;
    if (!mine) continue;
    if (DayOfGroup(item.record_key).empty()) return {&item};
    found.push_back(&item);
  }
  return found;
}

bool NamesDay(const auto& items) {
  return !items.empty() && !DayOfGroup(items.front()->record_key).empty();
}

// Strikes the person out of the place's texts; rows changed.
absl::StatusOr<uint32_t> Redact(const Work& work, const Record& record, const Place& place) {
  const std::vector<std::string> needles = NeedlesOf(record);
  uint32_t changed = 0;
  for (const std::string& column : place.redact) {
    ASSIGN_OR_RETURN(const TextRows texts,
                     work.Query(work.text.SelectTexts(place, column), record));
    const Built replace = work.text.ReplaceText(place, column);
    for (const TextRow& row : texts.rows) {
      const std::string old_text = row[0].value_or("");
      const std::string new_text = StrikeOut(old_text, needles);
      if (new_text == old_text) continue;
      Built one = replace;
      one.extras.emplace_back(old_text);
      one.extras.emplace_back(new_text);
      ASSIGN_OR_RETURN(const uint32_t rows, work.Change(one, record));
      changed += rows;
    }
  }
  return changed;
}

absl::StatusOr<uint32_t> CountRedactable(const Work& work, const Record& record,
                                         const Place& place) {
  const std::vector<std::string> needles = NeedlesOf(record);
  uint32_t held = 0;
  for (const std::string& column : place.redact) {
    ASSIGN_OR_RETURN(const TextRows texts,
                     work.Query(work.text.SelectTexts(place, column), record));
    for (const TextRow& row : texts.rows) {
      const std::string text = row[0].value_or("");
      if (StrikeOut(text, needles) != text) ++held;
    }
  }
  return held;
}

absl::StatusOr<uint32_t> CountHeld(const Work& work, const Record& record,
                                   const Category& category) {
  uint32_t held = 0;
  for (const Place& place : category.places) {
    if (!place.redact.empty()) {
      ASSIGN_OR_RETURN(const uint32_t texts, CountRedactable(work, record, place));
      held += texts;
      if (place.set.empty()) continue;
    }
    ASSIGN_OR_RETURN(const uint32_t rows, work.Count(work.text.CountHeld(place), record));
    held += rows;
  }
  return held;
}

// One record of the person, category by category, its own row last.
class RecordEraser {
 public:
  RecordEraser(const Work& work, const Record& record, const Erase& ask, PartlyKept& out)
      : work_(work), record_(record), ask_(ask), out_(out) {}

  absl::Status Run() {
    const size_t first = out_.results.size();
    for (const Category& category : work_.mapping.categories) {
      const auto items = ItemsFor(ask_.items, category.name, record_);
      const auto keeps = ItemsFor(ask_.keep, category.name, record_);
      // Days that are kept stand against no other days, but against all of them at once.
      if (!keeps.empty() && !(NamesDay(keeps) && NamesDay(items))) {
        RETURN_IF_ERROR(Keep(category, *keeps.front()));
        continue;
      }
      for (const EraseItem* item : items) {
        const bool kept = std::ranges::any_of(
            keeps, [&](const KeepItem* keep) { return keep->record_key == item->record_key; });
        if (!kept) RETURN_IF_ERROR(EraseCategory(category, *item));
      }
    }
    RETURN_IF_ERROR(EraseWhatCameBack());
    if (!work_.mapping.subjects.erase_row || erased_.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool gone, DeleteRow());
    if (!gone) return absl::OkStatus();
    // What was emptied in the row has gone with it.
    for (size_t i = first; i < out_.results.size(); ++i) {
      const auto own = own_row_.find(i);
      if (own == own_row_.end()) continue;
      out_.results[i].deleted += own->second;
      out_.results[i].anonymised -= own->second;
    }
    return EraseWhatCameBack();
  }

 private:
  absl::Status Keep(const Category& category, const KeepItem& keep) {
    ASSIGN_OR_RETURN(const uint32_t held, CountHeld(work_, record_, category));
    if (held == 0) return absl::OkStatus();
    out_.results.push_back({.data_category = category.name,
                            .record_key = record_.record_key,
                            .found = held,
                            .kept = held});
    out_.kept.push_back({category.name, record_.record_key, keep.reference, keep.keep_until});
    return absl::OkStatus();
  }

  // Triggers may write the old values elsewhere while they are erased: again, until nothing is left
  // to do. A system that never comes to rest is found by the verification.
  absl::Status EraseWhatCameBack() {
    for (int pass = 0; pass < kPassesMax; ++pass) {
      uint32_t touched = 0;
      for (const auto& [category, at] : erased_) {
        CategoryResult& result = out_.results[at];
        const uint32_t before = result.deleted + result.anonymised;
        for (const Place& place : category->places) {
          if (place.action != PlaceAction::kKeep) RETURN_IF_ERROR(ErasePlace(place, result, at));
        }
        const uint32_t now = result.deleted + result.anonymised;
        result.found += now - before;
        touched += now - before;
      }
      if (touched == 0) break;
    }
    return absl::OkStatus();
  }

  absl::Status EraseCategory(const Category& whole, const EraseItem& item) {
    narrowed_.push_back(Narrowed(work_.mapping, whole, item.record_key));
    const Category& category = narrowed_.back();
    erased_.emplace_back(&category, out_.results.size());
    CategoryResult result{
        .data_category = category.name, .record_key = record_.record_key, .item_id = item.id};
    if (!DayOfGroup(item.record_key).empty()) result.record_key = item.record_key;
    for (const Place& place : category.places) {
      if (place.aggregate && item.method == kAggregate) counted_.insert(&place);
      RETURN_IF_ERROR(ErasePlace(place, result, out_.results.size()));
    }
    result.found = result.deleted + result.anonymised + result.kept;
    out_.results.push_back(std::move(result));
    return absl::OkStatus();
  }

  absl::Status ErasePlace(const Place& place, CategoryResult& result, size_t at) {
    if (place.action == PlaceAction::kKeep) {
      ASSIGN_OR_RETURN(const uint32_t kept, work_.Count(work_.text.CountHeld(place), record_));
      result.kept += kept;
      if (kept > 0) {
        out_.kept.push_back({result.data_category, record_.record_key, place.reason, ""});
      }
      return absl::OkStatus();
    }
    if (place.action == PlaceAction::kDelete) {
      if (counted_.contains(&place)) RETURN_IF_ERROR(AggregateRows(work_, record_, place));
      ASSIGN_OR_RETURN(const uint32_t deleted, work_.Change(work_.text.DeleteRows(place), record_));
      result.deleted += deleted;
      return absl::OkStatus();
    }
    if (!place.redact.empty()) {
      ASSIGN_OR_RETURN(const uint32_t struck, Redact(work_, record_, place));
      result.anonymised += struck;
    }
    if (!place.quasi.empty()) RETURN_IF_ERROR(DropSmallGroups(place, result));
    if (!place.set.empty()) {
      ASSIGN_OR_RETURN(const uint32_t emptied, work_.Change(work_.text.Anonymise(place), record_));
      result.anonymised += emptied;
      if (place.via.empty()) own_row_[at] += emptied;
    }
    return absl::OkStatus();
  }

  // A row whose combination fewer than kAnonymousPeopleMin people share would still point at the
  // person: it cannot be made anonymous, so it goes.
  absl::Status DropSmallGroups(const Place& place, CategoryResult& result) {
    ASSIGN_OR_RETURN(const TextRows combinations,
                     work_.Query(work_.text.SelectCombinations(place), record_));
    for (const TextRow& values : combinations.rows) {
      ASSIGN_OR_RETURN(const uint32_t others,
                       work_.Count(work_.text.CountOthersAlike(place, values), record_));
      if (others + 1 >= kAnonymousPeopleMin) continue;
      ASSIGN_OR_RETURN(const uint32_t deleted,
                       work_.Change(work_.text.DeleteAlike(place, values), record_));
      result.deleted += deleted;
    }
    return absl::OkStatus();
  }

  // erase_row: nothing of the file is held any more and nothing refers to the row.
  absl::StatusOr<bool> DeleteRow() {
    for (const Category& category : work_.mapping.categories) {
      ASSIGN_OR_RETURN(const uint32_t held, CountHeld(work_, record_, category));
      if (held > 0) return false;
    }
    for (const Reference& reference : work_.catalog.references) {
      ASSIGN_OR_RETURN(const uint32_t left,
                       work_.Count({work_.text.CountReferences(reference), {}}, record_));
      if (left > 0) return false;
    }
    RETURN_IF_ERROR(work_.Change({work_.text.DeleteSubject(), {}}, record_).status());
    return true;
  }

  const Work& work_;
  const Record& record_;
  const Erase& ask_;
  PartlyKept& out_;
  std::deque<Category> narrowed_;                           // what erased_ and counted_ point into
  std::set<const Place*> counted_;                          // whose rows are counted before they go
  std::vector<std::pair<const Category*, size_t>> erased_;  // and the index of the result
  std::map<size_t, uint32_t> own_row_;  // index of the result → emptied in the subject's own row
};

}  // namespace

absl::StatusOr<Outcome> EraseRecords(const Work& work, const Identifiers& who, const Erase& ask) {
  std::vector<std::string> keys;
  for (const EraseItem& item : ask.items) {
    if (item.method == kAggregate && !CanAggregate(work.mapping, item.data_category)) {
      return Unsupported{"AGGREGATE_THEN_DELETE"};
    }
    if (!item.record_key.empty()) keys.push_back(item.record_key);
  }
  ASSIGN_OR_RETURN(const std::vector<Record> records, FindRecords(work, who, keys));
  PartlyKept out;
  for (const Record& record : records) {
    ASSIGN_OR_RETURN(const TextRows locked, work.Query(work.text.LockRow(), Bind(record.key, {})));
    if (locked.rows.empty()) continue;
    RETURN_IF_ERROR(RecordEraser(work, record, ask, out).Run());
  }
  // A category that is emptied twice (an item for the record and one for all) answers once.
  const bool anything = std::ranges::any_of(
      out.results, [](const CategoryResult& result) { return result.found > 0; });
  if (!anything) return NoData{};
  if (out.kept.empty()) return Done{std::move(out.results)};
  return out;
}

}  // namespace varsam::connector::sql
