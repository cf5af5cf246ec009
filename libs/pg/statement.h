// One SQL statement with a name. Statements are constants at the top of the one file that owns the
// tables; a connection prepares each on first use, without a round trip of its own.
//
//   constexpr pg::Statement kLoadHold{"load_hold",
//       "SELECT hold_id, placed_at FROM hold WHERE subject_id = ANY($1)"};
//
// The name must be unique in the process (the same name with other text is a CHECK). Columns are
// listed, never `SELECT *`.
#pragma once

namespace varsam::pg {

struct Statement {
  const char* name;
  const char* sql;
};

}  // namespace varsam::pg
