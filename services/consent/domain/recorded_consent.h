// What a person chose, as it is written down: the whole record, with texts of its own. The
// decision reads the small form of it (decide_facts.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {

// Exactly which text was shown.
struct NoticeRef {
  std::string id;
  uint32_t version = 0;
  std::string language;
  std::string text_sha256;  // lower-case hexadecimal
  bool operator==(const NoticeRef&) const = default;
};

struct RecordedConsent {
  Uuid id;
  SubjectId subject;
  PurposeId purpose;
  ConsentEventType type = ConsentEventType::kRequested;
  absl::Time at;           // when the person acted
  absl::Time recorded_at;  // when the platform knew
  Actor actor = Actor::kSubject;
  bool verified = false;
  std::string mechanism;
  NoticeRef notice;
  std::string recipient, channel, evidence_reference;
  std::optional<absl::Time> expires_at;
  // Of the receipt; not kept in memory.
  std::string ui_sha256;               // of what stood around the text
  std::optional<absl::Time> shown_at;  // when the text was served
  bool gpc = false;                    // "Sec-GPC: 1" came with the choice
  std::optional<Uuid> confirms;        // double opt-in: the requested choice

  // Can it be proven (Art. 7(1))? What the person did here stands in the ledger with the text that
  // was shown; what others bring needs a reference to its proof.
  bool proven() const {
    return !notice.id.empty() && (actor == Actor::kSubject || !evidence_reference.empty());
  }
  bool operator==(const RecordedConsent&) const = default;
};

// A published text, as the registry told it.
struct Notice {
  NoticeRef ref;
  std::vector<std::string> purposes;
  bool material = false;
  absl::Time effective_at;
  std::shared_ptr<const std::string> text;  // null: told without
};

// What a signed snapshot token says: which text was served, to whom, until when it may be answered.
struct ShownNotice {
  NoticeRef notice;
  std::string ui_sha256;
  SubjectId subject;  // nil: somebody not known yet
  absl::Time shown_at, valid_until;
};

// What a record of consent says of its processing besides the event (ISO/IEC TS 27560 terms).
struct ConsentTerms {
  struct DataTerm {
    std::string category;
    bool sensitive = false;  // high, national identity number, location
    bool special = false;    // may reveal special categories (Art. 9)
  };
  // Who processes for the controller: the processors of the systems that carry out the purpose.
  struct Processor {
    std::string id, name;
    std::string region;    // eea or third_country; empty: no agreement tells
    std::string transfer;  // adequacy, scc, bcr; empty: none
  };
  std::string purpose_label, purpose_type;
  std::string impact_assessment;  // id; empty: none
  std::string controller_name, controller_number, controller_address, controller_contact;
  std::string authority;
  std::string policy_version;
  std::string consent_valid;  // ISO 8601, empty: until withdrawn
  // How long the data is kept (ISO 8601), where the rules name the purpose and agree; else empty.
  std::string retention_period;
  std::vector<DataTerm> data_categories;
  std::vector<std::string> storage_locations;
  std::vector<Processor> processors;  // by id
  std::vector<std::string> rights;    // ids of the model
};

// unticked_box, button … ; nullopt for a text that names none of them. An empty text is kUnstated.
std::optional<Mechanism> MechanismOf(std::string_view name);

}  // namespace varsam::consent
