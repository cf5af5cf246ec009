#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/connector/adapters/sql/dialect.h"

namespace varsam::connector::sql {
namespace {

class Postgres final : public Dialect {
 public:
  std::string Text(const std::string& expression) const override {
    return absl::StrCat("(", expression, ")::text");
  }
  std::string Cast(int parameter, const Column& column) const override {
    return absl::StrCat("CAST($", parameter, "::text AS ", column.type, ")");
  }
  std::string AnyOf(const std::string& text, int parameter) const override {
    return absl::StrCat(text, " = ANY($", parameter, "::text[])");
  }
  std::string Contains(const std::string& text, int parameter) const override {
    return absl::StrCat("position($", parameter, "::text in lower(", text, ")) > 0");
  }
  // As text: some types (json) know no comparison.
  std::string Differs(const KeyPart& part, int parameter) const override {
    return absl::StrCat(Text(part.expression), " IS DISTINCT FROM ",
                        Text(Cast(parameter, part.column)));
  }
  std::string KeyIs(const std::vector<KeyPart>& parts, int first) const override {
    std::vector<std::string> all;
    for (const KeyPart& part : parts) {
      all.push_back(absl::StrCat(part.expression, " = ", Cast(first++, part.column)));
    }
    return absl::StrJoin(all, " AND ");
  }
  std::string KeyIn(const std::vector<KeyPart>& parts, int first) const override {
    std::vector<std::string> own, casts, arrays, names;
    for (size_t i = 0; i < parts.size(); ++i) {
      own.push_back(parts[i].expression);
      casts.push_back(absl::StrCat("CAST(k.k", i + 1, " AS ", parts[i].column.type, ")"));
      arrays.push_back(absl::StrCat("$", first + static_cast<int>(i), "::text[]"));
      names.push_back(absl::StrCat("k", i + 1));
    }
    return absl::StrCat("(", absl::StrJoin(own, ", "), ") IN (SELECT ", absl::StrJoin(casts, ", "),
                        " FROM unnest(", absl::StrJoin(arrays, ", "), ") AS k(",
                        absl::StrJoin(names, ", "), "))");
  }
  std::string Json(const KeyPart& part) const override {
    const std::string value = part.column.kind == ColumnKind::kBytes
                                  ? absl::StrCat("encode(", part.expression, ", 'base64')")
                                  : part.expression;
    return absl::StrCat("to_json(", value, ")::text");
  }
  std::string Time(const KeyPart& part) const override {
    constexpr char kForm[] = "'YYYY-MM-DD HH24:MI:SS.US'";
    if (part.column.kind == ColumnKind::kInstant) {
      return absl::StrCat("to_char(", part.expression, " AT TIME ZONE 'UTC', ", kForm, ") || 'Z'");
    }
    return absl::StrCat("to_char(", part.expression, "::timestamp, ", kForm, ")");
  }
  std::string Normalised(IdentifierType type, const std::string& text) const override {
    switch (type) {
      case IdentifierType::kEmail:
        return absl::StrCat("lower(btrim(", text, "))");
      case IdentifierType::kPhone:
        return absl::StrCat("regexp_replace(regexp_replace(regexp_replace(", text,
                            ", '[^0-9]', '', 'g'), '^00', ''), '^0', '46')");
      default:
        return absl::StrCat("upper(regexp_replace(", text, ", '\\s', '', 'g'))");
    }
  }
};

}  // namespace

const Dialect& PostgresDialect() {
  static const Postgres* const dialect = new Postgres;
  return *dialect;
}

}  // namespace varsam::connector::sql
