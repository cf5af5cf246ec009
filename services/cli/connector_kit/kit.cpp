#include "services/cli/connector_kit/kit.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"

namespace varsam::cli {
namespace {

constexpr absl::Duration kSkew = absl::Hours(1);
constexpr int kOutageCalls = 3;

using cv1::FinishRequest;
using cv1::LeasedTask;
using cv1::Outcome;

uint32_t Gone(const Outcome& outcome) {
  uint32_t gone = 0;
  const auto& results =
      outcome.has_partly_kept() ? outcome.partly_kept().results() : outcome.done().results();
  for (const cv1::CategoryResult& one : results) gone += one.deleted() + one.anonymised();
  return gone;
}

bool Same(const Outcome& a, const Outcome& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

std::string KindOf(const Outcome& outcome) {
  const auto* field = Outcome::descriptor()->FindFieldByNumber(outcome.kind_case());
  return field == nullptr ? "nothing" : field->name();
}

std::map<std::string, std::string> SettingsFor(const KitPlatform& platform) {
  return {{"VARSAM_REQUEST_WORKFLOW_ADDRESS", platform.address()}};
}

// What one case has seen, and whether it is as it must be.
struct Seen {
  bool good;
  std::string why;
};

class Kit {
 public:
  Kit(const KitOptions& options, KitPlatform& platform, Process* process)
      : options_(options), platform_(platform), process_(process) {}

  absl::Status Introduce();
  Seen Export();
  Seen PartialUpload();
  Seen UnknownOrder();
  Seen DuplicateLease();
  Seen StaleFence() { return Withheld(options_.people[2], Manner::kTakeAway); }
  Seen CancelRace() { return Withheld(options_.people[2], Manner::kCancel); }
  Seen CrashAfterCommit();
  Seen RectifyConflict();
  Seen ClockSkew();
  Seen Outage();
  Seen RestoreReplay();
  Seen Reports();

 private:
  LeasedTask Order(const std::string& person) const;
  LeasedTask ExportOf(const std::string& person) const;
  LeasedTask EraseOf(const std::string& person) const;
  LeasedTask VerifyOf(const LeasedTask& erase) const;
  // Offers it and waits for the accepted report; nullopt when none comes.
  std::optional<OrderRecord> Do(const LeasedTask& task, bool cut_upload = false);
  // What the system holds of the person: the exported document, empty when there is nothing.
  std::optional<std::string> HeldOf(const std::string& person);
  Seen Withheld(const std::string& person, Manner manner);
  bool Serves(const std::string& action) const;
  static Seen Silent(const std::string& what) { return {false, "no report came of " + what}; }

  const KitOptions& options_;
  KitPlatform& platform_;
  Process* const process_;
  cv1::ServedSystem served_;
  std::optional<LeasedTask> erased_;  // the first order that erased, and its report
  Outcome erased_outcome_;
};

absl::Status Kit::Introduce() {
  const auto hello = platform_.AwaitHello(1, options_.patience);
  if (!hello) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "NO_HELLO",
                           absl::StrCat("no connector said hello at ", platform_.address()));
  }
  for (const cv1::ServedSystem& one : hello->systems()) {
    if (options_.system.empty() || one.system() == options_.system) {
      served_ = one;
      break;
    }
  }
  if (served_.system().empty()) return InvalidField("system", "the connector does not serve it");
  if (served_.schema_digest().empty()) return InvalidField("schema_digest", "missing in Hello");
  if (hello->protocol_min() > 1 || hello->protocol_max() < 1) {
    return InvalidField("protocol_max", "version 1 is not spoken");
  }
  for (const char* action : {"EXPORT", "ERASE", "VERIFY"}) {
    if (!Serves(action)) return InvalidField("capabilities", absl::StrCat(action, " is missing"));
  }
  if (Serves("RECTIFY") && !options_.field) {
    return InvalidField("rectify", "RECTIFY is served: name a field of the first person");
  }
  return absl::OkStatus();
}

bool Kit::Serves(const std::string& action) const {
  return std::ranges::any_of(served_.capabilities(),
                             [&](const cv1::Capability& one) { return one.action() == action; });
}

LeasedTask Kit::Order(const std::string& person) const {
  LeasedTask task;
  task.set_task_id(NewUuidV4().ToString());
  task.set_system(served_.system());
  auto* identifier = task.mutable_subject()->add_identifiers();
  identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  identifier->set_value(person);
  return task;
}

LeasedTask Kit::ExportOf(const std::string& person) const {
  LeasedTask task = Order(person);
  task.mutable_export_data();
  return task;
}

LeasedTask Kit::EraseOf(const std::string& person) const {
  LeasedTask task = Order(person);
  int n = 0;
  for (const cv1::Capability& one : served_.capabilities()) {
    if (one.action() != "ERASE") continue;
    for (const std::string& category : one.data_categories()) {
      cv1::EraseItem* item = task.mutable_erase()->add_items();
      item->set_id(absl::StrCat("item-", ++n));
      item->set_data_category(category);
      item->set_method("delete");
    }
  }
  return task;
}

LeasedTask Kit::VerifyOf(const LeasedTask& erase) const {
  LeasedTask task = Order(erase.subject().identifiers(0).value());
  *task.mutable_verify()->mutable_erased() = erase.erase().items();
  return task;
}

std::optional<OrderRecord> Kit::Do(const LeasedTask& task, bool cut_upload) {
  platform_.Offer(task, Manner::kKeep, cut_upload);
  return platform_.Await(
      task.task_id(), [](const OrderRecord& order) { return order.accepted.has_value(); },
      options_.patience);
}

std::optional<std::string> Kit::HeldOf(const std::string& person) {
  const auto done = Do(ExportOf(person));
  if (!done) return std::nullopt;
  return done->accepted->outcome().has_done() ? done->upload : std::string();
}

Seen Kit::Export() {
  const auto done = Do(ExportOf(options_.people[0]));
  if (!done) return Silent("an export");
  const Outcome& outcome = done->accepted->outcome();
  if (!outcome.has_done()) return {false, "want done, got " + KindOf(outcome)};
  if (!done->upload_whole) return {false, "the upload did not end with its digest"};
  if (done->accepted->result_sha256() != DigestOf(done->upload)) {
    return {false, "the report does not name the digest of the upload"};
  }
  return {true, absl::StrCat(done->upload.size(), " bytes, digest right")};
}

Seen Kit::PartialUpload() {
  const auto done = Do(ExportOf(options_.people[0]), true);
  if (!done) return Silent("an export whose upload was cut");
  if (!done->resumed_at) return {false, "the upload was not taken up again"};
  if (!done->upload_whole) return {false, "the upload did not end with its digest"};
  return {true, absl::StrCat("cut at byte ", done->cut_at, ", gone on at ", *done->resumed_at)};
}

Seen Kit::UnknownOrder() {
  const auto done = Do(Order(options_.people[0]));
  if (!done) return Silent("an order of an unknown kind");
  const Outcome& outcome = done->accepted->outcome();
  return {outcome.has_unsupported(), "answered " + KindOf(outcome) + ", want unsupported"};
}

Seen Kit::DuplicateLease() {
  const LeasedTask erase = EraseOf(options_.people[1]);
  const auto first = Do(erase);
  if (!first) return Silent("an erasure");
  const Outcome outcome = first->accepted->outcome();
  if (Gone(outcome) == 0) return {false, "the erasure took nothing: " + KindOf(outcome)};
  const auto second = Do(erase);
  if (!second) return Silent("the same erasure, leased again");
  if (!Same(outcome, second->accepted->outcome())) {
    return {false, "leased again it reported " + KindOf(second->accepted->outcome()) +
                       " with other counts: the report of a task must be remembered"};
  }
  const auto verify = Do(VerifyOf(erase));
  if (!verify) return Silent("a verification");
  if (!verify->accepted->outcome().has_no_data()) {
    return {false, "the verification found something left"};
  }
  erased_ = erase;
  erased_outcome_ = outcome;
  return {true, absl::StrCat(Gone(outcome), " records gone, reported the same twice")};
}

// The lease is gone before the connector can commit: the person must still be there.
Seen Kit::Withheld(const std::string& person, Manner manner) {
  const auto before = HeldOf(person);
  if (!before || before->empty()) return {false, "nothing is held of " + person};
  const LeasedTask erase = EraseOf(person);
  platform_.Offer(erase, manner);
  const auto met = platform_.Await(
      erase.task_id(),
      [](const OrderRecord& order) { return order.renewed > 0 || order.reports > 0; },
      options_.patience);
  if (!met) return {false, "the lease was neither renewed nor reported before the commit"};
  const auto after = HeldOf(person);
  if (!after) return Silent("the export afterwards");
  if (*after != *before) {
    return {false, "it committed without the lease: the person's data has changed"};
  }
  return {true, "nothing was committed"};
}

Seen Kit::CrashAfterCommit() {
  const LeasedTask erase = EraseOf(options_.people[3]);
  platform_.Offer(erase, Manner::kLoseFinish);
  const auto first = platform_.Await(
      erase.task_id(), [](const OrderRecord& order) { return order.reports > 0; },
      options_.patience);
  if (!first) return Silent("an erasure");
  const Outcome outcome = first->last_report->outcome();
  if (Gone(outcome) == 0) return {false, "the erasure took nothing: " + KindOf(outcome)};
  if (process_ != nullptr) {
    process_->Kill();
    process_->Start();
  }
  const auto second = Do(erase);
  if (!second) return Silent("the erasure, leased again after the crash");
  if (!Same(outcome, second->accepted->outcome())) {
    return {false, "after the crash it reported " + KindOf(second->accepted->outcome()) +
                       ": what was committed before must be told"};
  }
  return {true, process_ != nullptr
                    ? "killed, started again, reported what was done"
                    : "the answer was lost (start it with --run to have it killed)"};
}

Seen Kit::RectifyConflict() {
  if (!Serves("RECTIFY")) return {true, "not served"};
  const KitField& field = *options_.field;
  const std::string& person = options_.people[0];
  const auto before = HeldOf(person);
  LeasedTask conflict = Order(person);
  cv1::FieldChange* change = conflict.mutable_rectify()->add_changes();
  change->set_data_category(field.data_category);
  change->set_expected_old_sha256(DigestOf(field.value + " before somebody else changed it"));
  change->set_new_value(field.new_value);
  const auto refused = Do(conflict);
  if (!refused) return Silent("a rectification");
  if (!refused->accepted->outcome().has_needs_human()) {
    return {false, "another value stood there and it reported " +
                       KindOf(refused->accepted->outcome()) + ", want needs_human"};
  }
  if (HeldOf(person) != before) return {false, "it overwrote a value that was not the expected"};
  LeasedTask good = Order(person);
  change = good.mutable_rectify()->add_changes();
  *change = conflict.rectify().changes(0);
  change->set_expected_old_sha256(DigestOf(field.value));
  const auto done = Do(good);
  if (!done) return Silent("a rectification");
  if (!done->accepted->outcome().has_done()) {
    return {false,
            "the right old value stood there and it reported " + KindOf(done->accepted->outcome())};
  }
  const auto after = HeldOf(person);
  if (!after || !absl::StrContains(*after, field.new_value)) {
    return {false, "the new value is not in the export"};
  }
  return {true, "a conflict went to a person, the expected value was changed"};
}

Seen Kit::ClockSkew() {
  for (const absl::Duration skew : {-kSkew, kSkew}) {
    platform_.SetSkew(skew);
    const auto held = HeldOf(options_.people[0]);
    platform_.SetSkew(absl::ZeroDuration());
    if (!held || held->empty()) {
      return {false,
              "with clocks an hour apart no task was worked on: when a lease ends is for "
              "the platform to judge"};
    }
  }
  return {true, "works with the platform an hour before and an hour behind"};
}

Seen Kit::Outage() {
  platform_.FailLeases(kOutageCalls);
  const auto held = HeldOf(options_.people[0]);
  if (!held || held->empty())
    return {false, "after an outage of the platform it did not come back"};
  return {true, "came back after an outage"};
}

Seen Kit::RestoreReplay() {
  if (!erased_) return {false, "no erasure to issue again"};
  LeasedTask again = *erased_;
  again.set_task_id(NewUuidV4().ToString());
  bool restored = false;
  if (!options_.restore.empty()) {
    Process restore(options_.restore, SettingsFor(platform_));
    restore.Start();
    if (restore.WaitForEnd() != 0) return {false, "the restore command failed"};
    const auto told = platform_.AwaitRestore(options_.patience);
    if (!told) return {false, "the restore was not announced"};
    if (told->system() != served_.system() || !told->has_backup_taken_at()) {
      return {false, "the announcement names no system or no time"};
    }
    restored = true;
  }
  const auto done = Do(again);
  if (!done) return Silent("an erasure that is issued again");
  const uint32_t gone = Gone(done->accepted->outcome());
  const uint32_t want = restored ? Gone(erased_outcome_) : 0;
  if (gone != want) {
    return {false, absl::StrCat("issued again it reported ", gone, " records gone, want ", want)};
  }
  const auto verify = Do(VerifyOf(again));
  if (!verify) return Silent("a verification");
  if (!verify->accepted->outcome().has_no_data()) return {false, "something came back and stayed"};
  return {true, restored ? "announced, issued again, gone again"
                         : "issued again and nothing found (--restore brings the data back first)"};
}

Seen Kit::Reports() {
  const std::vector<std::string> faults = platform_.Faults();
  if (faults.empty()) return {true, "every report is whole and says nothing personal"};
  return {false, absl::StrJoin(faults, "; ")};
}

struct Case {
  const char* name;
  Seen (Kit::*play)();
};

constexpr Case kCases[] = {
    {"export", &Kit::Export},
    {"partial upload", &Kit::PartialUpload},
    {"unknown order", &Kit::UnknownOrder},
    {"duplicate lease", &Kit::DuplicateLease},
    {"stale fence", &Kit::StaleFence},
    {"cancel race", &Kit::CancelRace},
    {"crash between commit and finish", &Kit::CrashAfterCommit},
    {"rectify conflict", &Kit::RectifyConflict},
    {"clock skew", &Kit::ClockSkew},
    {"outage", &Kit::Outage},
    {"restore replay", &Kit::RestoreReplay},
    {"reports", &Kit::Reports},
};

}  // namespace

absl::StatusOr<std::vector<KitVerdict>> RunKit(const KitOptions& options, std::ostream& out) {
  if (options.people.size() < kKitPeople) {
    return InvalidField("person", absl::StrCat("want ", kKitPeople, " of them"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<KitPlatform> platform,
                   KitPlatform::Listen(options.address));
  out << "listening on " << platform->address() << std::endl;
  std::unique_ptr<Process> process;
  if (!options.run.empty()) {
    process = std::make_unique<Process>(options.run, SettingsFor(*platform));
    process->Start();
  }
  Kit kit(options, *platform, process.get());
  RETURN_IF_ERROR(kit.Introduce());
  std::vector<KitVerdict> verdicts;
  for (const Case& one : kCases) {
    const Seen seen = (kit.*one.play)();
    verdicts.push_back({one.name, seen.good, seen.why});
    out << (seen.good ? "ok    " : "FAIL  ") << one.name << ": " << seen.why << std::endl;
  }
  return verdicts;
}

}  // namespace varsam::cli
