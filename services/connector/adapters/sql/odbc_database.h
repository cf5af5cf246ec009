// A MariaDB database behind a mapping, through unixODBC.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/connector/adapters/sql/database.h"

namespace varsam::connector::sql {

struct OdbcOptions {
  // As SQLDriverConnect takes it: "Driver=…/libmaodbc.so;SOCKET=…;UID=…;PWD=…;DATABASE=…".
  std::string connection;
  absl::Duration statement_timeout = absl::Seconds(30);
  absl::Duration lock_timeout = absl::Seconds(5);
};

Opener OpenOdbc(OdbcOptions options);

}  // namespace varsam::connector::sql
