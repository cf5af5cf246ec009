// Where personal values cross the registry's border: identifiers are normalised, turned into
// look-up keys and sealed on the way in, and opened on the way out. Nobody else touches them in
// clear.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_field.h"
#include "libs/base/clock.h"
#include "libs/vault/vault.h"
#include "services/subject_registry/domain/import_subjects.h"
#include "services/subject_registry/store/registry_store.h"
#include "varsam/common/v1/common.pb.h"
#include "varsam/registry/v1/registry.pb.h"

namespace varsam::registry {

using Identifiers = google::protobuf::RepeatedPtrField<common::v1::Identifier>;

class IdentityBorder {
 public:
  IdentityBorder(vault::Vault& vault, const Clock& clock) : vault_(vault), clock_(clock) {}

  // Look-up keys in the order of the identifiers. INVALID_FIELD "<field>[i]…" without the value.
  absl::StatusOr<std::vector<IdentifierKey>> Keys(const Identifiers& identifiers,
                                                  const std::string& field) const;

  // An import row whose personal parts are sealed for `subject`, whose key exists.
  absl::StatusOr<ImportRow> SealRow(const v1::ImportRow& row,
                                    const std::vector<IdentifierKey>& keys,
                                    const SubjectId& subject, const std::string& field) const;
  absl::Status EnsureKeys(const std::vector<SubjectId>& subjects) const;

  // Adds what is sealed in `subject` to the message, opened.
  absl::Status Open(const Subject& subject, v1::Subject* message) const;
  absl::Status OpenIdentifiers(const Subject& subject, Identifiers* to) const;
  absl::StatusOr<std::string> OpenName(const Subject& subject) const;
  // Destroys the subject's key; idempotent.
  absl::Status Shred(const SubjectId& subject) const;

 private:
  absl::StatusOr<std::string> Normal(const common::v1::Identifier& identifier) const;

  vault::Vault& vault_;
  const Clock& clock_;
};

}  // namespace varsam::registry
