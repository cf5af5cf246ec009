#include "services/connector/adapters/sql/positional.h"

#include <algorithm>

#include "libs/base/check.h"

namespace varsam::connector::sql {
namespace {

using List = std::vector<std::string>;

class Writer {
 public:
  explicit Writer(const Values& values) : values_(values) {}

  void Write(const std::string& sql) { Span(sql, 0, sql.size(), kNoElement); }
  Positional Take() && { return std::move(out_); }

 private:
  static constexpr size_t kNoElement = static_cast<size_t>(-1);

  // `element`: which one of each list.
  void Span(const std::string& sql, size_t at, size_t end, size_t element) {
    while (at < end) {
      const char c = sql[at];
      if (c == '"' || c == '\'') {
        const size_t close = std::min(sql.find(c, at + 1), end - 1);
        out_.sql.append(sql, at, close + 1 - at);
        at = close + 1;
      } else if (c == '$' && sql.compare(at, 2, "$[") == 0) {
        const size_t close = Close(sql, at + 2, end);
        Repeat(sql, at + 2, close);
        at = close + 1;
      } else if (c == '$') {
        size_t digits = at + 1;
        while (digits < end && sql[digits] >= '0' && sql[digits] <= '9') ++digits;
        Put(NumberAt(sql, at), element);
        at = digits;
      } else {
        out_.sql += c;
        ++at;
      }
    }
  }

  static size_t Close(const std::string& sql, size_t at, size_t end) {
    char quote = 0;
    for (; at < end; ++at) {
      const char c = sql[at];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == ']') {
        return at;
      }
    }
    VARSAM_CHECK(false) << "an open bracket";
    return end;
  }

  size_t NumberAt(const std::string& sql, size_t dollar) const {
    size_t number = 0;
    for (size_t at = dollar + 1; at < sql.size() && sql[at] >= '0' && sql[at] <= '9'; ++at) {
      number = number * 10 + static_cast<size_t>(sql[at] - '0');
    }
    VARSAM_CHECK(number >= 1 && number <= values_.size()) << "no value for a parameter";
    return number - 1;
  }

  void Repeat(const std::string& sql, size_t at, size_t end) {
    size_t length = kNoElement;
    for (size_t dollar = sql.find('$', at); dollar < end; dollar = sql.find('$', dollar + 1)) {
      const auto* list = std::get_if<List>(&values_[NumberAt(sql, dollar)]);
      if (list != nullptr) length = list->size();
    }
    VARSAM_CHECK(length != kNoElement) << "brackets without a list";
    for (size_t i = 0; i < std::max<size_t>(length, 1); ++i) {
      if (i > 0) out_.sql += ", ";
      Span(sql, at, end, i);
    }
  }

  void Put(size_t value, size_t element) {
    const auto* list = std::get_if<List>(&values_[value]);
    if (list == nullptr) {
      out_.values.push_back(std::get<std::optional<std::string>>(values_[value]));
    } else {
      VARSAM_CHECK(element != kNoElement) << "a list outside brackets";
      if (element >= list->size()) {
        out_.sql += "NULL";
        return;
      }
      out_.values.emplace_back((*list)[element]);
    }
    out_.sql += '?';
  }

  const Values& values_;
  Positional out_;
};

}  // namespace

Positional ToPositional(const std::string& sql, const Values& values) {
  Writer writer(values);
  writer.Write(sql);
  return std::move(writer).Take();
}

}  // namespace varsam::connector::sql
