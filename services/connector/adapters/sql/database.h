// One live connection to the database behind a mapping. Everything travels as text: values in, rows
// out, so the steps of the adapter are the same over every product. A statement names its values
// $1, $2 … whatever the product itself writes; a list stands for `= ANY` and for keys.
//
// One thread at a time. Errors carry the codes and reasons of libs/pg/error.h; the database's own
// sentence may hold personal data and stays out of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/connector/adapters/sql/catalog.h"
#include "services/connector/adapters/sql/dialect.h"

namespace varsam::connector::sql {

// A text, NULL, or a list of texts.
using Value = std::variant<std::optional<std::string>, std::vector<std::string>>;
using Values = std::vector<Value>;

using TextRow = std::vector<std::optional<std::string>>;

struct TextRows {
  std::vector<TextRow> rows;
  uint64_t affected = 0;  // by an UPDATE or DELETE
};

class Database {
 public:
  virtual ~Database() = default;

  virtual const Dialect& dialect() const = 0;
  virtual bool broken() const = 0;
  // Every table the mapping names, and who refers to its subjects.
  virtual absl::StatusOr<Catalog> LoadCatalog(const Mapping& mapping) = 0;

  // `snapshot`: reads only, all of it one moment. Ends with Commit or Rollback.
  virtual absl::Status Begin(bool snapshot) = 0;
  virtual absl::StatusOr<TextRows> Query(const std::string& sql, const Values& values) = 0;
  virtual absl::Status Commit() = 0;
  virtual void Rollback() = 0;
};

// Opens a connection, or says why there is none.
using Opener = std::function<absl::StatusOr<std::unique_ptr<Database>>()>;

}  // namespace varsam::connector::sql
