#include "services/gateway/auth/sessions.h"

#include <openssl/sha.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/random.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

constexpr size_t kIdBytes = 32;
constexpr char kAttributes[] = "; Path=/; Secure; HttpOnly; SameSite=Strict";

std::string Hashed(std::string_view id) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

std::string Sessions::Open(std::string subject_id, std::string case_id, absl::Duration now,
                           absl::Duration lifetime) {
  const std::string id = ToBase64Url(RandomBytes(kIdBytes));
  Session session;
  session.principal.anonymous = false;
  session.principal.caller.kind = rpc::CallerKind::kPerson;
  session.principal.caller.id = std::move(subject_id);
  session.principal.caller.case_id = std::move(case_id);
  session.last_seen = now;
  session.ends = now + std::min(lifetime, kSessionAgeMax);
  std::lock_guard lock(mutex_);
  if (sessions_.size() >= kSessionsMax) Sweep(now);
  if (sessions_.size() >= kSessionsMax) return "";
  sessions_.emplace(Hashed(id), std::move(session));
  return id;
}

std::optional<Principal> Sessions::Find(std::string_view id, absl::Duration now) {
  std::lock_guard lock(mutex_);
  const auto it = sessions_.find(Hashed(id));
  if (it == sessions_.end()) return std::nullopt;
  if (now >= it->second.ends || now - it->second.last_seen >= kSessionIdleMax) {
    sessions_.erase(it);
    return std::nullopt;
  }
  it->second.last_seen = now;
  return it->second.principal;
}

void Sessions::Close(std::string_view id) {
  std::lock_guard lock(mutex_);
  sessions_.erase(Hashed(id));
}

void Sessions::Sweep(absl::Duration now) {
  std::erase_if(sessions_, [now](const auto& entry) {
    return now >= entry.second.ends || now - entry.second.last_seen >= kSessionIdleMax;
  });
}

std::string SessionIdOf(std::string_view cookie_header) {
  std::string found;
  for (absl::string_view part : absl::StrSplit(ToAbsl(cookie_header), ';')) {
    part = absl::StripAsciiWhitespace(part);
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (pair.first != kSessionCookie) continue;
    if (!found.empty()) return "";
    found = std::string(pair.second);
  }
  return found;
}

std::string SessionSetCookie(std::string_view id) {
  return absl::StrCat(kSessionCookie, "=", ToAbsl(id), kAttributes);
}

std::string SessionClearCookie() {
  return absl::StrCat(kSessionCookie, "=", kAttributes, "; Max-Age=0");
}

}  // namespace varsam::gateway
