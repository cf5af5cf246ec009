#include "services/request_workflow/answer/review_scan.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/package.h"
#include "services/request_workflow/domain/draft_text.h"

namespace varsam::requests {
namespace {

using nlohmann::json;

bool InAddress(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' ||
         c == '+' || c == '%';
}

// Is there an e-mail address in the text that is not the person's own nor of the controller?
bool NamesSomebodyElse(const std::string& text, const ScanContext& context) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (size_t at = lower.find('@'); at != std::string::npos; at = lower.find('@', at + 1)) {
    size_t from = at, to = at + 1;
    while (from > 0 && InAddress(lower[from - 1])) --from;
    while (to < lower.size() && InAddress(lower[to])) ++to;
    while (to > at + 1 && lower[to - 1] == '.') --to;
    const std::string address = lower.substr(from, to - from);
    if (from == at || address.find('.', at - from) == std::string::npos) continue;
    const bool own =
        std::find(context.own.begin(), context.own.end(), address) != context.own.end();
    const bool staff =
        std::any_of(context.own_domains.begin(), context.own_domains.end(),
                    [&](const std::string& domain) { return absl::EndsWith(address, domain); });
    if (!own && !staff) return true;
  }
  return false;
}

bool IsTrue(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) return false;
  if (it->is_boolean()) return it->get<bool>();
  return it->is_number_integer() && it->get<int64_t>() != 0;
}

bool IsDraft(const json& object) {
  if (IsTrue(object, "draft") || IsTrue(object, "utkast")) return true;
  const auto status = object.find("status");
  return status != object.end() && status->is_string() &&
         (*status == "draft" || *status == "utkast");
}

std::optional<calendar::LocalDay> DraftedSince(const json& object) {
  for (const char* key :
       {"drafting_since", "draft_since", "started_on", "created_on", "created_at", "date"}) {
    const auto it = object.find(key);
    if (it == object.end() || !it->is_string()) continue;
    const auto day = calendar::ParseDay(it->get<std::string>().substr(0, 10));
    if (day.ok()) return *day;
  }
  return std::nullopt;
}

class Scan {
 public:
  Scan(const std::string& system, const ScanContext& context, int first)
      : system_(system), context_(context), next_(first) {}

  // Never deeper than kDocumentDepthMax.
  void Walk(const json& value, const json::json_pointer& path) {
    if (Full()) return;
    if (value.is_string()) return Text(value.get<std::string>(), path);
    if (value.is_object() && IsDraft(value) && Draft(value, path)) return;
    if (!value.is_structured()) return;
    for (const auto& [key, inner] : value.items()) {
      Walk(inner, value.is_array() ? path / static_cast<size_t>(std::stoul(key)) : path / key);
    }
  }
  void Add(std::string kind, const std::string& path, std::string decision, std::string code) {
    if (Full()) return;
    items_.push_back({std::to_string(next_++), system_, path, std::move(kind), std::move(decision),
                      std::move(code), ""});
    // More than anybody decides one by one: the last stands for the whole.
    if (Full()) items_.back() = {items_.back().id, system_, "", "THIRD_PARTY", "pending", "", ""};
  }
  std::vector<ReviewItem> Take() { return std::move(items_); }

 private:
  bool Full() const { return items_.size() >= kReviewItemsMax; }
  void Text(const std::string& text, const json::json_pointer& path) {
    if (NamesSomebodyElse(text, context_)) {
      Add("THIRD_PARTY", path.to_string(), "pending", "REDACTED_THIRD_PARTY");
    }
  }
  // true: nothing below needs a look.
  bool Draft(const json& object, const json::json_pointer& path) {
    const bool disclosed = IsTrue(object, "disclosed");
    const auto since = DraftedSince(object);
    if (!since && !disclosed) {
      Add("DRAFT", path.to_string(), "pending", "DRAFT_TEXT");
      return true;
    }
    if (disclosed || !IsExemptDraft(*since, false, context_.today)) return false;
    Add("DRAFT", path.to_string(), "withhold", "DRAFT_TEXT");
    return true;
  }

  const std::string& system_;
  const ScanContext& context_;
  int next_;
  std::vector<ReviewItem> items_;
};

}  // namespace

std::vector<ReviewItem> ScanExport(const std::string& system, const std::string& document,
                                   const ScanContext& context, int first) {
  Scan scan(system, context, first);
  if (document.empty()) return {};
  if (IsShallowJson(document)) {
    scan.Walk(json::parse(document), json::json_pointer());
  } else {
    scan.Add("THIRD_PARTY", "", "pending", "REDACTED_THIRD_PARTY");
  }
  return scan.Take();
}

std::string Decided(const std::string& system, const std::string& document,
                    const std::vector<ReviewItem>& items) {
  const bool shallow = IsShallowJson(document);
  json whole = shallow ? json::parse(document) : json();
  bool changed = false;
  for (const ReviewItem& item : items) {
    if (item.system != system || item.decision == "release" || document.empty()) continue;
    const json code = "[" + item.code + "]";
    if (item.path.empty() || !shallow) return code.dump();
    const json::json_pointer path(item.path);
    if (!whole.contains(path)) continue;
    whole[path] = code;
    changed = true;
  }
  return changed ? whole.dump(-1, ' ', false, json::error_handler_t::replace) : document;
}

}  // namespace varsam::requests
