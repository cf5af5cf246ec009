#include "services/consent/domain/decision.h"

namespace varsam::consent {
namespace {

// In the order of Reason.
constexpr ReasonText kTexts[kReasonCount] = {
    {"ALLOW_CONSENT", "6(1)(a)", "Personen har samtyckt.", "The person has consented."},
    {"ALLOW_CONTRACT", "6(1)(b)", "Det behövs för ett avtal som löper.",
     "It is needed for a contract in force."},
    {"ALLOW_LEGAL_OBLIGATION", "6(1)(c)", "Lagen kräver det.", "The law requires it."},
    {"ALLOW_LEGITIMATE_INTEREST", "6(1)(f)", "En godkänd intresseavvägning ger stöd.",
     "An approved balancing test supports it."},
    {"ALLOW_SOFT_OPT_IN", "MFL 19 § 2 st",
     "Adressen kommer från ett köp och utskicket är liknande.",
     "The address comes from a sale and the mailing is about similar services."},
    {"ALLOW_STRICTLY_NECESSARY", "LEK 9:28 exc.", "Det är nödvändigt för tjänsten som begärts.",
     "It is strictly necessary for the service asked for."},
    {"PURPOSE_UNKNOWN", "", "Policyn har inget sådant ändamål.", "The policy has no such purpose."},
    {"PURPOSE_INACTIVE", "", "Ändamålet gäller inte vid den tidpunkten.",
     "The purpose is not in force at that time."},
    {"DATA_OUT_OF_SCOPE", "", "Ändamålet omfattar inte alla uppgifter som begärs.",
     "The purpose does not cover all the data asked for."},
    {"SUBJECT_ERASED", "", "Personen är raderad.", "The person has been erased."},
    {"RESTRICTED", "", "Behandlingen är begränsad.", "Processing is restricted."},
    {"HELD_FOR_CLAIMS_ONLY", "", "Uppgifterna bevaras bara för rättsliga anspråk.",
     "The data is held for legal claims only."},
    {"RETENTION_EXPIRED", "", "Lagringstiden är slut.", "The retention period is over."},
    {"OBJECTION_MARKETING", "", "Personen har invänt mot direktmarknadsföring.",
     "The person has objected to direct marketing."},
    {"TOPIC_OPTED_OUT", "", "Personen har valt bort ämnet.",
     "The person has opted out of the topic."},
    {"OBJECTION_UPHELD", "", "Personens invändning har godtagits.",
     "The person's objection has been upheld."},
    {"OBJECTION_PENDING", "", "Personens invändning prövas.",
     "The person's objection is being assessed."},
    {"ART14_NOTICE_OVERDUE", "", "Personen har inte informerats i tid.",
     "The person has not been informed in time."},
    {"NO_CONSENT", "", "Samtycke saknas.", "There is no consent."},
    {"CONSENT_PENDING", "", "Personen har tillfrågats men inte svarat.",
     "The person has been asked and has not answered."},
    {"CONSENT_REFUSED", "", "Personen har nekat.", "The person has refused."},
    {"CONSENT_WITHDRAWN", "", "Personen har återkallat sitt samtycke.",
     "The person has withdrawn the consent."},
    {"CONSENT_INVALIDATED", "", "Samtycket är ogiltigt.", "The consent is invalid."},
    {"CONSENT_UNPROVEN", "", "Samtycket kan inte styrkas.", "The consent cannot be proved."},
    {"CONSENT_RENEWAL_REQUIRED", "", "Informationen har ändrats; samtycket måste förnyas.",
     "The notice has changed; the consent must be renewed."},
    {"CONSENT_EXPIRED", "", "Samtycket har gått ut.", "The consent has expired."},
    {"MFL_CONSENT_REQUIRED", "", "Utskick till en fysisk person kräver samtycke.",
     "Mailing a natural person requires consent."},
    {"LIA_MISSING_OR_EXPIRED", "", "Intresseavvägningen saknas eller är för gammal.",
     "The balancing test is missing or out of date."},
    {"CONTRACT_NOT_ACTIVE", "", "Inget avtal löper.", "No contract is in force."},
    {"THIRD_PARTY_NOT_APPROVED", "", "Personen har inte godkänt mottagaren.",
     "The person has not approved the recipient."},
    {"DPA_MISSING", "", "Personuppgiftsbiträdesavtal saknas.", "There is no processing agreement."},
    {"DPA_EXPIRED", "", "Personuppgiftsbiträdesavtalet har gått ut.",
     "The processing agreement has expired."},
    {"TRANSFER_NOT_COVERED", "", "Överföringen till tredje land saknar stöd.",
     "The transfer to a third country is not covered."},
    {"INDETERMINATE", "", "En uppgift som behövs kunde inte läsas.",
     "A fact that is needed could not be read."},
};

}  // namespace

const ReasonText& TextOf(Reason reason) { return kTexts[static_cast<int>(reason)]; }

std::optional<Reason> ReasonOf(std::string_view code) {
  for (int i = 0; i < kReasonCount; ++i) {
    if (kTexts[i].code == code) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

}  // namespace varsam::consent
