// The conformance kit of the connector protocol: plays the platform for one connector over a test
// system and judges it from outside, by its calls and by what the system tells afterwards. The
// system must hold the people named, and is changed.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/cli/connector_kit/kit_platform.h"
#include "services/cli/connector_kit/process.h"

namespace varsam::cli {

inline constexpr size_t kKitPeople = 5;

// One field of a person that can be rectified.
struct KitField {
  std::string data_category;
  std::string value;      // what stands there
  std::string new_value;  // what the kit makes of it
};

struct KitOptions {
  std::string address = "127.0.0.1:0";
  // Starts the connector; it finds the platform in VARSAM_REQUEST_WORKFLOW_ADDRESS. Empty: the
  // connector is started by hand, and a crash is only a report whose answer is lost.
  std::string run;
  // Brings the test system back to what it was when the kit began, and has the connector announce
  // it. Empty: an order that is issued again is tried without a restore.
  std::string restore;
  std::string system;  // empty: the first the connector serves
  // E-mail addresses of kKitPeople people in the system, all of whom may be erased.
  std::vector<std::string> people;
  std::optional<KitField> field;  // of the first of them; required when RECTIFY is served
  absl::Duration patience = absl::Seconds(30);
};

struct KitVerdict {
  std::string name;
  bool good = false;
  std::string why;  // what was seen; for a bad one what was wanted
};

// One line a case to `out` while they run. INVALID_ARGUMENT for options that cannot be played,
// UNAVAILABLE when the connector does not introduce itself.
absl::StatusOr<std::vector<KitVerdict>> RunKit(const KitOptions& options, std::ostream& out);

}  // namespace varsam::cli
