// What the gateway needs to know. The only place of the gateway that reads the environment.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/server_config.h"
#include "services/gateway/auth/jwks_refresher.h"
#include "services/gateway/auth/token_verifier.h"
#include "services/gateway/http/server.h"

namespace varsam::gateway {

struct Config {
  rpc::ServerConfig process;  // environment, log, bind, ports, mTLS files, clock, drain
  HttpServerConfig http;
  std::map<std::string, std::string> targets;  // service → gRPC target
  std::string caller_signing_key_file;         // Ed25519 private PEM
  std::string promises_file;
  std::vector<Issuer> issuers;
  std::vector<JwksSource> jwks;
  double public_calls_per_second = 5;
};

// Reads what rpc::ServerConfigFromLookup reads, and
//   VARSAM_HTTPS_CERT, VARSAM_HTTPS_KEY     both or neither; production needs them, or
//                                           VARSAM_HTTPS_IN_FRONT=1 (TLS ends at an ingress)
//   VARSAM_CONSENT_ADDRESS, VARSAM_SUBJECT_REGISTRY_ADDRESS, VARSAM_REQUEST_WORKFLOW_ADDRESS,
//   VARSAM_RETENTION_ADDRESS                host:port, default 127.0.0.1 and the port base
//   VARSAM_CALLER_SIGNING_KEY               Ed25519 private PEM; production needs it
//   VARSAM_OIDC_ISSUER, VARSAM_OIDC_AUDIENCE, VARSAM_OIDC_JWKS
//                                           all three or none; production needs them; JWKS is
//                                           a path or an https URL
//   VARSAM_OIDC_ROLES_CLAIM                 default "roles"
//   VARSAM_DEV_ISSUER_JWKS                  public keys of the development issuer (issuer
//                                           "varsam-development", audience "varsam");
//                                           development only
//   VARSAM_PROMISES_FILE                    default deploy/policy/promises.yaml
//   VARSAM_HTTP_THREADS                     1..64, default 2
//   VARSAM_CONNECTIONS_MAX                  1..1000000, default 12000
//   VARSAM_CONNECTIONS_PER_ADDRESS_MAX      1..1000000, default 512
//   VARSAM_PUBLIC_CALLS_PER_SECOND_MAX      1..1000000, default 5; calls without sign-in,
//                                           per address
// INVALID_ARGUMENT naming every variable that is wrong.
absl::StatusOr<Config> ConfigFromLookup(const rpc::Lookup& lookup);
absl::StatusOr<Config> ConfigFromEnvironment();

inline constexpr char kDevelopmentIssuer[] = "varsam-development";
inline constexpr char kDevelopmentAudience[] = "varsam";

}  // namespace varsam::gateway
