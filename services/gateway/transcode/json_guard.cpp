#include "services/gateway/transcode/json_guard.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

// Up to here a duplicate is looked for by comparing; beyond, by hashing.
constexpr size_t kKeysCompared = 12;
constexpr size_t kNumberCharsMax = 64;
constexpr int kSignificantDigitsMax = 17;

class Keys {
 public:
  // False when the key was there already.
  bool Insert(std::string key) {
    if (few_.size() < kKeysCompared) {
      for (const std::string& seen : few_) {
        if (seen == key) return false;
      }
      few_.push_back(std::move(key));
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(std::move(key)).second;
  }

 private:
  std::vector<std::string> few_;
  std::unordered_set<std::string> many_;
};

struct Level {
  bool object = false;
  Keys keys;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Guard {
 public:
  Guard(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  absl::Status Run() {
    if (text_.size() > limits_.json_bytes_max) {
      return ErrorWithReason(
          absl::StatusCode::kInvalidArgument, "JSON_TOO_LARGE",
          absl::StrCat("body of ", text_.size(), " bytes, at most ", limits_.json_bytes_max));
    }
    SkipSpace();
    RETURN_IF_ERROR(Value());
    while (!levels_.empty()) RETURN_IF_ERROR(Continue());
    SkipSpace();
    if (at_ != text_.size()) return Fault("INVALID_JSON", "more text after the value");
    if (!IsCleanUtf8(text_)) return Fault("INVALID_JSON", "not clean UTF-8");
    return absl::OkStatus();
  }

 private:
  absl::Status Fault(std::string_view reason, std::string_view what) const {
    const std::string where = absl::StrCat("byte ", at_, ": ", ToAbsl(what));
    absl::Status status = ErrorWithReason(absl::StatusCode::kInvalidArgument, reason, where);
    SetFieldViolations(status, {{"body", where}});
    return status;
  }
  absl::Status Invalid() const { return Fault("INVALID_JSON", "not JSON (RFC 8259)"); }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void SkipSpace() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
      ++at_;
    }
  }

  // One value; of an array or object only its opening.
  absl::Status Value() {
    const char c = Peek();
    if (c == '{' || c == '[') return Open(c == '{');
    if (c == '"') return String(nullptr);
    if (c == '-' || IsDigit(c)) return Number();
    for (std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return absl::OkStatus();
      }
    }
    return Invalid();
  }

  absl::Status Open(bool object) {
    if (levels_.size() >= static_cast<size_t>(limits_.json_depth_max)) {
      return Fault("JSON_TOO_DEEP",
                   absl::StrCat("more than ", limits_.json_depth_max, " levels").c_str());
    }
    ++at_;
    levels_.push_back(Level{object, {}});
    SkipSpace();
    if (Peek() == (object ? '}' : ']')) return Close();
    return object ? Member() : Value();
  }

  absl::Status Close() {
    ++at_;
    levels_.pop_back();
    return absl::OkStatus();
  }

  // After a value inside an array or object: the next one, or the end.
  absl::Status Continue() {
    SkipSpace();
    const bool object = levels_.back().object;
    if (Peek() == (object ? '}' : ']')) return Close();
    if (Peek() != ',') return Invalid();
    ++at_;
    SkipSpace();
    return object ? Member() : Value();
  }

  absl::Status Member() {
    if (Peek() != '"') return Invalid();
    std::string key;
    RETURN_IF_ERROR(String(&key));
    if (!levels_.back().keys.Insert(std::move(key))) {
      return Fault("JSON_DUPLICATE_KEY", "this key stands twice in one object");
    }
    SkipSpace();
    if (Peek() != ':') return Invalid();
    ++at_;
    SkipSpace();
    return Value();
  }

  absl::Status String(std::string* decoded) {
    ++at_;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return absl::OkStatus();
      }
      if (c < 0x20) return Invalid();
      if (c == '\\') {
        RETURN_IF_ERROR(Escape(decoded));
        continue;
      }
      if (decoded != nullptr) decoded->push_back(static_cast<char>(c));
      ++at_;
    }
    return Invalid();
  }

  absl::Status Escape(std::string* decoded) {
    ++at_;
    static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    const char c = Peek();
    const size_t simple = c == '\0' ? std::string_view::npos : kFrom.find(c);
    if (simple != std::string_view::npos) {
      if (decoded != nullptr) decoded->push_back(kTo[simple]);
      ++at_;
      return absl::OkStatus();
    }
    if (c != 'u') return Invalid();
    ++at_;
    uint32_t code = 0;
    RETURN_IF_ERROR(Hex4(code));
    if (code >= 0xDC00 && code <= 0xDFFF) return Fault("INVALID_JSON", "lone surrogate");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (text_.substr(at_, 2) != "\\u") return Fault("INVALID_JSON", "lone surrogate");
      at_ += 2;
      uint32_t low = 0;
      RETURN_IF_ERROR(Hex4(low));
      if (low < 0xDC00 || low > 0xDFFF) return Fault("INVALID_JSON", "lone surrogate");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (code == 0) return Fault("INVALID_JSON", "U+0000");
    if (decoded != nullptr) AppendUtf8(code, *decoded);
    return absl::OkStatus();
  }

  absl::Status Hex4(uint32_t& code) {
    if (text_.size() - at_ < 4) return Invalid();
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc() || end != begin + 4) return Invalid();
    at_ += 4;
    return absl::OkStatus();
  }

  static void AppendUtf8(uint32_t code, std::string& out) {
    const auto push = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) return push(code);
    if (code < 0x800) {
      push(0xC0 | code >> 6);
    } else if (code < 0x10000) {
      push(0xE0 | code >> 12);
      push(0x80 | (code >> 6 & 0x3F));
    } else {
      push(0xF0 | code >> 18);
      push(0x80 | (code >> 12 & 0x3F));
      push(0x80 | (code >> 6 & 0x3F));
    }
    push(0x80 | (code & 0x3F));
  }

  bool Digits() {
    const size_t from = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > from;
  }

  absl::Status Number() {
    const size_t from = at_;
    if (Peek() == '-') ++at_;
    if (Peek() == '0') {
      ++at_;
    } else if (!Digits()) {
      return Invalid();
    }
    bool integer = true;
    if (Peek() == '.') {
      integer = false;
      ++at_;
      if (!Digits()) return Invalid();
    }
    if (Peek() == 'e' || Peek() == 'E') {
      integer = false;
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!Digits()) return Invalid();
    }
    if (!Exact(text_.substr(from, at_ - from), integer)) {
      at_ = from;
      return Fault("JSON_NUMBER_NOT_EXACT", "this number cannot be kept exactly; send it as text");
    }
    return absl::OkStatus();
  }

  static bool Exact(std::string_view number, bool integer) {
    if (number.size() > kNumberCharsMax) return false;
    const char* begin = number.data();
    const char* end = begin + number.size();
    if (integer) {
      int64_t small = 0;
      uint64_t big = 0;
      return std::from_chars(begin, end, small).ec == std::errc() ||
             std::from_chars(begin, end, big).ec == std::errc();
    }
    int digits = 0;
    bool leading = true;
    for (char c : number) {
      if (c == 'e' || c == 'E') break;
      if (!IsDigit(c)) continue;
      leading = leading && c == '0';
      if (!leading) ++digits;
    }
    double value = 0;
    const auto parsed = std::from_chars(begin, end, value);
    return digits <= kSignificantDigitsMax && parsed.ec == std::errc() && std::isfinite(value);
  }

  std::string_view text_;
  const JsonLimits& limits_;
  size_t at_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

absl::Status GuardJson(std::string_view text, const JsonLimits& limits) {
  return Guard(text, limits).Run();
}

}  // namespace varsam::gateway
