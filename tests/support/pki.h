// Certificates for tests: the development authority of deploy/pki in a folder of its own, and bad
// certificates signed by it.
#pragma once

#include <string>
#include <string_view>

#include "libs/rpc/server_config.h"

namespace varsam::testing {

class TestPki {
 public:
  TestPki();  // runs deploy/pki/make-dev-ca
  ~TestPki();

  const std::string& dir() const { return dir_; }
  // Of a service that make-dev-ca knows, or one issued before.
  rpc::TlsFiles Files(std::string_view name) const;
  // A certificate <name> with this subjectAltName line ("URI:spiffe://varsam/x, DNS:localhost"),
  // valid for so many days (negative: expired), signed by our authority or by a foreign one.
  rpc::TlsFiles Issue(std::string_view name, std::string_view san, int days = 1,
                      bool foreign = false) const;

 private:
  std::string dir_;
};

// The whole file; a missing one is a CHECK.
std::string ReadWhole(const std::string& path);

// Exit code and output (both streams) of a shell command.
struct Shown {
  int code = 0;
  std::string text;
};
Shown RunCommand(const std::string& command);

}  // namespace varsam::testing
