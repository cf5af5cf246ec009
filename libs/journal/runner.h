// Behind Submit: one ask with the facts and outcome that grow beside it, its type forgotten, so
// that the writer can keep all kinds in one queue. Nothing here is for services.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/journal/operation.h"

namespace varsam::journal {

class Cell {
 public:
  virtual ~Cell() = default;
  // Cells with the same key are of one operation and may be given to Load and Save together.
  virtual const void* operation() const = 0;
  virtual const std::string& name() const = 0;
  virtual absl::Status Load(pg::Tx& tx, std::span<Cell* const> cells) = 0;
  virtual absl::Status Decide(const Frozen& frozen) = 0;
  virtual std::vector<ledger::Entry> Entries() const = 0;
  virtual std::string Render(const Position& position) const = 0;
  virtual absl::Status Save(pg::Tx& tx, std::span<Cell* const> cells,
                            std::span<const Position> positions) const = 0;
};

template <typename Ask, typename Facts, typename Outcome>
class TypedCell final : public Cell {
 public:
  using Op = Operation<Ask, Facts, Outcome>;
  TypedCell(const Op& operation, Ask ask) : operation_(operation), ask_(std::move(ask)) {}

  const void* operation() const override { return &operation_; }
  const std::string& name() const override { return operation_.name; }

  absl::Status Load(pg::Tx& tx, std::span<Cell* const> cells) override {
    std::vector<const Ask*> asks;
    asks.reserve(cells.size());
    for (Cell* cell : cells) asks.push_back(&static_cast<TypedCell*>(cell)->ask_);
    ASSIGN_OR_RETURN(std::vector<Facts> facts, operation_.load(tx, asks));
    VARSAM_CHECK(facts.size() == cells.size()) << name() << ": load must answer each ask";
    for (size_t i = 0; i < cells.size(); ++i) {
      static_cast<TypedCell*>(cells[i])->facts_.emplace(std::move(facts[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Decide(const Frozen& frozen) override {
    outcome_.reset();
    ASSIGN_OR_RETURN(Outcome outcome, operation_.decide(ask_, *facts_, frozen));
    outcome_.emplace(std::move(outcome));
    return absl::OkStatus();
  }

  std::vector<ledger::Entry> Entries() const override {
    if (!operation_.entries) return {};
    return operation_.entries(*outcome_);
  }

  std::string Render(const Position& position) const override {
    return operation_.render ? operation_.render(*outcome_, position) : std::string();
  }

  absl::Status Save(pg::Tx& tx, std::span<Cell* const> cells,
                    std::span<const Position> positions) const override {
    std::vector<const Outcome*> outcomes;
    outcomes.reserve(cells.size());
    for (Cell* cell : cells) outcomes.push_back(&*static_cast<TypedCell*>(cell)->outcome_);
    return operation_.save(tx, outcomes, positions);
  }

 private:
  const Op& operation_;
  Ask ask_;
  std::optional<Facts> facts_;
  std::optional<Outcome> outcome_;
};

template <typename Ask, typename Facts, typename Outcome>
std::unique_ptr<Cell> NewCell(const Operation<Ask, Facts, Outcome>& operation, Ask ask) {
  return std::make_unique<TypedCell<Ask, Facts, Outcome>>(operation, std::move(ask));
}

}  // namespace varsam::journal
