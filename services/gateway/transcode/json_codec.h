// Protobuf JSON for any message of a descriptor pool, without generated code. Field names are
// camelCase; int64 is text, Timestamp RFC 3339, bytes base64, as protobuf's JSON mapping says.
// Run GuardJson before Parse: this parser alone must not meet foreign text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace varsam::gateway {

// Safe from every thread. The pool must outlive it.
class JsonCodec {
 public:
  explicit JsonCodec(const google::protobuf::DescriptorPool& pool);
  ~JsonCodec();

  std::unique_ptr<google::protobuf::Message> New(const google::protobuf::Descriptor& type) const;

  // Merges a guarded JSON text. INVALID_ARGUMENT (INVALID_FIELD) naming the field: unknown, or not
  // of its type. The value is never quoted.
  absl::Status Parse(std::string_view json, google::protobuf::Message& into) const;

  // A value alone, e.g. "2026-01-01T00:00:00Z" for a Timestamp; for parameters.
  absl::Status ParseText(std::string_view text, google::protobuf::Message& into) const;

  // Wire bytes to JSON; every field is printed, also those at their default. INTERNAL when the
  // bytes are not a message of this type.
  absl::StatusOr<std::string> ToJson(const google::protobuf::Descriptor& type,
                                     const std::string& wire) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace varsam::gateway
