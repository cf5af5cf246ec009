// The test API as a descriptor pool, with comments, from the set protoc wrote at build time.
#pragma once

#include <fstream>
#include <sstream>
#include <vector>

#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "libs/base/check.h"

namespace varsam::gateway {

inline const google::protobuf::DescriptorPool& ShopPool() {
  static const auto* pool = [] {
    // A reference to the options' generated code, so that their extensions are known.
    google::api::HttpRule::default_instance();
    google::protobuf::FileDescriptorSet set;
    std::ifstream in(VARSAM_SHOP_DESCRIPTORS, std::ios::binary);
    VARSAM_CHECK(set.ParseFromIstream(&in)) << "no " << VARSAM_SHOP_DESCRIPTORS;
    auto* built = new google::protobuf::DescriptorPool();
    for (const auto& file : set.file()) {
      VARSAM_CHECK(built->BuildFile(file) != nullptr) << file.name();
    }
    return built;
  }();
  return *pool;
}

inline const google::protobuf::ServiceDescriptor* Shop() {
  return ShopPool().FindServiceByName("varsam.gateway.test.v1.Shop");
}

}  // namespace varsam::gateway
