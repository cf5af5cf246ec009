// A purpose as the decision needs it: compiled once from the policy model, shared by all decisions,
// never changed afterwards. Names of the model are interned, so that a decision compares integers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/ids.h"
#include "libs/calendar/period.h"

namespace varsam::consent {

// The place of a purpose in the catalogue. Facts that name a purpose the catalogue lacks carry
// kNoPurpose, which equals no purpose.
enum class PurposeKey : uint16_t {};
inline constexpr PurposeKey kNoPurpose{0xFFFF};

// At most so many data categories fit one policy model.
inline constexpr int kDataCategoriesMax = 128;

// A set of data categories. A category the model lacks is remembered as such: it is in no purpose.
class DataSet {
 public:
  // index in 0..kDataCategoriesMax-1 (CHECKed).
  void Add(int index);
  void AddUnknown() { unknown_ = true; }
  bool Has(int index) const;
  bool empty() const { return words_[0] == 0 && words_[1] == 0 && !unknown_; }
  bool IsWithin(const DataSet& other) const {
    return !unknown_ && (words_[0] & ~other.words_[0]) == 0 && (words_[1] & ~other.words_[1]) == 0;
  }
  bool operator==(const DataSet&) const = default;

 private:
  std::array<uint64_t, 2> words_{};
  bool unknown_ = false;
};

enum class Basis : uint8_t {
  kConsent,             // Art. 6(1)(a)
  kContract,            // Art. 6(1)(b)
  kLegalObligation,     // Art. 6(1)(c)
  kLegitimateInterest,  // Art. 6(1)(f)
  kStrictlyNecessary,   // LEK 9 kap. 28 §, exception
};

// Channels by which direct marketing reaches a person.
struct Channels {
  bool email = false;
  bool phone = false;
  bool operator==(const Channels&) const = default;
};

struct Purpose {
  PurposeKey key = kNoPurpose;
  PurposeId id;
  Basis basis = Basis::kConsent;
  std::optional<Basis> basis_if_party;  // when the person is itself the contracting party
  bool email_marketing = false;         // ep: mfl_email (MFL 19 §)
  bool direct_marketing = false;        // dm: absolute right to object
  bool residual = false;                // survives erasure and restriction
  bool per_recipient = false;           // consent counts per named recipient
  bool dpia_required = false;
  bool renew_on_two_way_contact = false;
  // Objections of these channels stop the purpose; scope `all` stops every direct marketing.
  Channels objection_channels;
  std::optional<calendar::Period> valid;  // life of a consent; absent: without end
  DataSet data;
};

// The channels whose objections reach a direct marketing purpose, where the model does not say
// (FORMAT 2.5, reading 7-V6). A purpose that is not listed there is stopped by every channel.
Channels DefaultObjectionChannels(std::string_view purpose);

}  // namespace varsam::consent
