// How an answer looks on a terminal. Pure text.
#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace varsam::cli {

enum class Format { kTable, kJson, kYaml };

// The elements of `rows` (a JSON pointer) as columns (JSON pointers into each element), one line
// per element under a line of headings. Without columns, or when there is no such list: as YAML.
std::string ToTable(const nlohmann::json& answer, const std::string& rows,
                    const std::vector<std::string>& columns);
std::string ToYaml(const nlohmann::json& value);
std::string Show(const nlohmann::json& answer, Format format, const std::string& rows,
                 const std::vector<std::string>& columns);

}  // namespace varsam::cli
