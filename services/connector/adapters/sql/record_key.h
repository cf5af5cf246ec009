// The text by which the platform knows a row: the parts of its key joined by "/", and behind "#"
// the group of data categories that have clocks of their own ("1001/3", "1001/3#opinion").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varsam::connector::sql {

// "%", "/", "#" and control characters inside a part are written %XX.
std::string RecordKeyOf(const std::vector<std::string>& parts);
// The key without its group.
std::string WithoutGroup(std::string_view record_key);
// The day of the group ("17#position@2026-01-10"); empty when it names none.
std::string DayOfGroup(std::string_view record_key);
// The parts again (the group is skipped); nullopt when it is no key of `count` parts.
std::optional<std::vector<std::string>> KeyParts(std::string_view record_key, size_t count);

}  // namespace varsam::connector::sql
