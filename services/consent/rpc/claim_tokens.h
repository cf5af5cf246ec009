// Two signed tokens: which text was served (ServeNotice, OpenBanner), and which request a click
// confirms (RecordConsent with confirmation_wanted).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/consent/domain/confirm_consent.h"

namespace varsam::consent {

inline constexpr size_t kClaimBytesMax = 1024;

// `key` is vault.DeriveKey("token/snapshot/1") and vault.DeriveKey("token/confirmation/1").
std::string MakeSnapshotToken(const ShownNotice& shown, std::string_view key);
// nullopt unless it is one of ours, byte for byte; whether it is still good is the domain's matter.
std::optional<ShownNotice> ReadSnapshotToken(std::string_view token, std::string_view key);
std::string MakeConfirmationToken(const ConfirmConsent& claims, std::string_view key);
std::optional<ConfirmConsent> ReadConfirmationToken(std::string_view token, std::string_view key);

}  // namespace varsam::consent
