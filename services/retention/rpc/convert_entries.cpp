#include "services/retention/rpc/convert_entries.h"

#include <algorithm>
#include <map>

#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "libs/ledger/merkle.h"
#include "libs/ledger/receipt.h"

namespace varsam::retention {
namespace {

ledger::ReceiptFacts DocumentOf(const Certificate& certificate) {
  CertificateText text = TextOf(certificate);
  return {"certificate", std::move(text.sv), std::move(text.en), RecordOf(certificate)};
}

ledger::Entry CertificateEntry(const Certificate& certificate) {
  v1::RetentionEntry payload;
  v1::CertificateIssued* event = payload.mutable_certificate_issued();
  event->set_subject_id(certificate.subject.ToString());
  ToProto(certificate, event->mutable_certificate());
  event->set_nothing_left(certificate.nothing_left);
  ledger::Entry entry{"certificate_issued", payload.SerializeAsString()};
  const absl::Status bound = ledger::BindReceipt(entry, DocumentOf(certificate));
  VARSAM_CHECK(bound.ok()) << "the record of a certificate is an object of exact values";
  return entry;
}

// Items of one run in entries of at most kEntryItemsMax.
void AddIssued(const std::vector<const DisposalItem*>& items,
               std::vector<ledger::Entry>& entries) {
  std::map<RunId, std::vector<const DisposalItem*>> runs;
  for (const DisposalItem* item : items) {
    if (item->state == DisposalState::kIssued) runs[item->run].push_back(item);
  }
  for (const auto& [run, issued] : runs) {
    for (size_t i = 0; i < issued.size(); i += kEntryItemsMax) {
      v1::RetentionEntry payload;
      v1::DisposalIssued* event = payload.mutable_disposal_issued();
      event->set_run_id(run.ToString());
      for (size_t j = i; j < std::min(i + kEntryItemsMax, issued.size()); ++j) {
        ToProto(*issued[j], event->add_items());
      }
      entries.push_back({"disposal_issued", payload.SerializeAsString()});
    }
  }
}

}  // namespace

void AddLimits(const std::vector<PersonLimits>& limits, std::vector<ledger::Entry>& entries) {
  for (size_t i = 0; i < limits.size(); i += kEntryPeopleMax) {
    v1::RetentionEntry payload;
    for (size_t j = i; j < std::min(i + kEntryPeopleMax, limits.size()); ++j) {
      ToProto(limits[j], payload.mutable_limits_changed()->add_subjects());
    }
    entries.push_back({"limits_changed", payload.SerializeAsString()});
  }
}

std::vector<ledger::Entry> EntriesOf(const RecordSignalsOutcome& outcome) {
  std::vector<ledger::Entry> entries;
  if (!outcome.news) return entries;
  for (const auto& [system, records] : outcome.records_by_system) {
    v1::RetentionEntry payload;
    payload.mutable_signals_recorded()->set_system(system);
    payload.mutable_signals_recorded()->set_records(records);
    entries.push_back({"signals_recorded", payload.SerializeAsString()});
  }
  AddLimits(outcome.limits, entries);
  return entries;
}

std::vector<ledger::Entry> EntriesOf(const RunDisposalOutcome& outcome) {
  std::vector<ledger::Entry> entries;
  v1::RetentionEntry payload;
  ToProto(outcome.run, payload.mutable_disposal_run_started()->mutable_run());
  entries.push_back({"disposal_run_started", payload.SerializeAsString()});
  std::vector<const DisposalItem*> items;
  for (const DisposalItem& item : outcome.items) items.push_back(&item);
  AddIssued(items, entries);
  return entries;
}

std::vector<ledger::Entry> EntriesOf(const std::vector<ResumedItem>& resumed) {
  std::vector<ledger::Entry> entries;
  std::vector<const DisposalItem*> items;
  for (const ResumedItem& one : resumed) items.push_back(&one.item);
  AddIssued(items, entries);
  return entries;
}

std::vector<ledger::Entry> EntriesOf(const std::vector<Certificate>& certificates) {
  std::vector<ledger::Entry> entries;
  for (const Certificate& one : certificates) entries.push_back(CertificateEntry(one));
  return entries;
}

std::vector<ledger::Entry> EntriesOf(const ApplyFeedOutcome& outcome) {
  std::vector<ledger::Entry> entries = EntriesOf(outcome.certificates);
  for (const DisposalRun& run : outcome.new_runs) {
    v1::RetentionEntry payload;
    ToProto(run, payload.mutable_disposal_run_started()->mutable_run());
    entries.push_back({"disposal_run_started", payload.SerializeAsString()});
  }
  AddLimits(outcome.limits, entries);
  return entries;
}

ledger::Entry HoldEntry(const Hold& hold) {
  v1::RetentionEntry payload;
  if (hold.released_at) {
    ToProto(hold, payload.mutable_hold_released()->mutable_hold());
    return {"hold_released", payload.SerializeAsString()};
  }
  ToProto(hold, payload.mutable_hold_placed()->mutable_hold());
  return {"hold_placed", payload.SerializeAsString()};
}

ledger::Entry BackupEntry(const Backup& backup) {
  v1::RetentionEntry payload;
  ToProto(backup, payload.mutable_backup_registered()->mutable_backup());
  ToProto(backup.registered_at, payload.mutable_backup_registered()->mutable_registered_at());
  return {"backup_registered", payload.SerializeAsString()};
}

std::vector<StoredCertificate> ToStored(const std::vector<Certificate>& certificates,
                                        uint64_t first_index) {
  std::vector<StoredCertificate> stored;
  for (const Certificate& one : certificates) {
    ledger::ReceiptFacts document = DocumentOf(one);
    stored.push_back({one.id, one.case_id, one.run ? one.run->ToString() : "",
                      std::move(document.record_json), std::move(document.text_sv),
                      std::move(document.text_en), first_index + stored.size()});
  }
  return stored;
}

std::string PlanDigest(const std::string& plan_text) {
  const ledger::Hash hash = ledger::Sha256(plan_text);
  return ToHex(std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

}  // namespace varsam::retention
