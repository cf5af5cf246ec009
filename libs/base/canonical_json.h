// JSON in the one form that can be signed (libs/ledger/README.md, rule 1): members sorted by bytes,
// no blanks, UTF-8 as itself, only the escapes JSON demands. Written straight into a string.
//
//   std::string json;
//   {
//     JsonObject object(json);
//     object.Text("kind", kind).Texts("names", names);
//     JsonObject inner = object.Object("party");        // ends before the next member
//     inner.Text("id", id);
//   }                                                   // {"kind":…,"names":[…],"party":{"id":…}}
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace varsam {

// The text in quotes. It must be well-formed UTF-8.
void AppendJsonText(std::string& to, std::string_view text);

// One object, from its opening brace to the closing one at the end of its life. A name that does
// not sort after the one before is a CHECK. `to` outlives it.
class JsonObject {
 public:
  explicit JsonObject(std::string& to) : to_(to) { to_ += '{'; }
  ~JsonObject() { to_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  JsonObject& Text(std::string_view name, std::string_view value);
  JsonObject& Bool(std::string_view name, bool value);
  JsonObject& Integer(std::string_view name, int64_t value);
  JsonObject& Texts(std::string_view name, std::span<const std::string> values);
  // A list of objects with one text each: [{"name":"value"}, …].
  JsonObject& TextObjects(std::string_view name, std::string_view inner_name,
                          std::span<const std::string> values);
  // What is canonical already.
  JsonObject& Raw(std::string_view name, std::string_view json);
  JsonObject Object(std::string_view name);

 private:
  void Name(std::string_view name);

  std::string& to_;
  std::string last_;
};

}  // namespace varsam
