// What was erased, what stays under which law, and when the last backup is clean; issued for a case
// and for each person of a disposal run. Names nobody. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

using CertificateId = StrongId<struct CertificateIdTag>;

struct ExecutedErasure {
  std::string system, record_key, category, method;
  uint32_t count = 0;
  absl::Time executed_at;
  std::string verification;  // how an independent read confirmed it
};

struct ErasureResidue {
  std::string system, category, code, reference;
  std::string retain_until;  // YYYY-MM-DD, or empty while a hold is open
};

struct Certificate {
  CertificateId id;
  SubjectId subject;
  std::string subject_hash;  // keyed, lower-case hexadecimal
  std::string case_id;       // one of the two is set
  std::optional<RunId> run;
  std::vector<ExecutedErasure> executed;
  std::vector<ErasureResidue> residue;
  std::vector<std::string> recipients_told;
  std::string policy_version;
  absl::Time issued_at;
  calendar::LocalDay backup_clear_by;
  std::string operator_name;
  bool nothing_left = false;  // of a run: no field of the person is left, and nothing stands in it
};

// The certificate in words, for the person.
struct CertificateText {
  std::string sv, en;
};
CertificateText TextOf(const Certificate& certificate);

// From the latest execution on; backups are kept as rule backup_copy says.
calendar::LocalDay BackupClearBy(const Catalogue& catalogue,
                                 const std::vector<ExecutedErasure>& executed, absl::Time now);

}  // namespace varsam::retention
