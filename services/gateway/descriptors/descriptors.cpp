#include "services/gateway/descriptors/descriptors.h"

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.pb.h"

// The file of protoc as it is, between two symbols.
asm(R"(.pushsection .rodata
.balign 16
varsam_descriptors_begin:
.incbin ")" VARSAM_DESCRIPTOR_SET R"("
varsam_descriptors_end:
.byte 0
.popsection
)");

extern "C" {
extern const char varsam_descriptors_begin[];
extern const char varsam_descriptors_end[];
}

namespace varsam::gateway {

std::string_view EmbeddedDescriptors() {
  return {varsam_descriptors_begin,
          static_cast<size_t>(varsam_descriptors_end - varsam_descriptors_begin)};
}

absl::StatusOr<std::unique_ptr<google::protobuf::DescriptorPool>> BuildPool(
    std::string_view descriptor_set) {
  // The options' own code must be linked before they can be read as extensions.
  google::api::HttpRule::default_instance();
  google::api::FieldBehavior_descriptor();
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    return absl::DataLossError("the descriptor set cannot be read");
  }
  auto pool = std::make_unique<google::protobuf::DescriptorPool>();
  for (const auto& file : set.file()) {
    if (pool->BuildFile(file) == nullptr) {
      return absl::DataLossError(absl::StrCat("descriptor of ", file.name(), " cannot be built"));
    }
  }
  return pool;
}

}  // namespace varsam::gateway
