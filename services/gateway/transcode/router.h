// From (HTTP method, path) to a route number. Built once at the start, then immutable and free of
// locks. A literal segment wins over a variable; two templates that would match the same paths with
// the same method are refused at the start.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "services/gateway/transcode/path_template.h"

namespace varsam::gateway {

inline constexpr size_t kPathSegmentsMax = 32;

struct RouteMatch {
  enum class Kind { kFound, kNoSuchPath, kMethodNotAllowed, kBadPath };
  Kind kind = Kind::kNoSuchPath;
  size_t route = 0;                                            // kFound
  std::vector<std::pair<std::string, std::string>> variables;  // field path → decoded text
  std::vector<std::string> allowed_methods;                    // kMethodNotAllowed
};

class Router {
 public:
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  // `path` is the raw path of the request target, without the query. kBadPath: broken percent
  // encoding, an encoded slash or control character, a dot segment, an empty segment, more than
  // path_segments_max segments, or text that is not clean UTF-8.
  RouteMatch Find(std::string_view method, std::string_view path) const;

 private:
  friend class RouterBuilder;
  struct Node;
  Router();
  std::unique_ptr<Node> root_;
  std::vector<PathTemplate> templates_;  // by route slot
};

class RouterBuilder {
 public:
  // ALREADY_EXISTS (DUPLICATE_ROUTE) naming both templates.
  absl::Status Add(std::string_view method, PathTemplate path_template, size_t route);
  Router Build() &&;

 private:
  Router router_;
};

// Percent-decodes one component; false for a broken escape or a control character.
bool PercentDecode(std::string_view text, bool plus_is_space, std::string& out);

}  // namespace varsam::gateway
