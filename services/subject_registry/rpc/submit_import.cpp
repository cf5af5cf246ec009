#include "services/subject_registry/rpc/submit_import.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::registry {
namespace {

std::string ConflictKey(const IdentifierKey& key) {
  return absl::StrCat("identifier/", key.type, "/", key.blind_index);
}

}  // namespace

absl::StatusOr<PreparedImport> PrepareImport(const ImportRows& rows, const std::string& field,
                                             RegistryStore& store, const IdentityBorder& identity,
                                             pg::Connection& connection) {
  std::vector<std::vector<IdentifierKey>> keys_of_rows;
  std::vector<IdentifierKey> all_keys;
  for (int i = 0; i < rows.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    if (rows[i].identifiers().empty()) {
      return InvalidField(absl::StrCat(at, ".identifiers"), "empty, want at least one");
    }
    ASSIGN_OR_RETURN(std::vector<IdentifierKey> keys,
                     identity.Keys(rows[i].identifiers(), absl::StrCat(at, ".identifiers")));
    all_keys.insert(all_keys.end(), keys.begin(), keys.end());
    keys_of_rows.push_back(std::move(keys));
  }
  ASSIGN_OR_RETURN(std::vector<SubjectId> owners, store.ReadOwners(connection, all_keys));

  PreparedImport prepared;
  // Rows of one request may speak of one new person: they share the fresh id.
  std::map<std::pair<int, std::string>, SubjectId> fresh;
  std::vector<SubjectId> subjects;
  size_t next = 0;
  for (const std::vector<IdentifierKey>& keys : keys_of_rows) {
    SubjectId subject;
    for (const IdentifierKey& key : keys) {
      const SubjectId owner = owners[next++];
      auto known = fresh.find({key.type, key.blind_index});
      if (subject.IsNil()) subject = owner;
      if (subject.IsNil() && known != fresh.end()) subject = known->second;
      prepared.conflict_keys.push_back(ConflictKey(key));
    }
    if (subject.IsNil()) subject = SubjectId(NewUuidV4());
    for (const IdentifierKey& key : keys) fresh[{key.type, key.blind_index}] = subject;
    prepared.conflict_keys.push_back(absl::StrCat("subject/", subject.ToString()));
    subjects.push_back(subject);
  }
  RETURN_IF_ERROR(identity.EnsureKeys(subjects));
  for (int i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(ImportRow row, identity.SealRow(rows[i], keys_of_rows[i], subjects[i],
                                                     absl::StrCat(field, "[", i, "]")));
    prepared.ask.rows.push_back(std::move(row));
  }
  return prepared;
}

}  // namespace varsam::registry
