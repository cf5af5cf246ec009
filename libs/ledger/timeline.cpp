#include "libs/ledger/timeline.h"

#include "libs/base/status_macros.h"

namespace varsam::ledger {
namespace {

constexpr pg::Statement kRead{
    "ledger_read_timeline",
    "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int4, "
    "timeline FROM ledger_timeline"};
constexpr pg::Statement kAccept{
    "ledger_accept_timeline",
    "UPDATE ledger_timeline SET timeline = $1, accepted_at = clock_timestamp()"};

}  // namespace

absl::StatusOr<Timeline> ReadTimeline(pg::Connection& connection) {
  ASSIGN_OR_RETURN(const pg::Rows rows, connection.Query(kRead, {}));
  const pg::Row row = rows.Only();
  return Timeline{row.Int32(0), row.Int32(1)};
}

absl::Status AcceptTimeline(pg::Connection& connection, int32_t timeline) {
  return connection.Query(kAccept, pg::Params().Int32(timeline)).status();
}

}  // namespace varsam::ledger
