// Who the end user is, said by the gateway to a service: a short-lived Ed25519-signed assertion in
// the metadata `varsam-caller-bin`, bound to one audience (the service that may accept it). The
// mTLS identity says which process calls; this says for whom.
//
// The signing key is an Ed25519 PKCS#8 PEM only the gateway reads; services read the public PEM.
// Times are the machine's real time, never the scenario clock: scenarios jump, assertions must not.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace varsam::rpc {

inline constexpr absl::Duration kAssertionLifetime = absl::Seconds(60);
inline constexpr absl::Duration kAssertionSkewMax = absl::Seconds(5);
inline constexpr size_t kAssertionBytesMax = 2048;
inline constexpr char kCallerMetadata[] = "varsam-caller-bin";

enum class CallerKind { kPerson, kStaff, kClient };

struct Caller {
  CallerKind kind = CallerKind::kClient;
  std::string id;                  // person: subject id; staff: staff id; client: API client id
  std::vector<std::string> roles;  // staff and client roles, e.g. "case_officer"; at most 16
  std::string case_id;             // a person signed in by a case link may touch this case only
  bool HasRole(std::string_view role) const;
  bool operator==(const Caller&) const = default;
};

class CallerSigner {
 public:
  CallerSigner(const CallerSigner&) = default;
  CallerSigner& operator=(const CallerSigner&) = default;
  ~CallerSigner();  // wipes the key
  // The PEM text of an Ed25519 private key. INVALID_ARGUMENT for anything else.
  static absl::StatusOr<CallerSigner> FromPem(std::string_view pem);
  // Bytes for kCallerMetadata. `audience` is the service's name, e.g. "consent".
  std::string Sign(const Caller& caller, std::string_view audience, absl::Time now) const;

 private:
  CallerSigner() = default;
  std::array<uint8_t, 64> secret_{};
};

class CallerVerifier {
 public:
  // The PEM texts of one or more (rotation) Ed25519 public keys, and this service's name.
  static absl::StatusOr<CallerVerifier> FromPem(std::string_view pem, std::string audience);
  // UNAUTHENTICATED, reason CALLER_ASSERTION, for a wrong signature, audience, time or shape.
  absl::StatusOr<Caller> Verify(std::string_view bytes, absl::Time now) const;

 private:
  CallerVerifier() = default;
  std::vector<std::array<uint8_t, 32>> keys_;
  std::string audience_;
};

}  // namespace varsam::rpc
