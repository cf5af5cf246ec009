#include "services/subject_registry/rpc/convert_identity.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/subject_registry/rpc/convert.h"

namespace varsam::registry {
namespace {

constexpr size_t kNameBytesMax = 512;

vault::Place IdentifierPlace(std::string_view blind_index, const SubjectId& subject) {
  return {"subject_identifier", "sealed", blind_index, subject};
}

vault::Place NamePlace(const SubjectId& subject) {
  return {"subject", "sealed_name", subject.AsBytes(), subject};
}

bool IsKnownType(int type) {
  return common::v1::IdentifierType_IsValid(type) &&
         type != common::v1::IDENTIFIER_TYPE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<std::string> IdentityBorder::Normal(const common::v1::Identifier& identifier) const {
  const int year = static_cast<int>(absl::ToCivilYear(clock_.Now(), absl::UTCTimeZone()).year());
  const auto type = static_cast<vault::IdentifierType>(identifier.type());
  if (type != vault::IdentifierType::kRecordKey) {
    return vault::Normalise(type, identifier.value(), year);
  }
  if (identifier.system().empty()) return absl::InvalidArgumentError("system is missing");
  return vault::Normalise(type, absl::StrCat(identifier.system(), "/", identifier.value()), year);
}

absl::StatusOr<std::vector<IdentifierKey>> IdentityBorder::Keys(const Identifiers& identifiers,
                                                                const std::string& field) const {
  std::vector<IdentifierKey> keys;
  keys.reserve(identifiers.size());
  for (int i = 0; i < identifiers.size(); ++i) {
    const common::v1::Identifier& identifier = identifiers[i];
    if (!IsKnownType(identifier.type())) {
      return InvalidField(absl::StrCat(field, "[", i, "].type"), "missing");
    }
    absl::StatusOr<std::string> normal = Normal(identifier);
    if (!normal.ok()) {
      return InvalidField(
          absl::StrCat(field, "[", i, "].value"),
          absl::StrCat("not a valid ", common::v1::IdentifierType_Name(identifier.type())));
    }
    const auto type = static_cast<vault::IdentifierType>(identifier.type());
    keys.push_back({identifier.type(), vault_.BlindIndex(type, *normal)});
  }
  return keys;
}

absl::StatusOr<ImportRow> IdentityBorder::SealRow(const v1::ImportRow& row,
                                                  const std::vector<IdentifierKey>& keys,
                                                  const SubjectId& subject,
                                                  const std::string& field) const {
  ImportRow sealed;
  sealed.row_id = row.row_id();
  sealed.sealed_for = subject;
  sealed.categories = {row.categories().begin(), row.categories().end()};
  sealed.capacity = CapacityFrom(row.capacity());
  if (row.has_soft_opt_in()) sealed.soft_opt_in = FromProto(row.soft_opt_in());
  sealed.language = row.language();
  if (row.has_source()) {
    ASSIGN_OR_RETURN(sealed.source, FromProto(row.source()));
  }
  for (int i = 0; i < row.relationships_size(); ++i) {
    ASSIGN_OR_RETURN(Relationship one, FromProto(row.relationships(i),
                                                 absl::StrCat(field, ".relationships[", i, "]")));
    if (one.id.IsNil()) one.id = RelationshipId(NewUuidV7(clock_.Now()));
    sealed.relationships.push_back(std::move(one));
  }
  for (int i = 0; i < row.identifiers_size(); ++i) {
    const common::v1::Identifier& identifier = row.identifiers(i);
    SealedIdentifier one{keys[i].type, keys[i].blind_index, "", identifier.system(), {}};
    ASSIGN_OR_RETURN(one.sealed,
                     vault_.Seal(IdentifierPlace(one.blind_index, subject), identifier.value()));
    sealed.identifiers.push_back(std::move(one));
  }
  if (row.display_name().size() > kNameBytesMax) {
    return InvalidField(absl::StrCat(field, ".display_name"),
                        absl::StrCat("longer than ", kNameBytesMax, " bytes"));
  }
  if (!row.display_name().empty()) {
    ASSIGN_OR_RETURN(sealed.sealed_name, vault_.Seal(NamePlace(subject), row.display_name()));
  }
  return sealed;
}

absl::Status IdentityBorder::EnsureKeys(const std::vector<SubjectId>& subjects) const {
  return vault_.EnsureKeys(subjects, clock_.Now());
}

absl::StatusOr<std::string> IdentityBorder::OpenName(const Subject& subject) const {
  if (subject.sealed_name.empty()) return std::string();
  ASSIGN_OR_RETURN(Personal<std::string> name,
                   vault_.Open(NamePlace(subject.id), subject.sealed_name));
  return std::move(name).Reveal();
}

absl::Status IdentityBorder::OpenIdentifiers(const Subject& subject, Identifiers* to) const {
  for (const SealedIdentifier& one : subject.identifiers) {
    ASSIGN_OR_RETURN(Personal<std::string> value,
                     vault_.Open(IdentifierPlace(one.blind_index, subject.id), one.sealed));
    common::v1::Identifier* identifier = to->Add();
    identifier->set_type(static_cast<common::v1::IdentifierType>(one.type));
    identifier->set_value(std::move(value).Reveal());
    identifier->set_system(one.system);
  }
  return absl::OkStatus();
}

absl::Status IdentityBorder::Open(const Subject& subject, v1::Subject* message) const {
  ASSIGN_OR_RETURN(*message->mutable_display_name(), OpenName(subject));
  return OpenIdentifiers(subject, message->mutable_identifiers());
}

absl::Status IdentityBorder::Shred(const SubjectId& subject) const {
  return vault_.DestroyKey(subject, clock_.Now()).status();
}

}  // namespace varsam::registry
