// What a case needs the platform itself to do, one step at a time (domain Step). A step reads,
// calls other services, and writes its result in one decision that also takes the step off the
// case; when the case has changed meanwhile nothing is written and the step is looked at again.
// Several cases are worked on at once, so that their commits and their waiting are shared and a
// large package holds up nobody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "services/request_workflow/flow/new_letter.h"
#include "services/request_workflow/flow/peers.h"
#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {

inline constexpr int kStepHands = 8;
inline constexpr absl::Duration kStepRetryMin = absl::Seconds(1);
inline constexpr absl::Duration kStepRetryMax = absl::Minutes(10);

class CaseSteps {
 public:
  CaseSteps(const ServiceParts& parts, Peers& peers);
  ~CaseSteps();
  // Ends when what is in hand has ended. No Tick may be running.
  void Stop();

  // Hands out at most kWorkerBatchMax cases whose step is due, and returns when all are taken up;
  // the last of them may go on for a while. A step that fails waits and is tried again.
  absl::StatusOr<bool> Tick();

 private:
  using Deed = std::function<absl::Status(CaseFile&, absl::Time, Changes&)>;

  void Work();
  void RunOne(const Case& c);
  absl::Status Run(const Case& c);
  absl::Status Resolve(const Case& c);
  absl::Status Search(const Case& c);
  absl::Status ActConsent(const Case& c);
  absl::Status PlanErasure(const Case& c);
  absl::Status EraseSubject(const Case& c);
  absl::Status BuildPackage(const Case& c);
  absl::Status ActTasks(const Case& c);
  absl::Status Answer(const Case& c);
  absl::Status Withdraw(const Case& c);
  absl::Status Acknowledge(const Case& c);
  absl::Status NotifyRecipients(const Case& c);
  absl::Status LiftRestriction(const Case& c);
  absl::Status Scan(const Case& c);
  absl::Status EndContact(const Case& c);

  // Takes the step off the case, lets `deed` change it, moves it on.
  absl::Status Write(const Case& seen, Deed deed);
  using KnowingDeed = std::function<absl::Status(CaseFile&, const Facts&, absl::Time, Changes&)>;
  // As Write, with more facts and further conflict keys.
  absl::Status WriteKnowing(const Case& seen, Want want, std::vector<std::string> keys,
                            KnowingDeed deed);
  // As Write, with letters to people who have proven nothing. The first is the one that matters:
  // where its address has had its share of the day, `bounded` follows instead; of the others those
  // within the bound go.
  absl::Status WriteLetters(const Case& seen, std::vector<OutgoingMail> mails, Deed deed,
                            Deed bounded);
  absl::Status Later(const Case& seen, const absl::Status& why);

  absl::StatusOr<std::vector<std::string>> Recipients(SubjectId subject);
  absl::StatusOr<cv1::TaskSubject> Identifiers(const Case& c, const std::string& name);
  absl::StatusOr<std::string> Contact(const Case& c);
  absl::StatusOr<SealedText> SealIdentifiers(const Case& c, const registry::v1::Subject& subject);
  absl::StatusOr<std::shared_ptr<const PolicyView>> Policy() const;
  absl::StatusOr<std::vector<ServedSystem>> Served();
  Task NewTask(const Case& c, const std::string& system, TaskAction action,
               const std::vector<ServedSystem>& served) const;
  absl::StatusOr<OutgoingMail> Mail(const Case& c, const std::string& to, LetterKind kind,
                                    LetterValues values);

  const ServiceParts parts_;
  Peers& peers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Case> handed_out_;
  std::set<CaseId> in_work_;  // handed out or in hand
  bool stopping_ = false;
  std::vector<std::thread> hands_;
};

}  // namespace varsam::requests
