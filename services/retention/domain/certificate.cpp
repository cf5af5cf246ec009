#include "services/retention/domain/certificate.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/retention/domain/backup_clear.h"
#include "services/retention/domain/grant_erasure.h"

namespace varsam::retention {
namespace {

// "crm: email, name (delete)", by system and method.
std::string Executed(const Certificate& certificate) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> groups;
  for (const ExecutedErasure& one : certificate.executed) {
    groups[{one.system, one.method}].insert(one.category);
  }
  std::vector<std::string> parts;
  for (const auto& [key, categories] : groups) {
    parts.push_back(
        absl::StrCat(key.first, ": ", absl::StrJoin(categories, ", "), " (", key.second, ")"));
  }
  return absl::StrJoin(parts, "; ");
}

std::string Until(const ErasureResidue& residue, bool swedish) {
  const auto day = calendar::ParseDay(residue.retain_until);
  if (!day.ok()) return swedish ? "tills vidare" : "until further notice";
  return swedish ? absl::StrCat("till och med ", calendar::InSwedish(*day))
                 : absl::StrCat("until ", calendar::InEnglish(*day));
}

}  // namespace

CertificateText TextOf(const Certificate& certificate) {
  CertificateText text{"Intyg om radering.", "Certificate of erasure."};
  if (!certificate.executed.empty()) {
    const std::string executed = Executed(certificate);
    absl::StrAppend(&text.sv, " Raderat: ", executed, ".");
    absl::StrAppend(&text.en, " Erased: ", executed, ".");
  }
  for (const ErasureResidue& residue : certificate.residue) {
    if (residue.category.empty()) {  // SYSTEM_UNKNOWN
      absl::StrAppend(&text.sv, " Systemet ", residue.system,
                      " har ännu inte berättat vad det har om dig.");
      absl::StrAppend(&text.en, " The system ", residue.system,
                      " has not told yet what it holds about you.");
      continue;
    }
    const std::string what = absl::StrCat(residue.system, ": ", residue.category);
    const std::string law = residue.reference.empty() ? residue.code : residue.reference;
    absl::StrAppend(&text.sv, " Sparas ", Until(residue, true), ": ", what, " (", law, ").");
    absl::StrAppend(&text.en, " Kept ", Until(residue, false), ": ", what, " (", law, ").");
  }
  if (certificate.nothing_left) {
    text.sv += " Inget system har något kvar om dig.";
    text.en += " No system holds anything about you any longer.";
  }
  absl::StrAppend(&text.sv, " Den sista säkerhetskopian är borta efter ",
                  calendar::InSwedish(certificate.backup_clear_by), ".");
  absl::StrAppend(&text.en, " The last backup is gone after ",
                  calendar::InEnglish(certificate.backup_clear_by), ".");
  return text;
}

calendar::LocalDay BackupClearBy(const Catalogue& catalogue,
                                 const std::vector<ExecutedErasure>& executed, absl::Time now) {
  absl::Time last = executed.empty() ? now : absl::InfinitePast();
  for (const ExecutedErasure& one : executed) last = std::max(last, one.executed_at);
  return BackupClearBy(last, catalogue.backups_kept.value_or(kBackupsKeptDefault));
}

}  // namespace varsam::retention
