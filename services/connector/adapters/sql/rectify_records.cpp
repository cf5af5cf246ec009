#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/connector/adapters/sql/work.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

struct Tally {
  uint32_t changed = 0;
  uint32_t already = 0;  // fields that hold the new value
};

// The fields of the subject's own row whose value is the expected one, set to the new value.
absl::Status Change(const Work& work, const Record& record, const Category& category,
                    const FieldChange& change, Tally& tally) {
  for (const Place& place : category.places) {
    if (!place.via.empty()) continue;
    for (const std::string& column : place.columns) {
      ASSIGN_OR_RETURN(const TextRows texts,
                       work.Query(work.text.SelectTexts(place, column), record));
      if (texts.rows.empty()) continue;
      const std::string old_text = texts.rows.front()[0].value_or("");
      if (old_text == change.new_value.Reveal()) {
        ++tally.already;
        continue;
      }
      if (Sha256(old_text) != change.expected_old_sha256) continue;
      Built replace = work.text.ReplaceText(place, column);
      replace.extras.emplace_back(old_text);
      replace.extras.emplace_back(change.new_value.Reveal());
      ASSIGN_OR_RETURN(const uint32_t rows, work.Change(replace, record));
      tally.changed += rows;
    }
  }
  return absl::OkStatus();
}

bool HasOwnRow(const Category& category) {
  return std::ranges::any_of(category.places, [](const Place& place) { return place.via.empty(); });
}

}  // namespace

absl::StatusOr<Outcome> RectifyRecords(const Work& work, const Identifiers& who,
                                       const Rectify& ask) {
  ASSIGN_OR_RETURN(const std::vector<Record> records, FindRecords(work, who, {}));
  if (records.empty()) return NoData{};
  Done done;
  for (const FieldChange& change : ask.changes) {
    const Category* category = work.mapping.FindCategory(change.data_category);
    if (category == nullptr) continue;  // nothing of that kind is held here
    if (!HasOwnRow(*category)) return Unsupported{"CATEGORY_NOT_RECTIFIABLE"};
    Tally tally;
    for (const Record& record : records) {
      RETURN_IF_ERROR(Change(work, record, *category, change, tally));
    }
    // Neither the old value nor the new one stands there: somebody else has changed it.
    if (tally.changed == 0 && tally.already == 0) {
      return NeedsHuman{absl::StrCat("VALUE_CHANGED_MEANWHILE ", change.data_category)};
    }
    done.results.push_back(
        {.data_category = change.data_category, .found = tally.changed + tally.already});
  }
  if (done.results.empty()) return NoData{};
  return done;
}

absl::StatusOr<Outcome> SwitchRecords(const Work& work, const Identifiers& who,
                                      const std::vector<Switch>& places, bool lift,
                                      const std::vector<std::string>* purposes) {
  std::vector<const Switch*> wanted;
  for (const Switch& one : places) {
    const bool asked =
        purposes == nullptr || std::ranges::any_of(one.purposes, [&](const std::string& purpose) {
          return std::ranges::find(*purposes, purpose) != purposes->end();
        });
    if (asked) wanted.push_back(&one);
  }
  if (wanted.empty()) return Unsupported{"NOT_IN_MAPPING"};
  ASSIGN_OR_RETURN(const std::vector<Record> records, FindRecords(work, who, {}));
  if (records.empty()) return NoData{};
  Done done;
  for (const Record& record : records) {
    CategoryResult result{.record_key = record.record_key};
    for (const Switch* one : wanted) {
      ASSIGN_OR_RETURN(const uint32_t rows,
                       work.Change(work.text.Apply(*one, lift ? one->lift : one->set), record));
      result.found += rows;
    }
    done.results.push_back(std::move(result));
  }
  return done;
}

}  // namespace varsam::connector::sql
