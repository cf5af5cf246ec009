#include "services/retention/rpc/convert_plan.h"

#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/retention/rpc/convert_entries.h"

namespace varsam::retention {

void RenderPlan(const DisposalPlan& plan, uint64_t start, int rows,
                v1::PlanDisposalResponse* response) {
  std::map<std::string, v1::SystemTotal> totals;
  for (size_t i = 0; i < plan.items.size(); ++i) {
    const DisposalItem& item = plan.items[i];
    v1::SystemTotal& total = totals[item.system];
    if (item.state == DisposalState::kDue) {
      total.set_due(total.due() + 1);
    } else {
      total.set_blocked(total.blocked() + 1);
    }
    if (i >= start && i < start + static_cast<uint64_t>(rows)) ToProto(item, response->add_items());
  }
  for (auto& [system, total] : totals) {
    total.set_system(system);
    *response->add_totals() = total;
  }
  if (start + static_cast<uint64_t>(rows) < plan.items.size()) {
    response->set_next_page_token(absl::StrCat(start + static_cast<uint64_t>(rows)));
  }
  response->set_plan_digest(PlanDigest(plan.text));
}

std::string ReplayToken(const ReplayPage& page) {
  return absl::StrCat(absl::ToUnixMicros(page.at), "/", page.id.ToString());
}

absl::StatusOr<ReplayPage> ReplayPageFrom(const std::string& token) {
  const size_t slash = token.find('/');
  int64_t micros = 0;
  if (slash != std::string::npos && absl::SimpleAtoi(token.substr(0, slash), &micros)) {
    if (auto id = Uuid::Parse(token.substr(slash + 1))) {
      return ReplayPage{absl::FromUnixMicros(micros), *id};
    }
  }
  return InvalidField("page_token", "not a token of this list");
}

}  // namespace varsam::retention
