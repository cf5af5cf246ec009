// What RegisterSubject and ImportSubjects share: rows are looked up, sealed for their owner (or for
// a fresh id) and handed to the journal. Blocks; run it on a worker.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

struct PreparedImport {
  varsam::registry::ImportSubjects ask;
  // The identifiers and people concerned: nobody else may write them in the same batch.
  std::vector<std::string> conflict_keys;
};

using ImportRows = google::protobuf::RepeatedPtrField<v1::ImportRow>;

// `field` names the rows in errors. INVALID_FIELD for a row without identifier.
absl::StatusOr<PreparedImport> PrepareImport(const ImportRows& rows, const std::string& field,
                                             RegistryStore& store, const IdentityBorder& identity,
                                             pg::Connection& connection);

}  // namespace varsam::registry
