// The whole API as descriptors with their comments, embedded at build time. The gateway reads
// routes, messages and documentation from here and links no generated message of a service.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace varsam::gateway {

// The serialized FileDescriptorSet.
std::string_view EmbeddedDescriptors();

// DATA_LOSS when the set does not hold together (a build fault).
absl::StatusOr<std::unique_ptr<google::protobuf::DescriptorPool>> BuildPool(
    std::string_view descriptor_set);

}  // namespace varsam::gateway
