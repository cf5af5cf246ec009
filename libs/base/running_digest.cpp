#include "libs/base/running_digest.h"

#include <openssl/evp.h>

#include "libs/base/check.h"

namespace varsam {

RunningDigest::Context RunningDigest::New() {
  Context context(EVP_MD_CTX_new(), [](EVP_MD_CTX* one) { EVP_MD_CTX_free(one); });
  VARSAM_CHECK(context != nullptr);
  return context;
}

RunningDigest::RunningDigest() : sum_(New()) {
  VARSAM_CHECK(EVP_DigestInit_ex(sum_.get(), EVP_sha256(), nullptr) == 1);
}

void RunningDigest::Add(std::string_view bytes) {
  VARSAM_CHECK(EVP_DigestUpdate(sum_.get(), bytes.data(), bytes.size()) == 1);
}

std::string RunningDigest::Sha256() const {
  const Context so_far = New();
  std::string digest(static_cast<size_t>(EVP_MD_size(EVP_sha256())), '\0');
  VARSAM_CHECK(EVP_MD_CTX_copy_ex(so_far.get(), sum_.get()) == 1 &&
               EVP_DigestFinal_ex(so_far.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                  nullptr) == 1);
  return digest;
}

}  // namespace varsam
