// A mailbox too large for memory, from the upload to the download: the service runs in this
// process, whose memory is looked at. VARSAM_LARGE_MB makes it larger.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "libs/rpc/status.h"
#include "openssl/evp.h"
#include "services/request_workflow/flow/writer.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::ComesTrue;
using testing::FreshId;
using testing::Patient;
using testing::RequestsStack;

constexpr size_t kMegabyte = size_t{1} << 20;
constexpr size_t kGrowthMax = 190 * kMegabyte;  // about 150 at any size, this client's included

size_t Megabytes() {
  const char* const wanted = std::getenv("VARSAM_LARGE_MB");
  return wanted == nullptr ? 224 : static_cast<size_t>(std::atoi(wanted));
}

// The most this process has had in memory since Forget().
size_t PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}
void Forget() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::unique_ptr<grpc::ClientContext> Long() {
  return rpc::NewContext({.deadline = SystemClock().Now() + absl::Minutes(30)});
}

// Messages of a bit less than a megabyte: text that a machine cannot shorten to nothing.
std::string Message(size_t number) {
  static const std::string noise = [] {
    std::string text;
    uint64_t x = 88172645463325252;
    while (text.size() < kMegabyte - 4096) {
      x ^= x << 13, x ^= x >> 7, x ^= x << 17;
      text += static_cast<char>('a' + x % 26);
    }
    return text;
  }();
  return R"({"data_category":"email_content","record_key":")" + std::to_string(number) +
         R"(","fields":{"from":"stor@example.se","text":")" + std::to_string(number) + " " + noise +
         "\"}}";
}

class Uploading {
 public:
  Uploading(cv1::ConnectorService::Stub& stub, const cv1::LeasedTask& task)
      : task_(task), context_(Long()), writer_(stub.UploadResult(context_.get(), &response_)) {}

  void Add(const std::string& bytes, bool last = false) {
    cv1::UploadResultRequest chunk;
    chunk.set_task_id(task_.task_id());
    chunk.set_fence(task_.fence());
    chunk.set_offset(at_);
    chunk.set_chunk(bytes);
    at_ += bytes.size();
    EVP_DigestUpdate(sum_.get(), bytes.data(), bytes.size());
    if (last) {
      digest.resize(32);
      EVP_DigestFinal_ex(sum_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
      chunk.set_last(true);
      chunk.set_sha256(digest);
    }
    writer_->Write(chunk);
  }
  grpc::Status End() {
    writer_->WritesDone();
    return writer_->Finish();
  }

  std::string digest;

 private:
  const cv1::LeasedTask& task_;
  const std::unique_ptr<grpc::ClientContext> context_;
  cv1::UploadResultResponse response_;
  const std::unique_ptr<grpc::ClientWriter<cv1::UploadResultRequest>> writer_;
  uint64_t at_ = 0;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> sum_{
      [] {
        auto* sum = EVP_MD_CTX_new();
        EVP_DigestInit_ex(sum, EVP_sha256(), nullptr);
        return sum;
      }(),
      &EVP_MD_CTX_free};
};

struct Large : RequestsStack {
  Large() : subject(Register("stor@example.se")) {
    REQUIRE(Hello().ok());
    id = Submit(v1::RIGHT_ACCESS, "stor@example.se");
    REQUIRE(Verify(id, AwaitToken("stor@example.se")).ok());
    REQUIRE(ComesTrue([&] { return Case(id).coverage().systems_total() == 8; }));
    FinishManual(id);
  }
  void Finish(const cv1::LeasedTask& task, const std::string& digest) {
    cv1::FinishRequest request;
    request.set_task_id(task.task_id());
    request.set_fence(task.fence());
    if (digest.empty()) request.mutable_outcome()->mutable_no_data();
    if (!digest.empty()) {
      auto* const result = request.mutable_outcome()->mutable_done()->add_results();
      result->set_data_category("email_content");
      result->set_found(1);
      result->set_exported(1);
      request.set_result_sha256(digest);
    }
    cv1::FinishResponse response;
    REQUIRE(crm().Finish(Patient().get(), request, &response).ok());
    REQUIRE(response.accepted());
  }
  void AwaitLong(v1::CaseState state) {
    const absl::Duration end = MonotonicNow() + absl::Minutes(20);
    while (Case(id).state() != state && MonotonicNow() < end) {
      if (ComesTrue([&] { return Case(id).state() == state; })) return;
    }
    REQUIRE(Case(id).state() == state);
  }
  absl::Status Piece(v1::GetPackageRequest& request) {
    request.set_case_id(id);
    piece.Clear();
    return rpc::FromGrpc(gateway().GetPackage(Person(subject, id).get(), request, &piece));
  }

  const std::string subject;
  std::string id;
  v1::GetPackageResponse piece;
};

// All of it, piece by piece: how many bytes, and how many messages were seen to begin in it.
std::pair<size_t, size_t> Download(Large& large, v1::PackageFormat format) {
  v1::GetPackageRequest request;
  request.set_format(format);
  size_t bytes = 0, messages = 0;
  std::string seam;  // a mark may lie across two pieces
  do {
    REQUIRE(large.Piece(request).ok());
    const std::string& content = large.piece.content();
    CHECK(content.size() <= 3 * kMegabyte);
    bytes += content.size();
    const std::string mark = "\"data_category\":";
    seam += content;
    for (size_t at = seam.find(mark); at != seam.npos; at = seam.find(mark, at + 1)) ++messages;
    seam.erase(0, seam.size() - std::min(seam.size(), mark.size() - 1));
    request.set_part(large.piece.next_part());
    request.set_ticket(large.piece.ticket());
  } while (request.part() > 0);
  return {bytes, messages};
}

}  // namespace

TEST_CASE("a mailbox larger than memory is taken, packed and handed out by pieces") {
  if (!testing::MailServer::Available()) exit(77);
  Large large;
  const size_t count = Megabytes();
  large.Finish(large.LeaseOne("recruiting"), "");
  const cv1::LeasedTask task = large.LeaseOne("crm");
  REQUIRE_FALSE(task.task_id().empty());
  Forget();
  const size_t before = PeakBytes();
  {
    Uploading uploading(large.crm(), task);
    uploading.Add(R"({"format":"varsam-export/1","system":"crm","documents":[)");
    for (size_t i = 0; i < count; ++i) {
      uploading.Add((i == 0 ? "" : ",") + Message(i));
    }
    uploading.Add("]}", true);
    const grpc::Status ended = uploading.End();
    INFO(ended.error_message());
    REQUIRE(ended.ok());
    large.Finish(task, uploading.digest);
  }
  large.AwaitLong(v1::CASE_STATE_REVIEW);
  REQUIRE(large.Approve(large.id).ok());
  large.AwaitLong(v1::CASE_STATE_RESPONDED);
  const auto [bytes, messages] = Download(large, v1::PACKAGE_FORMAT_JSON);
  CHECK(messages == count);
  CHECK(bytes > count * (kMegabyte - 4096));
  CHECK(Download(large, v1::PACKAGE_FORMAT_ZIP).first > count * kMegabyte / 2);
  const size_t grown = PeakBytes() - before;
  WARN(count << " MB: memory grew by " << grown / kMegabyte << " MB");
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
  CHECK(grown < kGrowthMax);
  CHECK(kGrowthMax < count * kMegabyte);  // the bound is one
#endif

  // A download that another one replaces does not go on; the last one may end, and then it is over.
  v1::GetPackageRequest last;
  last.set_format(v1::PACKAGE_FORMAT_HTML);
  REQUIRE(large.Piece(last).ok());
  CHECK(large.piece.downloads_left() == 0);
  CHECK(large.piece.content().find("<html") != std::string::npos);
  v1::GetPackageRequest next = last;
  next.set_part(large.piece.next_part());
  next.set_ticket(FreshId());
  CHECK(ReasonOf(large.Piece(next)) == "DOWNLOAD_REPLACED");
  CHECK(ReasonOf(large.Piece(last)) == "PACKAGE_GONE");
  large.Advance(absl::Hours(2));
  REQUIRE(ComesTrue([&] {
    v1::GetPackageRequest any;
    return ReasonOf(large.Piece(any)) == "PACKAGE_GONE" && !large.Case(large.id).package_ready();
  }));
}

}  // namespace varsam::requests
