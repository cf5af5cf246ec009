// What the two requests of the demo have in common: the confirm link, the systems' answers.
#pragma once

#include <string>

#include "services/cli/demo/stage.h"

namespace varsam::cli {

// The case as the case officer sees it.
absl::StatusOr<Json> GetCase(Stage& stage, const std::string& case_id);
absl::Status AwaitState(Stage& stage, const std::string& case_id, const std::string& state,
                        absl::Duration most);
// Waits for the letter with the confirm link (after the first `already` letters to the address) and
// confirms with its token, as the person does on the page behind the link.
absl::Status ConfirmByLink(Stage& stage, const std::string& case_id, const std::string& address,
                           size_t already);
// A case officer answers NO_DATA for every open task without connector; how many there were.
absl::StatusOr<int> FinishManualTasks(Stage& stage, const std::string& case_id);
size_t LettersSoFar(Stage& stage, const std::string& address);

}  // namespace varsam::cli
