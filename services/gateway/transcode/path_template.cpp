#include "services/gateway/transcode/path_template.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool IsLiteralChar(char c) { return IsNameChar(c) || c == '-' || c == '.' || c == '~'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { out_.text = std::string(text); }

  absl::StatusOr<PathTemplate> Run() {
    if (!Take('/')) return Fault("does not begin with /");
    RETURN_IF_ERROR(Segments(false));
    if (Take(':')) {
      out_.verb = TakeWhile(IsLiteralChar);
      if (out_.verb.empty()) return Fault("empty verb");
    }
    if (at_ != text_.size()) return Fault(absl::StrCat("unexpected text at ", at_));
    std::set<std::string> names;
    for (const PathVariable& variable : out_.variables) {
      if (!names.insert(variable.field_path).second) return Fault("a variable stands twice");
    }
    for (size_t i = 0; i + 1 < out_.segments.size(); ++i) {
      if (out_.segments[i].kind == PathSegment::Kind::kRest) return Fault("** not last");
    }
    return std::move(out_);
  }

 private:
  absl::Status Fault(const std::string& what) const {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_PATH_TEMPLATE",
                           absl::StrCat("path template ", ToAbsl(text_), ": ", what));
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  template <typename Predicate>
  std::string TakeWhile(Predicate predicate) {
    const size_t from = at_;
    while (at_ < text_.size() && predicate(text_[at_])) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  absl::Status Segments(bool inside_variable) {
    do {
      RETURN_IF_ERROR(Segment(inside_variable));
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status Segment(bool inside_variable) {
    if (Take('{')) {
      if (inside_variable) return Fault("a variable inside a variable");
      return Variable();
    }
    PathSegment segment;
    if (Take('*')) {
      segment.kind = Take('*') ? PathSegment::Kind::kRest : PathSegment::Kind::kOne;
    } else {
      segment.literal = TakeWhile(IsLiteralChar);
      if (segment.literal.empty()) return Fault(absl::StrCat("empty segment at ", at_));
    }
    out_.segments.push_back(std::move(segment));
    return absl::OkStatus();
  }

  absl::Status Variable() {
    PathVariable variable;
    variable.field_path = TakeWhile([](char c) { return IsNameChar(c) || c == '.'; });
    if (variable.field_path.empty()) return Fault("a variable without a name");
    variable.first = out_.segments.size();
    if (Take('=')) {
      RETURN_IF_ERROR(Segments(true));
    } else {
      out_.segments.push_back({PathSegment::Kind::kOne, ""});
    }
    if (!Take('}')) return Fault("a variable without its }");
    variable.last = out_.segments.size();
    out_.variables.push_back(std::move(variable));
    return absl::OkStatus();
  }

  std::string_view text_;
  size_t at_ = 0;
  PathTemplate out_;
};

}  // namespace

absl::StatusOr<PathTemplate> PathTemplate::Parse(std::string_view text) {
  return Parser(text).Run();
}

}  // namespace varsam::gateway
