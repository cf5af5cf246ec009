#include "services/retention/store/detail_json.h"

#include <nlohmann/json.hpp>

#include "libs/base/error.h"

namespace varsam::retention {
namespace {

using nlohmann::json;

int64_t Micros(absl::Time at) { return absl::ToUnixMicros(at); }
json OrNull(const std::optional<absl::Time>& at) { return at ? json(Micros(*at)) : json(); }
absl::Time TimeIn(const json& value) { return absl::FromUnixMicros(value.get<int64_t>()); }
std::optional<absl::Time> OptionalTimeIn(const json& value) {
  if (value.is_null()) return std::nullopt;
  return TimeIn(value);
}

json FlagsJson(const Flags& flags) {
  json value = json::object();
  if (flags.origin) value["origin"] = *flags.origin;
  if (flags.source) value["source"] = *flags.source;
  if (flags.customer) value["customer"] = *flags.customer;
  if (flags.contacted) value["contacted"] = *flags.contacted;
  return value;
}

Flags FlagsIn(const json& value) {
  Flags flags;
  if (value.contains("origin")) flags.origin = value["origin"].get<std::string>();
  if (value.contains("source")) flags.source = value["source"].get<std::string>();
  if (value.contains("customer")) flags.customer = value["customer"].get<bool>();
  if (value.contains("contacted")) flags.contacted = value["contacted"].get<bool>();
  return flags;
}

template <typename Body>
absl::Status Reading(std::string_view text, Body body) {
  const json value = json::parse(text, nullptr, false);
  if (!value.is_discarded()) {
    try {
      body(value);
      return absl::OkStatus();
    } catch (const json::exception&) {
    }
  }
  return ErrorWithReason(absl::StatusCode::kDataLoss, "DETAIL_UNREADABLE",
                         "a stored row does not read");
}

}  // namespace

std::string DetailOf(const Field& field) {
  json value;
  value["categories"] = field.subject_categories;
  value["flags"] = FlagsJson(field.flags);
  value["collected"] = Micros(field.collected_at);
  value["claims"] = field.claims_need_recorded;
  value["purposes"] = json::array();
  for (const HeldPurpose& one : field.purposes) {
    value["purposes"].push_back({one.purpose, OrNull(one.ended_at)});
  }
  value["events"] = json::array();
  for (const SeenEvent& one : field.events) {
    value["events"].push_back({one.type, Micros(one.at), Micros(one.observed_at)});
  }
  return value.dump();
}

absl::Status ReadDetail(std::string_view text, Field& field) {
  return Reading(text, [&](const json& value) {
    field.subject_categories = value.at("categories").get<std::vector<std::string>>();
    field.flags = FlagsIn(value.at("flags"));
    field.collected_at = TimeIn(value.at("collected"));
    field.claims_need_recorded = value.at("claims").get<bool>();
    for (const json& one : value.at("purposes")) {
      field.purposes.push_back({one.at(0).get<std::string>(), OptionalTimeIn(one.at(1))});
    }
    for (const json& one : value.at("events")) {
      field.events.push_back({one.at(0).get<std::string>(), TimeIn(one.at(1)), TimeIn(one.at(2))});
    }
  });
}

std::string DetailOf(const Person& person) {
  json value = json::object();
  for (const ConsentChoice& one : person.choices) {
    value["choices"].push_back({one.purpose, one.given, Micros(one.at)});
  }
  for (const UpheldObjection& one : person.objections) {
    value["objections"].push_back({one.purposes, Micros(one.at)});
  }
  for (const ErasureGrant& one : person.erasures) {
    value["erasures"].push_back({one.case_id, Micros(one.at), one.open});
  }
  for (const PersonRestriction& one : person.restrictions) {
    value["restrictions"].push_back({one.case_id, static_cast<int>(one.restriction.ground),
                                     Micros(one.restriction.from), OrNull(one.restriction.to)});
  }
  for (const PersonSource& one : person.sources) {
    value["sources"].push_back({one.source, Micros(one.collected_at), OrNull(one.notice_at)});
  }
  return value.dump();
}

absl::Status ReadDetail(std::string_view text, Person& person) {
  if (text == "{}") return absl::OkStatus();  // of most people nothing more is known
  return Reading(text, [&](const json& value) {
    for (const json& one : value.value("choices", json::array())) {
      person.choices.push_back(
          {one.at(0).get<std::string>(), one.at(1).get<bool>(), TimeIn(one.at(2))});
    }
    for (const json& one : value.value("objections", json::array())) {
      person.objections.push_back(
          {one.at(0).get<std::vector<std::string>>(), TimeIn(one.at(1))});
    }
    for (const json& one : value.value("erasures", json::array())) {
      person.erasures.push_back(
          {one.at(0).get<std::string>(), TimeIn(one.at(1)), one.at(2).get<bool>()});
    }
    for (const json& one : value.value("restrictions", json::array())) {
      RecordRestriction restriction;
      restriction.ground = static_cast<RestrictionGround>(one.at(1).get<int>());
      restriction.from = TimeIn(one.at(2));
      restriction.to = OptionalTimeIn(one.at(3));
      person.restrictions.push_back({one.at(0).get<std::string>(), restriction});
    }
    for (const json& one : value.value("sources", json::array())) {
      person.sources.push_back(
          {one.at(0).get<std::string>(), TimeIn(one.at(1)), OptionalTimeIn(one.at(2))});
    }
  });
}

}  // namespace varsam::retention
