#include "services/gateway/auth/jwks_refresher.h"

#include <curl/curl.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"

namespace varsam::gateway {
namespace {

absl::Status Unreadable(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "JWKS_UNREADABLE", what);
}

bool IsUrl(const std::string& location) {
  return absl::StartsWith(location, "https://") || absl::StartsWith(location, "http://");
}

size_t Collect(char* data, size_t size, size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size * count > kJwksBytesMax) return 0;
  text.append(data, size * count);
  return size * count;
}

absl::StatusOr<std::string> Fetch(const JwksSource& source) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  if (curl == nullptr) return Unreadable("libcurl cannot start");
  std::string text;
  curl_easy_setopt(curl.get(), CURLOPT_URL, source.location.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, source.allow_http ? "https,http" : "https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(kJwksFetchTimeout)));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Unreadable(curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Unreadable(absl::StrCat("HTTP status ", status).c_str());
  return text;
}

}  // namespace

absl::StatusOr<std::string> ReadJwks(const JwksSource& source) {
  if (IsUrl(source.location)) return Fetch(source);
  std::ifstream in(source.location, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in.is_open() || text.empty()) {
    return Unreadable(absl::StrCat(source.location, " cannot be read").c_str());
  }
  return text;
}

JwksRefresher::~JwksRefresher() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::Status JwksRefresher::Refresh(const JwksSource& source) {
  ASSIGN_OR_RETURN(const std::string text, ReadJwks(source));
  ASSIGN_OR_RETURN(auto keys, KeySet::Parse(text));
  verifier_->SetKeys(source.issuer, std::move(keys));
  return absl::OkStatus();
}

absl::Status JwksRefresher::Start(TokenVerifier& verifier) {
  verifier_ = &verifier;
  for (const JwksSource& source : sources_) {
    const absl::Status status = Refresh(source);
    if (status.ok()) continue;
    if (!IsUrl(source.location)) return status;
    obs::Log(obs::Level::kWarn, "jwks_unreadable", {obs::F("error", status)});
    missing_.insert(source.issuer);
  }
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void JwksRefresher::Nudge(const std::string& issuer) {
  std::lock_guard lock(mutex_);
  nudged_.insert(issuer);
}

void JwksRefresher::Loop() {
  absl::Duration last_full = MonotonicNow();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kJwksRetryEvery), [this] { return stopping_; });
    if (stopping_) return;
    const bool full = MonotonicNow() - last_full >= kJwksRefreshEvery;
    if (full) last_full = MonotonicNow();
    std::set<std::string> due = std::move(nudged_);
    nudged_.clear();
    due.insert(missing_.begin(), missing_.end());
    lock.unlock();
    std::set<std::string> failed;
    for (const JwksSource& source : sources_) {
      if (!full && due.count(source.issuer) == 0) continue;
      const absl::Status status = Refresh(source);
      if (status.ok()) continue;
      obs::Log(obs::Level::kWarn, "jwks_unreadable", {obs::F("error", status)});
      failed.insert(source.issuer);
    }
    lock.lock();
    missing_ = std::move(failed);
  }
}

}  // namespace varsam::gateway
