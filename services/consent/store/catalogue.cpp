#include "services/consent/store/catalogue.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"

namespace varsam::consent {

const CataloguePurpose* PolicyVersion::Find(std::string_view id) const {
  const auto found = place.find(ToAbsl(id));
  return found == place.end() ? nullptr : &purposes[found->second];
}

const PolicyVersion* Catalogue::VersionAt(absl::Time at, absl::Time known) const {
  const PolicyVersion* in_force = nullptr;
  for (const auto& version : versions_) {
    if (version->recorded_at > known || version->effective_at > at) continue;
    if (in_force == nullptr || version->effective_at >= in_force->effective_at) {
      in_force = version.get();
    }
  }
  return in_force;
}

const CataloguePurpose* Catalogue::FindAnywhere(std::string_view id, absl::Time known) const {
  for (auto version = versions_.rbegin(); version != versions_.rend(); ++version) {
    if ((*version)->recorded_at > known) continue;
    if (const CataloguePurpose* purpose = (*version)->Find(id)) return purpose;
  }
  return nullptr;
}

std::optional<Approval> Catalogue::ApprovalAt(AssessmentKind kind, std::string_view id,
                                              absl::Time at, absl::Time known) const {
  const auto& all = kind == AssessmentKind::kLegitimateInterest ? lias_ : dpias_;
  const auto found = all.find(ToAbsl(id));
  if (found == all.end()) return std::nullopt;
  const KnownAssessment* best = nullptr;
  for (const KnownAssessment& one : found->second) {
    if (one.recorded_at > known) continue;
    const bool granted = one.approval.approved_at && *one.approval.approved_at <= at;
    if (granted || best == nullptr) best = &one;
  }
  if (best == nullptr) return std::nullopt;
  return best->approval;
}

std::optional<Vendor> Catalogue::VendorAt(std::string_view id, absl::Time known) const {
  const auto found = vendors_.find(ToAbsl(id));
  if (found == vendors_.end()) return std::nullopt;
  std::optional<Vendor> latest;
  for (const KnownVendor& one : found->second) {
    if (one.recorded_at <= known) latest = one.vendor;
  }
  return latest;
}

void Catalogue::MaterialChanges(PurposeKey purpose, absl::Time known, NoticeChanges& to) const {
  const auto found = changes_.find(static_cast<uint16_t>(purpose));
  if (found == changes_.end()) return;
  for (const Change& change : found->second) {
    if (change.recorded_at <= known) to.push_back({{}, change.effective_at, true});
  }
}

const Notice* Catalogue::NoticeAt(std::string_view id, std::string_view language,
                                  absl::Time at) const {
  const Notice* in_force = nullptr;
  for (const Notice& notice : notices_) {
    if (notice.ref.id != id || notice.ref.language != language || notice.effective_at > at) {
      continue;
    }
    if (in_force == nullptr || notice.ref.version > in_force->ref.version) in_force = &notice;
  }
  return in_force;
}

absl::Time Catalogue::NextChangeAfter(absl::Time at) const {
  absl::Time next = absl::InfiniteFuture();
  const auto consider = [&](absl::Time moment) {
    if (moment > at) next = std::min(next, moment);
  };
  for (const auto& version : versions_) consider(version->effective_at);
  for (const Notice& notice : notices_) consider(notice.effective_at);
  for (const auto* assessments : {&lias_, &dpias_}) {
    for (const auto& [id, all] : *assessments) {
      for (const KnownAssessment& one : all) {
        if (one.approval.approved_at) consider(*one.approval.approved_at);
      }
    }
  }
  return next;
}

void CatalogueBuilder::TellProcessors(PolicyVersion& version) const {
  for (CataloguePurpose& purpose : version.purposes) {
    for (ConsentTerms::Processor& one : purpose.terms.processors) {
      const auto known = catalogue_.vendors_.find(one.id);
      if (known == catalogue_.vendors_.end()) continue;
      one.region = known->second.back().region;
      one.transfer = known->second.back().transfer;
    }
  }
}

void CatalogueBuilder::Add(PolicyVersion version) {
  TellProcessors(version);
  catalogue_.versions_.push_back(std::make_shared<const PolicyVersion>(std::move(version)));
}

void CatalogueBuilder::Add(const KnownNotice& known) {
  catalogue_.notices_.push_back(known.notice);
  if (!known.notice.material) return;
  for (const std::string& purpose : known.notice.purposes) {
    const PurposeKey key = names_.PurposeKeyOf(purpose);
    catalogue_.changes_[static_cast<uint16_t>(key)].push_back(
        {known.notice.effective_at, known.recorded_at});
  }
}

void CatalogueBuilder::Add(const KnownAssessment& assessment) {
  auto& all =
      assessment.kind == AssessmentKind::kLegitimateInterest ? catalogue_.lias_ : catalogue_.dpias_;
  all[assessment.id].push_back(assessment);
}

void CatalogueBuilder::Add(const KnownVendor& vendor) {
  catalogue_.vendors_[vendor.id].push_back(vendor);
  for (auto& version : catalogue_.versions_) {
    PolicyVersion told = *version;
    TellProcessors(told);
    version = std::make_shared<const PolicyVersion>(std::move(told));
  }
}

}  // namespace varsam::consent
