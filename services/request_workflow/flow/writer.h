// The one road to a change: what a decision wants to know, and the decision. Everything goes
// through the journal as one kind of operation, so a whole batch costs one read and one commit.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/journal/journal.h"
#include "libs/vault/vault.h"
#include "services/request_workflow/flow/combined.h"
#include "services/request_workflow/store/requests_store.h"

namespace varsam::requests {

struct WriteAsk {
  Want want;
  // Pure. Facts the want did not ask for are empty.
  std::function<absl::StatusOr<Changes>(const Facts&, const journal::Frozen&)> decide;
};

class Writer {
 public:
  Writer(RequestsStore& store, journal::Journal& journal);

  // Waits for the commit; never on a gRPC thread. Returns the reply of the decision (of the first
  // time, when the request id was seen before). `conflict` keys keep asks about one thing apart.
  absl::StatusOr<std::string> Write(WriteAsk ask, journal::SubmitOptions options);
  // For workers: no request id, keyed by one case, task or feed.
  absl::StatusOr<std::string> Write(WriteAsk ask, std::string conflict_key);

 private:
  journal::Journal& journal_;
  journal::Operation<WriteAsk, Facts, Changes> operation_;
};

// The file of a case, or NOT_FOUND CASE_UNKNOWN.
absl::StatusOr<CaseFile> FileOf(const Facts& facts);

// Texts of a case under its own key.
class Texts {
 public:
  explicit Texts(vault::Vault& vault);
  // Makes the key of a new case (or of what else holds sealed text); many at once in one commit.
  absl::Status NewKey(const Uuid& holder, absl::Time now);
  absl::StatusOr<SealedText> Seal(CaseId id, std::string name, std::string_view text);
  absl::StatusOr<Personal<std::string>> Open(CaseId id, const std::string& name,
                                             std::string_view sealed);
  // Anything else, bound to its table, column and row, under the key of `holder`.
  absl::StatusOr<std::string> SealIn(std::string_view table, std::string_view row,
                                     const Uuid& holder, std::string_view bytes);
  absl::StatusOr<Personal<std::string>> OpenIn(std::string_view table, std::string_view row,
                                               const Uuid& holder, std::string_view sealed);
  // A keyed hash of an e-mail address; equal for equal addresses, of no use without the key.
  std::string AddressIndex(std::string_view address) const;
  // 32 bytes: a keyed hash of an identity code, bound to its case.
  std::string CodeMac(CaseId id, std::string_view code) const;
  absl::Status DestroyKey(const Uuid& holder, absl::Time now);

 private:
  struct Wanted {
    SubjectId holder;
    absl::Time at;
  };

  vault::Vault& vault_;
  Combined<Wanted, absl::Status> keys_;
};

// SHA-256, 32 raw bytes.
std::string Sha256(std::string_view bytes);

}  // namespace varsam::requests
