// One system in an SQL database of any schema, driven by its mapping file alone. Each task is
// one transaction; what does not commit has changed nothing.
#pragma once

#include <memory>
#include <string>

#include "services/connector/adapters/adapter.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {

class SqlAdapter final : public Adapter {
 public:
  // Nothing is connected until CheckMapping or a task.
  SqlAdapter(Mapping mapping, Opener open);
  ~SqlAdapter() override;

  const std::string& system() const override { return mapping_.system; }
  std::vector<Capability> Capabilities() const override;
  absl::StatusOr<std::string> CheckMapping() override;
  absl::StatusOr<Exported> Run(const Identifiers& who, const Export& ask) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Rectify& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Restrict& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const StopProcessing& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Erase& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Verify& ask) override;
  absl::StatusOr<InventoryPage> Inventory(const std::string& after, int page_rows_max) override;

 private:
  // Connects when there is no live connection, and judges the mapping again on every new one.
  absl::Status Connect();
  template <typename Answer, typename Step>
  absl::StatusOr<Answer> Read(Step&& step);
  template <typename Step>
  absl::StatusOr<Outcome> Write(const CommitGate& gate, Step&& step);

  const Mapping mapping_;
  const Opener open_;
  Catalog catalog_;
  std::string digest_;
  std::unique_ptr<SqlText> text_;
  std::unique_ptr<Database> database_;
};

}  // namespace varsam::connector::sql
