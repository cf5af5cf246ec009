#include "services/request_workflow/flow/writer.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/vault/normalise.h"
#include "libs/vault/secret.h"
#include "openssl/sha.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {
namespace {

constexpr size_t kKeysAtOnce = 256;

}  // namespace

Writer::Writer(RequestsStore& store, journal::Journal& journal) : journal_(journal) {
  operation_.name = "Requests";
  operation_.load = [&store](pg::Tx& tx, std::span<const WriteAsk* const> asks) {
    std::vector<const Want*> wants;
    wants.reserve(asks.size());
    for (const WriteAsk* ask : asks) wants.push_back(&ask->want);
    return store.LoadFacts(tx, wants);
  };
  operation_.decide = [](const WriteAsk& ask, const Facts& facts, const journal::Frozen& frozen) {
    return ask.decide(facts, frozen);
  };
  operation_.entries = [](const Changes& changes) {
    std::vector<ledger::Entry> entries;
    for (const LedgerNote& note : changes.notes) {
      EntryBytes bytes = ToEntry(note);
      entries.push_back({std::move(bytes.kind), std::move(bytes.payload)});
    }
    return entries;
  };
  operation_.save = [&store](pg::Tx& tx, std::span<const Changes* const> outcomes,
                             std::span<const journal::Position>) {
    store.Save(tx, outcomes);
    return absl::OkStatus();
  };
  operation_.render = [](const Changes& changes, const journal::Position&) {
    return changes.reply;
  };
}

absl::StatusOr<std::string> Writer::Write(WriteAsk ask, journal::SubmitOptions options) {
  ASSIGN_OR_RETURN(journal::Committed committed,
                   journal_.SubmitAndWait(operation_, std::move(ask), std::move(options)));
  return std::move(committed.response);
}

absl::StatusOr<std::string> Writer::Write(WriteAsk ask, std::string conflict_key) {
  journal::SubmitOptions options;
  options.conflict_keys = {std::move(conflict_key)};
  return Write(std::move(ask), std::move(options));
}

absl::StatusOr<CaseFile> FileOf(const Facts& facts) {
  if (facts.file) return *facts.file;
  return ErrorWithReason(absl::StatusCode::kNotFound, "CASE_UNKNOWN", "there is no such case");
}

Texts::Texts(vault::Vault& vault)
    : vault_(vault), keys_(kKeysAtOnce, [this](std::vector<Wanted> asks) {
        std::vector<SubjectId> holders;
        absl::Time now = absl::InfinitePast();
        for (const Wanted& ask : asks) {
          holders.push_back(ask.holder);
          now = std::max(now, ask.at);
        }
        return std::vector<absl::Status>(asks.size(), vault_.EnsureKeys(holders, now));
      }) {}

absl::Status Texts::NewKey(const Uuid& holder, absl::Time now) {
  return keys_.Run({SubjectId(holder), now});
}

absl::StatusOr<SealedText> Texts::Seal(CaseId id, std::string name, std::string_view text) {
  const std::string row = id.ToString() + "|" + name;
  ASSIGN_OR_RETURN(std::string sealed, SealIn("case_text", row, id.value(), text));
  return SealedText{id, std::move(name), std::move(sealed)};
}

absl::StatusOr<Personal<std::string>> Texts::Open(CaseId id, const std::string& name,
                                                  std::string_view sealed) {
  return OpenIn("case_text", id.ToString() + "|" + name, id.value(), sealed);
}

absl::StatusOr<std::string> Texts::SealIn(std::string_view table, std::string_view row,
                                          const Uuid& holder, std::string_view bytes) {
  return vault_.Seal({table, "sealed", row, SubjectId(holder)}, bytes);
}

absl::StatusOr<Personal<std::string>> Texts::OpenIn(std::string_view table, std::string_view row,
                                                    const Uuid& holder, std::string_view sealed) {
  return vault_.Open({table, "sealed", row, SubjectId(holder)}, sealed);
}

absl::Status Texts::DestroyKey(const Uuid& holder, absl::Time now) {
  return vault_.DestroyKey(SubjectId(holder), now).status();
}

std::string Texts::AddressIndex(std::string_view address) const {
  // The year matters to national identity numbers only.
  const absl::StatusOr<std::string> normal =
      vault::Normalise(vault::IdentifierType::kEmail, address, 2000);
  return vault_.BlindIndex(vault::IdentifierType::kEmail, normal.ok() ? *normal : address);
}

std::string Texts::CodeMac(CaseId id, std::string_view code) const {
  const vault::Secret key(vault_.DeriveKey("requests/identity-code"));
  return vault::Hmac(key, id.ToString() + "|" + std::string(code));
}

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace varsam::requests
