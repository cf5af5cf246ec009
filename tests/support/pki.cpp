#include "tests/support/pki.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"

namespace varsam::testing {
namespace {

void MustRun(const std::string& command) {
  const Shown shown = RunCommand(command);
  VARSAM_CHECK(shown.code == 0) << command << ": " << shown.text;
}

}  // namespace

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  VARSAM_CHECK(file.good()) << path;
  return text.str();
}

Shown RunCommand(const std::string& command) {
  FILE* const pipe = popen(absl::StrCat("( ", command, " ) 2>&1").c_str(), "r");
  VARSAM_CHECK(pipe != nullptr);
  Shown shown;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) {
    shown.text.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  shown.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return shown;
}

TestPki::TestPki() {
  char pattern[] = "/tmp/varsam-test-pki-XXXXXX";
  VARSAM_CHECK(mkdtemp(pattern) != nullptr);
  dir_ = pattern;
  const char* const source = getenv("VARSAM_SOURCE_DIR");
  VARSAM_CHECK(source != nullptr) << "run me with ctest: VARSAM_SOURCE_DIR is not set";
  MustRun(absl::StrCat(source, "/deploy/pki/make-dev-ca ", dir_, " connector-sql"));
}

TestPki::~TestPki() { RunCommand(absl::StrCat("rm -rf ", dir_)); }

rpc::TlsFiles TestPki::Files(std::string_view name) const {
  const std::string stem = absl::StrCat(dir_, "/", ToAbsl(name));
  return {.ca = dir_ + "/ca.crt", .cert = stem + ".crt", .key = stem + ".key"};
}

rpc::TlsFiles TestPki::Issue(std::string_view name, std::string_view san, int days,
                             bool foreign) const {
  const rpc::TlsFiles files = Files(name);
  std::string ca = dir_ + "/ca";
  if (foreign) {
    ca = dir_ + "/foreign-ca";
    MustRun(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
                         " -keyout ", ca, ".key -out ", ca, ".crt -subj /CN=Foreign -days 2"));
  }
  const std::string stem = absl::StrCat(dir_, "/", ToAbsl(name));
  std::ofstream(stem + ".ext") << "subjectAltName=" << san << "\n";
  MustRun(absl::StrCat("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ",
                       files.key, " -out ", stem, ".csr -subj /CN=test"));
  MustRun(absl::StrCat("openssl x509 -req -sha256 -in ", stem, ".csr -CA ", ca, ".crt -CAkey ", ca,
                       ".key -set_serial 0x", "1234 -days ", days, " -extfile ", stem,
                       ".ext -out ", files.cert));
  return files;
}

}  // namespace varsam::testing
