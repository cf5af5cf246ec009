#include "libs/rpc/admission.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"

namespace varsam::rpc {
namespace {

std::string FullName(std::string_view service, std::string_view rpc) {
  return absl::StrCat(ToAbsl(service), "/", ToAbsl(rpc));
}

// Is "service/rpc" declared by a proto linked into this program?
bool IsDeclared(const std::string& full_name) {
  std::string dotted = full_name;
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(dotted) != nullptr;
}

}  // namespace

AccessTable& AccessTable::Allow(std::string_view service, std::string_view rpc,
                                std::vector<std::string> peers, MethodRules rules) {
  const auto [at, fresh] =
      entries_.emplace(FullName(service, rpc), Entry{std::move(peers), rules});
  VARSAM_CHECK(fresh) << at->first << " stands twice in the access table";
  return *this;
}

bool Method::Allows(std::string_view peer) const {
  for (const std::string& exact : exact_peers_) {
    if (peer == exact) return true;
  }
  for (const std::string& prefix : peer_prefixes_) {
    if (peer.size() > prefix.size() && peer.starts_with(prefix)) return true;
  }
  return false;
}

Admission::Admission(const AccessTable& access, AdmissionConfig config, obs::Metrics& metrics)
    : config_(std::move(config)), metrics_(metrics), access_(access) {
  for (const auto& [full_name, entry] : access_.entries()) {
    VARSAM_CHECK(IsDeclared(full_name)) << full_name << " in the access table is no rpc";
  }
}

Admission::~Admission() = default;

Method& Admission::For(std::string_view service, std::string_view rpc) {
  const std::string full_name = FullName(service, rpc);
  VARSAM_CHECK(IsDeclared(full_name)) << full_name << " is no rpc";
  std::lock_guard lock(methods_mutex_);
  std::unique_ptr<Method>& slot = methods_[full_name];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<Method>();
  slot->full_name_ = full_name;
  slot->admission_ = this;
  slot->metrics_ = &metrics_.AddRpcServer(full_name);
  slot->rules_.deadline_max = config_.deadline_max;
  const auto entry = access_.entries().find(full_name);
  if (entry == access_.entries().end()) return *slot;  // nobody
  slot->rules_ = entry->second.rules;
  if (slot->rules_.deadline_max == absl::ZeroDuration()) {
    slot->rules_.deadline_max = config_.deadline_max;
  }
  for (const std::string& peer : entry->second.peers) {
    if (peer.ends_with('*')) {
      slot->peer_prefixes_.push_back(peer.substr(0, peer.size() - 1));
    } else {
      slot->exact_peers_.push_back(peer);
    }
  }
  return *slot;
}

void Admission::Drain() {
  std::lock_guard lock(streams_mutex_);
  draining_.store(true, std::memory_order_release);
  while (!streams_.empty()) {
    const std::function<void()> on_drain = std::move(streams_.begin()->second);
    streams_.erase(streams_.begin());
    on_drain();
  }
}

uint64_t Admission::Join(std::function<void()> on_drain) const {
  std::lock_guard lock(streams_mutex_);
  if (draining()) {
    on_drain();
    return 0;
  }
  streams_.emplace(next_stream_, std::move(on_drain));
  return next_stream_++;
}

void Admission::Leave(uint64_t token) const {
  // Waits for an on_drain that is running: the stream must not go away under it.
  std::lock_guard lock(streams_mutex_);
  streams_.erase(token);
}

}  // namespace varsam::rpc
