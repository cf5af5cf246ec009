#include "services/gateway/transcode/router.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool PercentDecode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    out.push_back(c);
  }
  return true;
}

// Slots by HTTP method, for one shape of path and one verb.
using Slots =
    std::map<std::string, std::pair<size_t, size_t>, std::less<>>;  // method → (slot, route)

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> one;
  std::unique_ptr<Node> rest;
  std::map<std::string, Slots, std::less<>> verbs;
};

namespace {

bool SplitPath(std::string_view path, std::vector<std::string_view>& raw) {
  if (path.empty() || path[0] != '/') return false;
  path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    raw.push_back(path.substr(0, slash));
    if (raw.size() > kPathSegmentsMax) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool DecodeSegment(std::string_view raw, std::string& out) {
  return !raw.empty() && PercentDecode(raw, false, out) && out != "." && out != ".." &&
         out.find('/') == std::string::npos && out.find('\\') == std::string::npos &&
         IsCleanUtf8(out);
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

absl::Status RouterBuilder::Add(std::string_view method, PathTemplate path_template, size_t route) {
  Router::Node* node = router_.root_.get();
  for (const PathSegment& segment : path_template.segments) {
    std::unique_ptr<Router::Node>& next = segment.kind == PathSegment::Kind::kLiteral
                                              ? node->literals[segment.literal]
                                          : segment.kind == PathSegment::Kind::kOne ? node->one
                                                                                    : node->rest;
    if (next == nullptr) next = std::make_unique<Router::Node>();
    node = next.get();
  }
  const size_t slot = router_.templates_.size();
  const auto [it, added] =
      node->verbs[path_template.verb].try_emplace(std::string(method), slot, route);
  if (!added) {
    return ErrorWithReason(absl::StatusCode::kAlreadyExists, "DUPLICATE_ROUTE",
                           absl::StrCat(ToAbsl(method), " ", path_template.text, " matches what ",
                                        router_.templates_[it->second.first].text, " matches"));
  }
  router_.templates_.push_back(std::move(path_template));
  return absl::OkStatus();
}

Router RouterBuilder::Build() && { return std::move(router_); }

namespace {

// One walk over the tree for one verb. Literals first, then one segment, then the rest; the depth
// is bounded by path_segments_max and the tree's own shape.
template <typename Node>
struct Walk {
  std::string_view method;
  const std::string& verb;
  const std::vector<std::string>& segments;
  std::set<std::string> allowed;
  const std::pair<size_t, size_t>* hit = nullptr;

  bool Leaf(const Node& node) {
    const auto verbs = node.verbs.find(verb);
    if (verbs == node.verbs.end()) return false;
    const auto slot = verbs->second.find(method);
    if (slot != verbs->second.end()) {
      hit = &slot->second;
      return true;
    }
    for (const auto& [name, unused] : verbs->second) allowed.insert(name);
    return false;
  }

  bool Down(const Node& node, size_t depth) {
    if (depth == segments.size()) return Leaf(node);
    const auto literal = node.literals.find(segments[depth]);
    if (literal != node.literals.end() && Down(*literal->second, depth + 1)) return true;
    if (node.one != nullptr && Down(*node.one, depth + 1)) return true;
    return node.rest != nullptr && Leaf(*node.rest);
  }
};

void BindVariables(const PathTemplate& path_template, const std::vector<std::string>& segments,
                   RouteMatch& match) {
  for (const PathVariable& variable : path_template.variables) {
    const bool rest = path_template.segments[variable.last - 1].kind == PathSegment::Kind::kRest;
    std::string value;
    for (size_t i = variable.first; i < (rest ? segments.size() : variable.last); ++i) {
      if (i > variable.first) value += '/';
      value += segments[i];
    }
    match.variables.emplace_back(variable.field_path, std::move(value));
  }
}

}  // namespace

RouteMatch Router::Find(std::string_view method, std::string_view path) const {
  RouteMatch match;
  match.kind = RouteMatch::Kind::kBadPath;
  std::vector<std::string_view> raw;
  if (!SplitPath(path, raw)) return match;
  std::vector<std::string> segments(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (!DecodeSegment(raw[i], segments[i])) return match;
  }
  std::set<std::string> allowed;
  const auto attempt = [&](const std::string& verb) {
    Walk<Node> walk{method, verb, segments};
    const bool found = walk.Down(*root_, 0);
    allowed.insert(walk.allowed.begin(), walk.allowed.end());
    if (!found) return false;
    match.kind = RouteMatch::Kind::kFound;
    match.route = walk.hit->second;
    BindVariables(templates_[walk.hit->first], segments, match);
    return true;
  };
  // The verb is what follows the last literal colon; an encoded colon belongs to the value.
  const size_t colon = raw.back().rfind(':');
  if (colon != std::string_view::npos && colon > 0) {
    std::string whole = segments.back(), verb;
    if (PercentDecode(raw.back().substr(colon + 1), false, verb) &&
        DecodeSegment(raw.back().substr(0, colon), segments.back()) && attempt(verb)) {
      return match;
    }
    segments.back() = std::move(whole);
  }
  if (attempt("")) return match;
  match.kind =
      allowed.empty() ? RouteMatch::Kind::kNoSuchPath : RouteMatch::Kind::kMethodNotAllowed;
  match.allowed_methods.assign(allowed.begin(), allowed.end());
  return match;
}

}  // namespace varsam::gateway
