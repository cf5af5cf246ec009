// A directory tree with rules as one system: personnel folders, shared tables, texts that name
// people. Files are found by the rules and read back without them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/connector/adapters/adapter.h"
#include "services/connector/adapters/files/rules.h"

namespace varsam::connector::files {

class FilesAdapter final : public Adapter {
 public:
  FilesAdapter(Rules rules, std::string root) : rules_(std::move(rules)), root_(std::move(root)) {}

  const std::string& system() const override { return rules_.system; }
  std::vector<Capability> Capabilities() const override;
  // Reads the tree once. FAILED_PRECONDITION MAPPING_MISMATCH when the register or a table has not
  // the columns that the rules name.
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
  // A tree is no register of people: nobody is read out of it.
  absl::StatusOr<InventoryPage> Inventory(const std::string& after, int page_rows_max) override;

 private:
  struct Person {
    Identifiers identifiers;
    std::vector<std::string> names;
  };
  // What one file holds of the person.
  struct Hit {
    std::string path;
    const Rule* rule = nullptr;
    std::string content;
    std::vector<size_t> rows;  // of a table
  };

  const Rule* RuleFor(const std::string& path) const;
  // The person with everything the register knows of them.
  absl::StatusOr<Person> WhoIs(const Identifiers& who) const;
  absl::StatusOr<std::vector<Hit>> Find(const Person& person,
                                        const std::set<std::string>* categories) const;
  static std::vector<std::string> NeedlesOf(const Person& person);

  const Rules rules_;
  const std::string root_;
};

}  // namespace varsam::connector::files
