// TLS credentials from files, for servers and channels. Internal to libs/rpc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "libs/rpc/server_config.h"

namespace varsam::rpc {

// Leaves no cipher of TLS 1.2 that could be negotiated, so that only TLS 1.3 remains (this gRPC has
// no setting for the lowest version). Before the first credentials; safe to repeat.
void AllowTls13Only();

// Can these files work, now? INVALID_ARGUMENT naming the file: unreadable, not PEM, expired or not
// yet valid, key of another certificate, not exactly one URI name. With a service given, that
// name must be spiffe://varsam/<service>.
absl::Status CheckTlsFiles(const TlsFiles& files, std::string_view service);

// A client certificate is required and verified; files are read again when they change.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> NewServerCredentials(
    const TlsFiles& files, std::string_view service);
// The server must carry exactly the URI name spiffe://varsam/<service>.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> NewChannelCredentials(
    const TlsFiles& files, std::string_view service);

}  // namespace varsam::rpc
