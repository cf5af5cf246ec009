#include "services/request_workflow/domain/classify_mail.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace varsam::requests {
namespace {

struct Phrase {
  Right right;
  std::string_view words;
  int weight;
};

// Lower case. One phrase of weight 3 is enough; weaker ones add up.
constexpr std::array kPhrases = {
    Phrase{Right::kAccess, "vilka uppgifter", 3},
    Phrase{Right::kAccess, "vilken information", 2},
    Phrase{Right::kAccess, "registerutdrag", 4},
    Phrase{Right::kAccess, "har ni om mig", 3},
    Phrase{Right::kAccess, "ni har om mig", 3},
    Phrase{Right::kAccess, "uppgifter om mig", 2},
    Phrase{Right::kAccess, "artikel 15", 3},
    Phrase{Right::kAccess, "article 15", 3},
    Phrase{Right::kAccess, "what data do you", 3},
    Phrase{Right::kAccess, "data you hold", 3},
    Phrase{Right::kAccess, "information you hold", 3},
    Phrase{Right::kAccess, "subject access", 4},
    Phrase{Right::kAccess, "copy of my", 3},
    Phrase{Right::kAccess, "kopia på mina", 3},
    Phrase{Right::kAccess, "kopia av mina", 3},
    Phrase{Right::kErasure, "radera", 3},
    Phrase{Right::kErasure, "ta bort mina", 3},
    Phrase{Right::kErasure, "ta bort alla", 3},
    Phrase{Right::kErasure, "ta bort mig", 3},
    Phrase{Right::kErasure, "bli glömd", 4},
    Phrase{Right::kErasure, "rätten att bli bortglömd", 5},
    Phrase{Right::kErasure, "delete my", 3},
    Phrase{Right::kErasure, "erase", 3},
    Phrase{Right::kErasure, "be forgotten", 4},
    Phrase{Right::kErasure, "remove my data", 3},
    Phrase{Right::kErasure, "artikel 17", 3},
    Phrase{Right::kErasure, "article 17", 3},
    Phrase{Right::kRectification, "rätta", 3},
    Phrase{Right::kRectification, "rättelse", 4},
    Phrase{Right::kRectification, "fel uppgift", 3},
    Phrase{Right::kRectification, "felaktig", 2},
    Phrase{Right::kRectification, "correct my", 3},
    Phrase{Right::kRectification, "rectif", 4},
    Phrase{Right::kRestriction, "begränsa behandling", 4},
    Phrase{Right::kRestriction, "begränsning av behandling", 4},
    Phrase{Right::kRestriction, "restrict", 3},
    Phrase{Right::kPortability, "dataportabilitet", 4},
    Phrase{Right::kPortability, "flytta mina uppgifter", 3},
    Phrase{Right::kPortability, "portability", 4},
    Phrase{Right::kPortability, "maskinläsbart", 3},
    Phrase{Right::kObjectionMarketing, "avregistrera", 3},
    Phrase{Right::kObjectionMarketing, "sluta skicka", 3},
    Phrase{Right::kObjectionMarketing, "inga fler utskick", 4},
    Phrase{Right::kObjectionMarketing, "direktmarknadsföring", 3},
    Phrase{Right::kObjectionMarketing, "avsluta prenumeration", 4},
    Phrase{Right::kObjectionMarketing, "unsubscribe", 4},
    Phrase{Right::kObjectionMarketing, "stop sending", 3},
    Phrase{Right::kObjectionMarketing, "nyhetsbrev", 2},
    Phrase{Right::kWithdrawConsent, "återkalla", 3},
    Phrase{Right::kWithdrawConsent, "drar tillbaka mitt samtycke", 5},
    Phrase{Right::kWithdrawConsent, "ta tillbaka mitt samtycke", 5},
    Phrase{Right::kWithdrawConsent, "withdraw my consent", 5},
    Phrase{Right::kObjectionLi, "invänder mot", 3},
    Phrase{Right::kObjectionLi, "invändning", 2},
    Phrase{Right::kObjectionLi, "berättigat intresse", 3},
    Phrase{Right::kObjectionLi, "object to the processing", 4},
    Phrase{Right::kHumanReview, "automatiserat beslut", 4},
    Phrase{Right::kHumanReview, "automated decision", 4},
    Phrase{Right::kComplaintImy, "klagomål", 3},
    Phrase{Right::kComplaintImy, "complaint", 3},
};
constexpr int kEnough = 3;

// ASCII and the Swedish letters in UTF-8 (0xC3 then 0x80..0x9E are capitals).
std::string Lower(std::string_view text) {
  std::string lower(text);
  for (size_t i = 0; i < lower.size(); ++i) {
    const auto byte = static_cast<unsigned char>(lower[i]);
    if (byte >= 'A' && byte <= 'Z') lower[i] = static_cast<char>(byte + 32);
    const bool after_c3 = i > 0 && static_cast<unsigned char>(lower[i - 1]) == 0xC3;
    if (after_c3 && byte >= 0x80 && byte <= 0x9E) lower[i] = static_cast<char>(byte + 0x20);
    if (byte == '\n' || byte == '\r' || byte == '\t') lower[i] = ' ';
  }
  return lower;
}

}  // namespace

std::vector<Right> ClassifyMail(std::string_view subject, std::string_view text) {
  const std::string all = Lower(subject) + " \n " + Lower(text);
  std::array<int, kAllRights.size()> weight{};
  for (const Phrase& phrase : kPhrases) {
    if (all.find(phrase.words) != std::string::npos) {
      weight[static_cast<size_t>(phrase.right)] += phrase.weight;
    }
  }
  std::vector<Right> rights;
  for (const Right right : kAllRights) {
    if (weight[static_cast<size_t>(right)] >= kEnough) rights.push_back(right);
  }
  std::stable_sort(rights.begin(), rights.end(), [&](Right a, Right b) {
    return weight[static_cast<size_t>(a)] > weight[static_cast<size_t>(b)];
  });
  return rights;
}

bool SeemsContactEnd(std::string_view subject, std::string_view text) {
  const std::string all = Lower(subject) + " \n " + Lower(text);
  for (const std::string_view words :
       {"avsluta kontakten", "avsluta vår kontakt", "avslutar kontakten", "ingen mer kontakt",
        "inte längre ha kontakt", "sluta kontakta mig", "end the contact", "end our contact",
        "stop contacting me", "no further contact"}) {
    if (all.find(words) != std::string::npos) return true;
  }
  return false;
}

bool SeemsEnglish(std::string_view text) {
  const std::string lower = " " + Lower(text) + " ";
  int english = 0;
  int swedish = 0;
  for (const std::string_view word : {" the ", " you ", " my ", " please ", " what ", " and "}) {
    if (lower.find(word) != std::string::npos) ++english;
  }
  for (const std::string_view word : {" ni ", " mig ", " mina ", " och ", " jag ", " hej"}) {
    if (lower.find(word) != std::string::npos) ++swedish;
  }
  return english > swedish;
}

}  // namespace varsam::requests
