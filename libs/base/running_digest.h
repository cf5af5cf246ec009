// The SHA-256 (FIPS 180-4) of bytes that come piece by piece. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace varsam {

class RunningDigest {
 public:
  RunningDigest();

  void Add(std::string_view bytes);
  // 32 bytes, of all that came so far; more may follow.
  std::string Sha256() const;

 private:
  using Context = std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)>;
  static Context New();

  Context sum_;
};

}  // namespace varsam
