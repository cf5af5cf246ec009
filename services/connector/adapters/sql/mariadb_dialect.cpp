#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/connector/adapters/sql/dialect.h"

namespace varsam::connector::sql {
namespace {

// "$[ … ]" is repeated for every element of the lists inside (positional.h).
class MariaDb final : public Dialect {
 public:
  // The usual collations take é for e and "a " for "a": two people may not become one by that.
  std::string Text(const std::string& expression) const override {
    return absl::StrCat("CAST(", expression,
                        " AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_nopad_bin");
  }
  std::string Cast(int parameter, const Column& column) const override {
    if (column.cast.empty()) return absl::StrCat("$", parameter);
    return absl::StrCat("CAST($", parameter, " AS ", column.cast, ")");
  }
  std::string AnyOf(const std::string& text, int parameter) const override {
    return absl::StrCat(text, " IN ($[$", parameter, "])");
  }
  std::string Contains(const std::string& text, int parameter) const override {
    return absl::StrCat("LOCATE($", parameter, ", LOWER(", text, ")) > 0");
  }
  std::string Differs(const KeyPart& part, int parameter) const override {
    return absl::StrCat("NOT (", Text(part.expression), " <=> ", Text(Cast(parameter, part.column)),
                        ")");
  }
  // By the column's type, so that an index serves, and as text: CAST('x' AS SIGNED) is 0 here.
  std::string KeyIs(const std::vector<KeyPart>& parts, int first) const override {
    std::vector<std::string> all;
    for (const KeyPart& part : parts) {
      all.push_back(absl::StrCat(part.expression, " = ", Cast(first, part.column), " AND ",
                                 Text(part.expression), " = $", first));
      ++first;
    }
    return absl::StrJoin(all, " AND ");
  }
  std::string KeyIn(const std::vector<KeyPart>& parts, int first) const override {
    std::vector<std::string> own, texts, casts, plain;
    for (const KeyPart& part : parts) {
      own.push_back(part.expression);
      texts.push_back(Text(part.expression));
      casts.push_back(Cast(first, part.column));
      plain.push_back(absl::StrCat("$", first++));
    }
    return absl::StrCat("((", absl::StrJoin(own, ", "), ") IN ($[(", absl::StrJoin(casts, ", "),
                        ")]) AND (", absl::StrJoin(texts, ", "), ") IN ($[(",
                        absl::StrJoin(plain, ", "), ")]))");
  }
  std::string Json(const KeyPart& part) const override {
    std::string value = part.expression;
    if (part.column.kind == ColumnKind::kBytes) {
      value = absl::StrCat("REPLACE(TO_BASE64(", value, "), CHAR(10), '')");
    } else if (part.column.type.starts_with("bit")) {
      value = absl::StrCat("CAST(", value, " AS UNSIGNED)");
    }
    return absl::StrCat("JSON_EXTRACT(JSON_OBJECT('v', ", value, "), '$.v')");
  }
  std::string Time(const KeyPart& part) const override {
    const std::string text =
        absl::StrCat("DATE_FORMAT(", part.expression, ", '%Y-%m-%d %H:%i:%s.%f')");
    return part.column.kind == ColumnKind::kInstant ? absl::StrCat("(", text, " || 'Z')") : text;
  }
  std::string Normalised(IdentifierType type, const std::string& text) const override {
    switch (type) {
      case IdentifierType::kEmail:
        return absl::StrCat("LOWER(TRIM(", text, "))");
      case IdentifierType::kPhone:
        return absl::StrCat("REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(", text,
                            ", '[^0-9]', ''), '^00', ''), '^0', '46')");
      default:
        return absl::StrCat("UPPER(REGEXP_REPLACE(", text, ", '[[:space:]]', ''))");
    }
  }
};

}  // namespace

const Dialect& MariaDbDialect() {
  static const MariaDb* const dialect = new MariaDb;
  return *dialect;
}

}  // namespace varsam::connector::sql
