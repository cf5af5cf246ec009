#include "services/connector/adapters/sql/mapping_words.h"

namespace varsam::connector::sql {

const std::map<std::string, IdentifierType, std::less<>>& IdentifierWords() {
  static const std::map<std::string, IdentifierType, std::less<>> words = {
      {"email", IdentifierType::kEmail},
      {"phone", IdentifierType::kPhone},
      {"customer_number", IdentifierType::kCustomerNumber},
      {"employee_number", IdentifierType::kEmployeeNumber}};
  return words;
}

const std::set<std::string>& EventWords() {
  static const std::set<std::string> words = {"reply",
                                              "meeting",
                                              "sign_in",
                                              "application_updated",
                                              "interest_signal",
                                              "message",
                                              "contact_end_requested",
                                              "no_interest_declared",
                                              "list_imported",
                                              "role_ended",
                                              "contract_end",
                                              "assignment_end",
                                              "employment_end",
                                              "application_rejected",
                                              "application_withdrawn",
                                              "fiscal_year_end",
                                              "vacation_year_end",
                                              "work_performed",
                                              "position_recorded",
                                              "event_recorded",
                                              "survey_answered",
                                              "incident_closed",
                                              "unsubscribed",
                                              "consent_ended"};
  return words;
}

const std::set<std::string>& FlagWords() {
  static const std::set<std::string> words = {"origin", "customer", "source", "contacted"};
  return words;
}

const std::set<std::string>& RelationshipWords() {
  static const std::set<std::string> words = {"contract_party", "contract_contact", "application",
                                              "employment", "assignment"};
  return words;
}

const std::set<std::string>& CapacityWords() {
  static const std::set<std::string> words = {"legal_person_representative", "natural_person",
                                              "sole_trader", "unknown"};
  return words;
}

}  // namespace varsam::connector::sql
