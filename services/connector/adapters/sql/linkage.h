// Whether what stays of an anonymised row can lead back to the person, as far as the mapping file
// itself tells; check_mapping asks the live schema. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {

// What is wrong with a place that has `quasi`; empty when nothing is.
std::vector<std::string> LinkageFaults(const Place& place,
                                       const std::map<std::string, Join>& joins);

// Does the join go by this column of the table?
bool JoinsBy(const Join& join, const TableName& table, const std::string& column);

}  // namespace varsam::connector::sql
