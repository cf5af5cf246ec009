// An accepted ask on its way through the journal. For libs/journal only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/journal/journal.h"

namespace varsam::journal {

struct Item {
  std::unique_ptr<Cell> cell;
  SubmitOptions options;
  Done done;
  absl::Duration expires;  // monotonic

  // What the present attempt has found out.
  bool replay = false;
  bool deferred = false;  // did not fit any more; for the next batch
  absl::Status refused;   // by decide, or REQUEST_ID_REUSED
  Position position;
  std::string response;

  // Is there something of this ask to be committed?
  bool Writes() const { return !replay && !deferred && refused.ok(); }

  void ForgetAttempt() {
    replay = false;
    deferred = false;
    refused = absl::OkStatus();
    position = {};
    response.clear();
  }
};

using Items = std::vector<std::unique_ptr<Item>>;

}  // namespace varsam::journal
