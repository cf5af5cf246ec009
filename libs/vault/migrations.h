// The tables of the key database: migration set "vault". It is a database of its own, with
// short-lived backups, never the one that holds the sealed data.
#pragma once

#include "libs/pg/migrate.h"

namespace varsam::vault {

const pg::MigrationSet& Migrations();

}  // namespace varsam::vault
