// The purposes of a policy model as the decision function wants them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/consent/domain/purpose.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::testing {

class ConsentCatalogue {
 public:
  explicit ConsentCatalogue(const registry::PolicyModel& model);

  const consent::Purpose* Find(std::string_view id) const;  // null: the model lacks it
  consent::PurposeKey KeyOf(std::string_view id) const;     // kNoPurpose: the model lacks it
  consent::DataSet Data(const std::vector<std::string>& categories) const;
  bool IsIndirect(std::string_view source) const;  // an unknown source is
  const std::vector<consent::Purpose>& purposes() const { return purposes_; }

 private:
  std::vector<consent::Purpose> purposes_;
  std::map<std::string, size_t, std::less<>> place_;
  std::map<std::string, int, std::less<>> data_;
  std::map<std::string, bool, std::less<>> indirect_;
};

}  // namespace varsam::testing
