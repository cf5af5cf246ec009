#include "tests/support/consent_catalogue.h"

#include "libs/base/check.h"

namespace varsam::testing {
namespace {

consent::Basis BasisOf(registry::Basis basis) {
  switch (basis) {
    case registry::Basis::kConsent: return consent::Basis::kConsent;
    case registry::Basis::kContract: return consent::Basis::kContract;
    case registry::Basis::kLegalObligation: return consent::Basis::kLegalObligation;
    case registry::Basis::kLegitimateInterest: return consent::Basis::kLegitimateInterest;
    case registry::Basis::kStrictlyNecessary: return consent::Basis::kStrictlyNecessary;
  }
  return consent::Basis::kConsent;
}

}  // namespace

ConsentCatalogue::ConsentCatalogue(const registry::PolicyModel& model) {
  for (const auto& category : model.data_categories) {
    const int index = static_cast<int>(data_.size());
    data_.emplace(category.id.value(), index);
  }
  for (const auto& source : model.sources) {
    indirect_.emplace(source.id.value(), source.notice == registry::NoticeDuty::kArt14);
  }
  for (const auto& from : model.purposes) {
    VARSAM_CHECK(from.basis.has_value()) << "a linted purpose has a basis";
    consent::Purpose purpose;
    purpose.key = consent::PurposeKey{static_cast<uint16_t>(purposes_.size())};
    purpose.id = from.id;
    purpose.basis = BasisOf(*from.basis);
    if (from.basis_if_party) purpose.basis_if_party = BasisOf(*from.basis_if_party);
    purpose.email_marketing = from.ep == registry::EPrivacy::kMflEmail;
    purpose.direct_marketing = from.direct_marketing;
    purpose.residual = from.residual;
    purpose.per_recipient = from.per_recipient;
    purpose.dpia_required = from.dpia_required;
    purpose.renew_on_two_way_contact = from.renew_on_two_way_contact;
    purpose.objection_channels = consent::DefaultObjectionChannels(from.id.value());
    purpose.valid = from.valid;
    for (const auto& category : from.data) purpose.data.Add(data_.at(category.value()));
    place_.emplace(from.id.value(), purposes_.size());
    purposes_.push_back(std::move(purpose));
  }
}

const consent::Purpose* ConsentCatalogue::Find(std::string_view id) const {
  const auto found = place_.find(id);
  return found == place_.end() ? nullptr : &purposes_[found->second];
}

consent::PurposeKey ConsentCatalogue::KeyOf(std::string_view id) const {
  const consent::Purpose* purpose = Find(id);
  return purpose == nullptr ? consent::kNoPurpose : purpose->key;
}

consent::DataSet ConsentCatalogue::Data(const std::vector<std::string>& categories) const {
  consent::DataSet set;
  for (const std::string& category : categories) {
    const auto found = data_.find(category);
    found == data_.end() ? set.AddUnknown() : set.Add(found->second);
  }
  return set;
}

bool ConsentCatalogue::IsIndirect(std::string_view source) const {
  const auto found = indirect_.find(source);
  return found == indirect_.end() || found->second;
}

}  // namespace varsam::testing
