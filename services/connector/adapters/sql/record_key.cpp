#include "services/connector/adapters/sql/record_key.h"

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"

namespace varsam::connector::sql {

std::string RecordKeyOf(const std::vector<std::string>& parts) {
  std::string key;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) key += '/';
    for (const char c : parts[i]) {
      const bool plain = c != '%' && c != '/' && c != '#' && static_cast<unsigned char>(c) >= 0x20;
      if (plain) {
        key += c;
      } else {
        absl::StrAppend(&key, "%", ToHex(std::string_view(&c, 1)));
      }
    }
  }
  return key;
}

std::string WithoutGroup(std::string_view record_key) {
  return std::string(record_key.substr(0, record_key.find('#')));
}

std::string DayOfGroup(std::string_view record_key) {
  const size_t group = record_key.find('#');
  if (group == std::string_view::npos) return "";
  const size_t at = record_key.find('@', group);
  return at == std::string_view::npos ? "" : std::string(record_key.substr(at + 1));
}

std::optional<std::vector<std::string>> KeyParts(std::string_view record_key, size_t count) {
  std::vector<std::string> parts(1);
  const std::string text = WithoutGroup(record_key);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      parts.emplace_back();
    } else if (text[i] == '%') {
      const auto byte = FromHex(std::string_view(text).substr(i + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      parts.back() += *byte;
      i += 2;
    } else {
      parts.back() += text[i];
    }
  }
  if (parts.size() != count) return std::nullopt;
  for (const std::string& part : parts) {
    if (!IsCleanUtf8(part)) return std::nullopt;
  }
  return parts;
}

}  // namespace varsam::connector::sql
