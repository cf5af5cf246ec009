#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/check_commands.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {

absl::Status VerifyTheLedgers(Stage& stage) {
  for (const std::string& log : LedgerNames()) {
    ASSIGN_OR_RETURN(const Json answer,
                     stage.Call(kAuditor, "GET", absl::StrCat("/ledger/", log, "/verify")));
    RETURN_IF_ERROR(Expect(answer.value("intact", false), "an intact ledger " + log,
                           answer.dump()));
    stage.Note(absl::StrCat(log, ": intact, ", TextAt(answer, "/entries"), " entries, ",
                            TextAt(answer, "/erased"), " erased"));
  }
  return absl::OkStatus();
}

}  // namespace varsam::cli
