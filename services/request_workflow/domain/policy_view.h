// What this service needs of the policy in force. Pure data; filled from the registry's feed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace varsam::requests {

struct PolicySystem {
  std::string id;
  std::string label;
  std::vector<std::string> categories;  // own and inherited
  std::vector<std::string> purposes;
  std::string processor;
};

struct PolicyPurpose {
  std::string id;
  std::string label;
  std::string
      basis;  // consent, contract, legal_obligation, legitimate_interest, strictly_necessary
  bool direct_marketing = false;
  std::vector<std::string> categories;
  std::vector<std::string> topics;
};

struct PolicyRecipient {
  std::string id;
  std::string name;
  std::string purpose;
  std::string transfer;
};

struct PolicyView {
  std::string version;
  std::string controller;
  std::string controller_address;
  std::string contact;
  std::string data_protection_officer;
  std::string authority;
  std::vector<PolicySystem> systems;
  std::vector<PolicyPurpose> purposes;
  std::vector<PolicyRecipient> recipients;
  std::map<std::string, std::string> category_labels;
  std::map<std::string, std::string> source_labels;
  // Location and national identity numbers: handing them over needs two factors of identity.
  std::vector<std::string> strong_categories;
  std::set<std::string> inferred;  // categories that the controller concluded, Art. 20 leaves out
};

}  // namespace varsam::requests
