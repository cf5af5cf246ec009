#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

constexpr absl::Duration kRunWait = absl::Seconds(300);

std::string KeyOf(const Json& item) {
  return absl::StrCat(TextAt(item, "/system"), " ", TextAt(item, "/recordKey"));
}

// Everything the dry run lists, over all pages, by system and record.
absl::StatusOr<std::map<std::string, Json>> Planned(Stage& stage) {
  std::map<std::string, Json> items;
  std::string page;
  do {
    ASSIGN_OR_RETURN(const Json plan,
                     stage.Call(kOfficer, "POST", "/v1/retention:plan",
                                {{"pageSize", 500}, {"pageToken", page}}));
    for (const Json& item : plan.value("items", Json::array())) items[KeyOf(item)] = item;
    page = TextAt(plan, "/nextPageToken");
  } while (!page.empty());
  return items;
}

// The seed knows who is due today: the plan has exactly these people in CRM and recruiting.
absl::Status ComparePlan(Stage& stage, const std::map<std::string, Json>& plan) {
  std::map<std::string, int> due, planned;
  for (const Json& one : stage.manifest()["due"]) ++due[TextAt(one, "/system")];
  std::map<std::string, std::set<std::string>> records;
  for (const auto& [key, item] : plan) {
    records[TextAt(item, "/system")].insert(TextAt(item, "/subjectId"));
  }
  for (const auto& [system, count] : due) {
    const int got = static_cast<int>(records[system].size());
    RETURN_IF_ERROR(Expect(got == count, absl::StrCat(count, " people due in ", system),
                           std::to_string(got)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HoldOne(Stage& stage, const std::map<std::string, Json>& plan) {
  const absl::Time review = SystemClock().Now() + absl::Hours(24 * 90);
  for (const auto& [key, item] : plan) {
    if (TextAt(item, "/system") != "crm") continue;
    const std::string subject = TextAt(item, "/subjectId");
    const Json hold = {{"matter", "T 4711-26"},
                       {"owner", "bolagsjurist"},
                       {"reason", "Tvist om offert"},
                       {"reviewBy", absl::FormatTime("%Y-%m-%d", review, absl::UTCTimeZone())},
                       {"scope", {{"subjectIds", {subject}}}}};
    RETURN_IF_ERROR(stage.Call(kOfficer, "POST", "/v1/holds", {{"hold", hold}}).status());
    return subject;
  }
  return absl::FailedPreconditionError("expected somebody due in crm");
}

absl::Status AwaitRun(Stage& stage, const std::string& run) {
  std::string last;
  const absl::Status done =
      stage.Until("the run to finish", kRunWait, [&]() -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Json answer,
                         stage.Call(kOfficer, "GET", "/v1/disposalRuns/" + run));
        last = answer["run"].dump();
        return !TextAt(answer, "/run/finishedAt").empty() &&
               TextAt(answer, "/run/finishedAt") != "null";
      });
  return done.ok() ? done : Expect(false, "the run to finish", last);
}

absl::Status CompareRun(Stage& stage, const std::string& run, const std::string& held,
                        const std::map<std::string, Json>& plan) {
  std::string page;
  std::map<std::string, Json> disposed;
  do {
    ASSIGN_OR_RETURN(const Json list,
                     stage.Call(kOfficer, "GET", absl::StrCat("/v1/disposals?run_id=", run,
                                                              "&page_size=500&page_token=", page)));
    for (const Json& item : list.value("items", Json::array())) disposed[KeyOf(item)] = item;
    page = TextAt(list, "/nextPageToken");
  } while (!page.empty());
  int done = 0, blocked = 0;
  for (const auto& [key, item] : plan) {
    const auto found = disposed.find(key);
    const std::string state = found == disposed.end() ? "" : TextAt(found->second, "/state");
    const bool is_held = TextAt(item, "/subjectId") == held;
    const std::string want = is_held ? "DISPOSAL_STATE_BLOCKED" : "DISPOSAL_STATE_DONE";
    RETURN_IF_ERROR(Expect(state == want, absl::StrCat(key, " to be ", want), state));
    ++(is_held ? blocked : done);
  }
  for (const auto& [key, item] : disposed) {
    RETURN_IF_ERROR(
        Expect(plan.contains(key), "nothing disposed of that the plan had not shown", key));
  }
  RETURN_IF_ERROR(Expect(blocked > 0, "the hold to block its person"));
  stage.Note(absl::StrCat(done, " records disposed of as the dry run showed, ", blocked,
                          " held back by the legal hold"));
  return absl::OkStatus();
}

}  // namespace

absl::Status DisposeOfWhatIsDue(Stage& stage) {
  ASSIGN_OR_RETURN(const auto plan, Planned(stage));
  RETURN_IF_ERROR(ComparePlan(stage, plan));
  stage.Note(absl::StrCat("dry run: ", plan.size(), " records are due today"));
  ASSIGN_OR_RETURN(const std::string held, HoldOne(stage, plan));
  ASSIGN_OR_RETURN(const Json started,
                   stage.Call(kOfficer, "POST", "/v1/retention:run", Json::object()));
  const std::string run = TextAt(started, "/run/id");
  RETURN_IF_ERROR(AwaitRun(stage, run));
  return CompareRun(stage, run, held, plan);
}

}  // namespace varsam::cli
