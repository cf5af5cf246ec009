// Rows go, and how many there were stays: month by month, where enough people share a number. A
// cell is counted over everybody the first time somebody's rows of it go, and never again: neither
// the difference of two readings nor a late row tells of one person. A cell of too few leaves
// nothing.
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {

absl::Status AggregateRows(const Work& work, const Record& record, const Place& place) {
  ASSIGN_OR_RETURN(const TextRows cells, work.Query(work.text.SelectCells(place), record));
  for (const TextRow& cell : cells.rows) {
    ASSIGN_OR_RETURN(const uint32_t known, work.Count(work.text.CountCellKnown(place, cell)));
    if (known > 0) continue;
    ASSIGN_OR_RETURN(const uint32_t people, work.Count(work.text.CountCellPeople(place, cell)));
    if (people < kAnonymousPeopleMin) continue;
    ASSIGN_OR_RETURN(const uint32_t rows, work.Count(work.text.CountCellRows(place, cell)));
    const Built insert = work.text.InsertCell(place, cell, rows, people);
    RETURN_IF_ERROR(work.Query(insert.sql, insert.extras).status());
    ASSIGN_OR_RETURN(const uint32_t written, work.Count(work.text.CountCellKnown(place, cell)));
    if (written == 1) continue;
    return ErrorWithReason(absl::StatusCode::kDataLoss, "AGGREGATE_NOT_KEPT",
                           "the statistics do not show the cell that was written");
  }
  return absl::OkStatus();
}

}  // namespace varsam::connector::sql
