// RETURN_IF_ERROR and ASSIGN_OR_RETURN for absl::Status and absl::StatusOr.
//
//   RETURN_IF_ERROR(store.Save(tx, outcomes));
//   ASSIGN_OR_RETURN(auto rows, tx.Query(kLoadSubject, params));
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expression)                  \
  do {                                               \
    ::absl::Status varsam_status_ = (expression);    \
    if (!varsam_status_.ok()) return varsam_status_; \
  } while (false)

#define VARSAM_CONCAT_INNER(a, b) a##b
#define VARSAM_CONCAT(a, b) VARSAM_CONCAT_INNER(a, b)

#define ASSIGN_OR_RETURN(target, expression) \
  VARSAM_ASSIGN_OR_RETURN(VARSAM_CONCAT(varsam_status_or_, __LINE__), target, expression)

#define VARSAM_ASSIGN_OR_RETURN(temporary, target, expression) \
  auto temporary = (expression);                               \
  if (!temporary.ok()) return std::move(temporary).status();   \
  target = *std::move(temporary)
