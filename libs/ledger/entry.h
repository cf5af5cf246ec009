// What a service appends to its log.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace varsam::ledger {

inline constexpr size_t kSaltBytes = 16;
inline constexpr size_t kKindBytesMax = 64;
inline constexpr size_t kPayloadBytesMax = 1 << 20;

// What a person and a program read in a receipt, each member in its one written form (receipt.h).
struct ReceiptBody {
  std::string record;
  std::string text;
  std::string type;
};

// What a service appends. Personal parts of the payload are sealed by libs/vault beforehand.
struct Entry {
  std::string kind;     // [a-z][a-z0-9_.]{0,63}, e.g. "consent_recorded"; named by the service
  std::string payload;  // protobuf bytes
  // Set by BindReceipt; stays beside the entry until its batch is gone, never stored.
  std::optional<ReceiptBody> receipt = std::nullopt;
};

bool IsValidKind(std::string_view kind);

}  // namespace varsam::ledger
