#include "libs/ledger/ledger_service.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/verify.h"
#include "libs/rpc/shell.h"

namespace varsam::ledger {
namespace {

using Rpc = v1::LedgerService;

constexpr uint32_t kPageSizeDefault = 100;
constexpr char kGateway[] = "gateway";
// A tail lasts until its deadline; its reader comes back with the cursor.
constexpr absl::Duration kTailMax = absl::Minutes(10);
constexpr absl::Duration kVerifyMax = absl::Minutes(10);

void AddPath(const std::vector<Hash>& path, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const Hash& hash : path) *out->Add() = std::string(HashBytes(hash));
}

absl::Status Prove(const Reader& reader, const v1::GetProofRequest::Inclusion& wanted,
                   v1::InclusionProof* out) {
  ASSIGN_OR_RETURN(Proof proof, reader.Prove(wanted.index()));
  out->set_index(proof.index);
  out->set_checkpoint(std::move(proof.checkpoint));
  AddPath(proof.path, out->mutable_path());
  return absl::OkStatus();
}

absl::Status Prove(const Reader& reader, const v1::GetProofRequest::Consistency& wanted,
                   v1::ConsistencyProof* out) {
  uint64_t new_size = wanted.new_size();
  if (new_size == 0) {
    ASSIGN_OR_RETURN(new_size, reader.Size());
  }
  if (wanted.old_size() > new_size) return InvalidField("old_size", "want at most new_size");
  ASSIGN_OR_RETURN(const std::vector<Hash> path,
                   reader.ConsistencyProof(wanted.old_size(), new_size));
  out->set_old_size(wanted.old_size());
  out->set_new_size(new_size);
  AddPath(path, out->mutable_path());
  return absl::OkStatus();
}

void ToProto(const VerifyReport& report, v1::VerifyLogResponse* out) {
  out->set_intact(report.ok());
  out->set_entries(report.entries);
  out->set_erased(report.erased);
  out->set_damage(DamageName(report.damage));
  out->set_index(report.index);
  out->set_index_end(report.index_end);
  out->set_detail(report.detail);
}

}  // namespace

void AllowLedger(rpc::AccessTable& access, const std::vector<std::string>& feed_readers) {
  std::vector<std::string> all = feed_readers;
  all.push_back(kGateway);
  const rpc::MethodRules plain{.caller = rpc::CallerRule::kIgnored};
  access.Allow<Rpc>("GetCheckpoint", all, plain)
      .Allow<Rpc>("GetTile", all, plain)
      .Allow<Rpc>("GetProof", all, plain)
      .Allow<Rpc>("ListEntries", all, plain)
      .Allow<Rpc>(
          "VerifyLog", {kGateway},
          {.in_flight_max = 1, .deadline_max = kVerifyMax, .caller = rpc::CallerRule::kIgnored})
      .Allow<Rpc>(
          "Tail", feed_readers,
          {.in_flight_max = 64, .deadline_max = kTailMax, .caller = rpc::CallerRule::kIgnored});
}

LedgerService::LedgerService(Ledger& ledger, pg::Pool& pool, rpc::WorkerPool& workers,
                             rpc::Admission& admission)
    : ledger_(ledger),
      pool_(pool),
      reader_(pool),
      workers_(workers),
      get_checkpoint_(admission.For<Rpc>("GetCheckpoint")),
      get_tile_(admission.For<Rpc>("GetTile")),
      list_entries_(admission.For<Rpc>("ListEntries")),
      get_proof_(admission.For<Rpc>("GetProof")),
      verify_log_(admission.For<Rpc>("VerifyLog")),
      tail_method_(admission.For<Rpc>("Tail")),
      pump_(ledger, pool) {}

LedgerService::~LedgerService() = default;

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(grpc::CallbackServerContext* context,
                                                       const v1::GetCheckpointRequest*,
                                                       v1::GetCheckpointResponse* response) {
  return rpc::Unary(get_checkpoint_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [this, response]() -> absl::Status {
      response->set_vkey(ledger_.signer().vkey());
      ASSIGN_OR_RETURN(std::string note, reader_.SignedCheckpoint());
      ASSIGN_OR_RETURN(const Checkpoint checkpoint, ParseCheckpointText(note));
      response->set_checkpoint(std::move(note));
      response->set_size(checkpoint.size);
      return absl::OkStatus();
    });
  });
}

grpc::ServerUnaryReactor* LedgerService::GetTile(grpc::CallbackServerContext* context,
                                                 const v1::GetTileRequest* request,
                                                 v1::GetTileResponse* response) {
  return rpc::Unary(get_tile_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [this, request, response]() -> absl::Status {
      if (request->width() > kTileWidth) return InvalidField("width", "want 1..256");
      if (request->level() > kTileLevelMax) return InvalidField("level", "want 0..7");
      const int width = static_cast<int>(request->width());
      const int level = static_cast<int>(request->level());
      ASSIGN_OR_RETURN(std::string data, request->entries()
                                             ? reader_.EntryBundle(request->index(), width)
                                             : reader_.Tile(level, request->index(), width));
      response->set_data(std::move(data));
      return absl::OkStatus();
    });
  });
}

grpc::ServerUnaryReactor* LedgerService::ListEntries(grpc::CallbackServerContext* context,
                                                     const v1::ListEntriesRequest* request,
                                                     v1::ListEntriesResponse* response) {
  return rpc::Unary(list_entries_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [this, request, response]() -> absl::Status {
      if (request->page_size() > kReadEntriesMax) return InvalidField("page_size", "want 1..1000");
      const uint32_t count = request->page_size() == 0 ? kPageSizeDefault : request->page_size();
      ASSIGN_OR_RETURN(const uint64_t size, reader_.Size());
      ASSIGN_OR_RETURN(const auto entries, reader_.Entries(request->from_index(), count));
      for (const StoredEntry& entry : entries) ToProto(entry, response->add_entries());
      response->set_next_index(entries.empty() ? request->from_index() : entries.back().index + 1);
      response->set_size(std::max(size, response->next_index()));
      return absl::OkStatus();
    });
  });
}

grpc::ServerUnaryReactor* LedgerService::GetProof(grpc::CallbackServerContext* context,
                                                  const v1::GetProofRequest* request,
                                                  v1::GetProofResponse* response) {
  return rpc::Unary(get_proof_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [this, request, response]() -> absl::Status {
      if (request->has_inclusion()) {
        return Prove(reader_, request->inclusion(), response->mutable_inclusion());
      }
      if (request->has_consistency()) {
        return Prove(reader_, request->consistency(), response->mutable_consistency());
      }
      return InvalidField("of", "want inclusion or consistency");
    });
  });
}

grpc::ServerUnaryReactor* LedgerService::VerifyLog(grpc::CallbackServerContext* context,
                                                   const v1::VerifyLogRequest*,
                                                   v1::VerifyLogResponse* response) {
  return rpc::Unary(verify_log_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(workers_, call, [this, response]() -> absl::Status {
      ASSIGN_OR_RETURN(const VerifyReport report, Verify(pool_, {.vkey = ledger_.signer().vkey()}));
      ToProto(report, response);
      return absl::OkStatus();
    });
  });
}

grpc::ServerWriteReactor<v1::TailResponse>* LedgerService::Tail(
    grpc::CallbackServerContext* context, const v1::TailRequest* request) {
  return rpc::Stream<grpc::ServerWriteReactor<v1::TailResponse>>(
      tail_method_, context, [&](rpc::Call& call) { return pump_.NewStream(call, *request); });
}

}  // namespace varsam::ledger
