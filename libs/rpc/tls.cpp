#include "libs/rpc/tls.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::rpc {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kReloadSeconds = 5;
constexpr std::string_view kTrustDomain = "spiffe://varsam/";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

absl::Status Wrong(const std::string& file, std::string_view why) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", ToAbsl(why)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) return Wrong(path, "cannot be read, or is empty");
  return text.str();
}

absl::StatusOr<Certificate> ReadCertificate(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!certificate) return Wrong(path, "not a certificate in PEM");
  return certificate;
}

std::vector<std::string> UriNames(X509* certificate) {
  std::vector<std::string> uris;
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* const text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      ASN1_STRING_length(text));
  }
  GENERAL_NAMES_free(names);
  return uris;
}

absl::Status CheckKey(const TlsFiles& files, X509* certificate) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(files.key));
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key) return Wrong(files.key, "not a private key in PEM");
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return Wrong(files.key, "not the key of the certificate");
  }
  return absl::OkStatus();
}

// Files are watched once per set, however many channels use them.
std::shared_ptr<tls::CertificateProviderInterface> Watch(const TlsFiles& files) {
  static std::mutex* const mutex = new std::mutex();
  static auto* const watched =
      new std::map<std::string, std::weak_ptr<tls::CertificateProviderInterface>>();
  const std::string key = absl::StrCat(files.ca, "\n", files.cert, "\n", files.key);
  std::lock_guard lock(*mutex);
  std::shared_ptr<tls::CertificateProviderInterface> provider = (*watched)[key].lock();
  if (provider == nullptr) {
    provider = std::make_shared<tls::FileWatcherCertificateProvider>(files.key, files.cert,
                                                                     files.ca, kReloadSeconds);
    (*watched)[key] = provider;
  }
  return provider;
}

// The chain has been verified by OpenSSL; this says whose certificate it must be. Host names are
// not looked at: a service is who it is wherever it runs.
class ExpectService final : public tls::ExternalCertificateVerifier {
 public:
  explicit ExpectService(std::string uri) : uri_(std::move(uri)) {}
  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* result) override {
    const auto uris = request->uri_names();
    if (uris.size() != 1 || uris[0] != uri_) {
      *result = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                             absl::StrCat("the server is not ", uri_));
    }
    return true;  // decided here, nothing is pending
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string uri_;
};

}  // namespace

void AllowTls13Only() {
  // The list names only what needs a pre-shared key, which nobody has; the suites of TLS 1.3 are
  // not configured here and stay.
  static const int kDone = setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", 1);
  (void)kDone;
}

absl::Status CheckTlsFiles(const TlsFiles& files, std::string_view service) {
  ASSIGN_OR_RETURN(const Certificate ca, ReadCertificate(files.ca));
  ASSIGN_OR_RETURN(const Certificate own, ReadCertificate(files.cert));
  RETURN_IF_ERROR(CheckKey(files, own.get()));
  if (X509_cmp_current_time(X509_get0_notBefore(own.get())) >= 0) {
    return Wrong(files.cert, "not valid yet");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(own.get())) <= 0) {
    return Wrong(files.cert, "expired");
  }
  const std::vector<std::string> uris = UriNames(own.get());
  if (uris.size() != 1) {
    return Wrong(files.cert, absl::StrCat(uris.size(), " URI names, want exactly one"));
  }
  const std::string want = absl::StrCat(ToAbsl(kTrustDomain), ToAbsl(service));
  if (!service.empty() && uris[0] != want) {
    return Wrong(files.cert, absl::StrCat("is for ", uris[0], ", want ", want));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> NewServerCredentials(
    const TlsFiles& files, std::string_view service) {
  AllowTls13Only();
  RETURN_IF_ERROR(CheckTlsFiles(files, service));
  tls::TlsServerCredentialsOptions options(Watch(files));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  // The client's chain is verified against the CA; which service it is decides the access table.
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  return tls::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> NewChannelCredentials(
    const TlsFiles& files, std::string_view service) {
  AllowTls13Only();
  RETURN_IF_ERROR(CheckTlsFiles(files, ""));
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(Watch(files));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_check_call_host(false);
  options.set_certificate_verifier(tls::ExternalCertificateVerifier::Create<ExpectService>(
      absl::StrCat(ToAbsl(kTrustDomain), ToAbsl(service))));
  return tls::TlsCredentials(options);
}

}  // namespace varsam::rpc
