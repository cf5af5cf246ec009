// People of whom a run has left no field, but who were kept known because something else stood: a
// hold, a restriction, a case, a system nobody had heard of. When its end leaves nothing, they get
// the certificate that says so, by itself. Pure.
#pragma once

#include <functional>
#include <vector>

#include "services/retention/domain/nothing_left.h"
#include "services/retention/domain/run_disposal.h"

namespace varsam::retention {

struct WaitingPerson {
  SubjectId subject;
  RunId run;  // the last that disposed of something
  bool operator==(const WaitingPerson&) const = default;
};

struct SettlePeopleFacts {
  std::shared_ptr<const Catalogue> catalogue;
  std::vector<Hold> holds;
  HeardAt heard;
  std::vector<WaitingPerson> waiting;  // by person
  std::vector<PersonRecords> people;   // of those
  std::vector<DisposalItem> items;     // of those people in those runs
  std::vector<DisposalRun> runs;
};

struct SettlePeopleOutcome {
  std::vector<Certificate> certificates;
  // Wait no longer: they have their certificate, or a record again, which a later run will meet.
  std::vector<SubjectId> settled;
};

using SubjectHash = std::function<std::string(const SubjectId&)>;

// The certificate of what a run has done to a person. Empty `executed`: nothing was done.
Certificate CertificateOfRun(const Catalogue& catalogue, const DisposalRun& run,
                             const SubjectId& subject, const std::vector<DisposalItem>& items,
                             absl::Time now);

SettlePeopleOutcome Settle(const SettlePeopleFacts& facts, absl::Time now, const FreshIds& fresh,
                           const SubjectHash& hash);

}  // namespace varsam::retention
