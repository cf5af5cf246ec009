#include "libs/base/canonical_json.h"

#include <charconv>

#include "libs/base/check.h"

namespace varsam {
namespace {

// The short escape of a character, 'u' for one that has none, 0 for one that stands as itself.
char EscapeOf(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return static_cast<unsigned char>(c) < 0x20 ? 'u' : '\0';
  }
}

}  // namespace

void AppendJsonText(std::string& to, std::string_view text) {
  to += '"';
  size_t written = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char escape = EscapeOf(text[i]);
    if (escape == '\0') continue;
    to.append(text, written, i - written);
    written = i + 1;
    to += '\\';
    to += escape;
    if (escape != 'u') continue;
    static constexpr char kDigits[] = "0123456789abcdef";
    to += "00";
    to += kDigits[static_cast<unsigned char>(text[i]) >> 4];
    to += kDigits[text[i] & 15];
  }
  to.append(text, written);
  to += '"';
}

void JsonObject::Name(std::string_view name) {
  VARSAM_CHECK(last_.empty() || last_ < name) << "JSON member out of order: " << name;
  if (!last_.empty()) to_ += ',';
  last_ = name;
  AppendJsonText(to_, name);
  to_ += ':';
}

JsonObject& JsonObject::Text(std::string_view name, std::string_view value) {
  Name(name);
  AppendJsonText(to_, value);
  return *this;
}

JsonObject& JsonObject::Bool(std::string_view name, bool value) {
  return Raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::Integer(std::string_view name, int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  return Raw(name, {digits, static_cast<size_t>(end - digits)});
}

JsonObject& JsonObject::Texts(std::string_view name, std::span<const std::string> values) {
  Name(name);
  to_ += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) to_ += ',';
    AppendJsonText(to_, values[i]);
  }
  to_ += ']';
  return *this;
}

JsonObject& JsonObject::TextObjects(std::string_view name, std::string_view inner_name,
                                    std::span<const std::string> values) {
  Name(name);
  to_ += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) to_ += ',';
    JsonObject(to_).Text(inner_name, values[i]);
  }
  to_ += ']';
  return *this;
}

JsonObject& JsonObject::Raw(std::string_view name, std::string_view json) {
  Name(name);
  to_ += json;
  return *this;
}

JsonObject JsonObject::Object(std::string_view name) {
  Name(name);
  return JsonObject(to_);
}

}  // namespace varsam
