#include "services/request_workflow/answer/review_scan.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/status_macros.h"
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

json::json_pointer RecordPath(size_t index) { return json::json_pointer("/documents") / index; }

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

absl::StatusOr<std::vector<ReviewItem>> ScanExport(const std::string& system,
                                                   const Document& document,
                                                   const ScanContext& context, int first) {
  Scan scan(system, context, first);
  const auto look = [&](std::string_view piece, const json::json_pointer& path) {
    if (IsShallowJson(piece)) return scan.Walk(json::parse(piece), path);
    scan.Add("THIRD_PARTY", path.to_string(), "pending", "REDACTED_THIRD_PARTY");
  };
  ASSIGN_OR_RETURN(const std::string rest, document([&](size_t index, std::string_view record) {
                     look(record, RecordPath(index));
                     return absl::OkStatus();
                   }));
  if (!rest.empty()) look(rest, json::json_pointer());
  return scan.Take();
}

namespace {

// `path` is where the piece stands; the items' paths begin with it.
std::string CarriedOut(std::string_view piece, const json::json_pointer& path,
                       const std::vector<ReviewItem>& items) {
  const std::string from = path.to_string();
  json whole;
  bool changed = false;
  for (const ReviewItem& item : items) {
    const bool here = absl::StartsWith(item.path, from) &&
                      (item.path.size() == from.size() || item.path[from.size()] == '/');
    if (!here) continue;
    const json code = "[" + item.code + "]";
    if (item.path == from || !IsShallowJson(piece)) return code.dump();
    if (!changed) whole = json::parse(piece);
    const json::json_pointer inside(item.path.substr(from.size()));
    changed = true;
    if (whole.contains(inside)) whole[inside] = code;
  }
  return changed ? whole.dump(-1, ' ', false, json::error_handler_t::replace) : std::string(piece);
}

}  // namespace

Document Decided(const std::string& system, Document document, std::vector<ReviewItem> items) {
  std::erase_if(items, [&](const ReviewItem& item) {
    return item.system != system || item.decision == "release";
  });
  if (document == nullptr || items.empty()) return document;
  for (const ReviewItem& item : items) {
    if (item.path.empty()) return DocumentOf(json("[" + item.code + "]").dump());
  }
  return [document = std::move(document),
          items = std::move(items)](const OnRecord& on_record) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string rest, document([&](size_t index, std::string_view record) {
                       return on_record(index, CarriedOut(record, RecordPath(index), items));
                     }));
    return CarriedOut(rest, json::json_pointer(), items);
  };
}

}  // namespace varsam::requests
