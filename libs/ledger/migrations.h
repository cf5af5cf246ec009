// The tables of the log: migration set "ledger", forward only. A service applies it before its own.
// The service's role may read and append; only the erase function touches what is written.
#pragma once

#include "libs/pg/migrate.h"

namespace varsam::ledger {

const pg::MigrationSet& Migrations();

}  // namespace varsam::ledger
