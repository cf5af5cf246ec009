// A person as the registry knows them. Who they are (names, identifiers) stands sealed and is
// opened only at the border; everything here is classification, in the policy model's terms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::registry {

using RelationshipId = StrongId<struct RelationshipIdTag>;
using DisclosureId = StrongId<struct DisclosureIdTag>;

// MFL 19–20 §§: whom the person acts for. The numbers are those of varsam.registry.v1.Capacity.
enum class Capacity { kLegalPersonRepresentative = 1, kNaturalPerson, kSoleTrader, kUnknown };

// The numbers are those of varsam.registry.v1.RelationshipKind.
enum class RelationshipKind {
  kContractParty = 1,
  kContractContact,
  kApplication,
  kEmployment,
  kAssignment
};

struct SoftOptIn {
  bool obtained_in_sale = false;
  bool own_similar_services = false;
  bool opt_out_offered_each_time = false;
  bool operator==(const SoftOptIn&) const = default;
};

struct SubjectSource {
  std::string source;  // key of `sources`
  absl::Time collected_at;
  std::optional<absl::Time> notice_at;
  std::map<std::string, std::string> evidence;
  bool operator==(const SubjectSource&) const = default;
};

struct Relationship {
  RelationshipId id;
  RelationshipKind kind = RelationshipKind::kContractParty;
  std::vector<std::string> purposes;
  absl::CivilDay from;
  std::optional<absl::CivilDay> to;  // inclusive
  bool operator==(const Relationship&) const = default;
};

// A look-up key and the sealed value it stands for.
struct SealedIdentifier {
  int type = 0;             // varsam.common.v1.IdentifierType
  std::string blind_index;  // 16 bytes
  std::string sealed;
  std::string system;  // only for record keys
  absl::Time on_file_since;
  bool operator==(const SealedIdentifier&) const = default;
};

struct Subject {
  SubjectId id;
  std::vector<std::string> categories;
  Capacity capacity = Capacity::kUnknown;  // unknown counts as a natural person (P37)
  SoftOptIn soft_opt_in;
  int language = 1;  // varsam.common.v1.Language
  std::string sealed_name;
  absl::Time registered_at;
  std::optional<absl::Time> erased_at;
  std::optional<SubjectId> merged_into;
  int64_t revision = 0;
  std::vector<SubjectSource> sources;
  std::vector<Relationship> relationships;
  std::vector<SealedIdentifier> identifiers;
  bool operator==(const Subject&) const = default;
};

struct Disclosure {
  DisclosureId id;
  SubjectId subject;
  std::string recipient, recipient_kind;
  std::vector<std::string> data_categories;
  std::string purpose;
  absl::Time at;
  bool operator==(const Disclosure&) const = default;
};

struct Access {
  Uuid id;
  SubjectId subject;
  absl::Time at;
  std::string operation, purpose, actor;
  bool operator==(const Access&) const = default;
};

}  // namespace varsam::registry
