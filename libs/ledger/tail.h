// Tail streams and the one thread that feeds them all. A stream is idle until the log holds more
// than its cursor; then the pump reads a page for it and starts one write, so a slow reader holds
// one page and never the others. Internal to libs/ledger.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "libs/rpc/stream.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::ledger {

class TailStream;

class TailPump {
 public:
  TailPump(Ledger& ledger, pg::Pool& pool);
  // Every stream must be done.
  ~TailPump();

  // gRPC owns the stream.
  TailStream* NewStream(rpc::Call& call, const v1::TailRequest& request);

 private:
  friend class TailStream;
  // What the pump needs to know of a stream without touching it.
  struct Place {
    TailStream* stream = nullptr;
    uint64_t next = 0;
    std::set<std::string, std::less<>> kinds;
    bool writing = false;
    bool greeted = false;  // has been told the size once
  };
  void Run();
  void Serve(uint64_t size);
  absl::StatusOr<v1::TailResponse> ReadPage(const Place& place, uint64_t size) const;
  void WriteDone(uint64_t id);
  void Leave(uint64_t id);

  Ledger& ledger_;
  const Reader reader_;
  std::mutex mutex_;
  std::map<uint64_t, Place> places_;
  uint64_t next_id_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

class TailStream final : public rpc::WriteStream<v1::TailResponse> {
 public:
  TailStream(rpc::Call& call, TailPump& pump, uint64_t id)
      : StreamReactor(call), pump_(pump), id_(id) {}
  ~TailStream() override { pump_.Leave(id_); }
  void OnWriteDone(bool ok) override;

 private:
  friend class TailPump;
  TailPump& pump_;
  const uint64_t id_;
  v1::TailResponse response_;
};

// An entry as it travels.
void ToProto(const StoredEntry& entry, v1::Entry* out);

}  // namespace varsam::ledger
