#include "services/connector/adapters/imap/imap_adapter.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/imap/read_message.h"
#include "services/connector/digest.h"

namespace varsam::connector::imap {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kContent[] = "email_content";

std::vector<std::string> Categories() { return {"name", "email", kContent, "other_received"}; }

std::vector<std::string> AddressesOf(const Identifiers& who) {
  std::vector<std::string> addresses;
  for (const Identifier& identifier : who) {
    if (identifier.type != IdentifierType::kEmail) continue;
    addresses.push_back(
        absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(identifier.value.Reveal()))));
  }
  return addresses;
}

bool Contains(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

Json Document(const std::string& mailbox, const Folder& folder, uint32_t uid,
              const std::string& raw, const std::vector<std::string>& own) {
  const ReadMessage message = Read(raw);
  Json others = Json::array();
  for (const std::string& address :
       std::set<std::string>(message.addresses.begin(), message.addresses.end())) {
    if (!Contains(own, address)) others.push_back(address);
  }
  Json fields = {{"mailbox", mailbox},         {"folder", folder.name}, {"date", message.date},
                 {"from", message.from},       {"to", message.to},      {"cc", message.cc},
                 {"subject", message.subject}, {"text", message.text}};
  fields["attachments"] = message.attachments;
  Json document = {{"data_category", kContent},
                   {"record_key", absl::StrCat(folder.uid_validity, "/", uid)},
                   {"source", folder.name}};
  // Addresses of other people: to be weighed before the package is handed over (Art. 15(4)).
  if (!others.empty()) document["others"] = others;
  const bool party = std::ranges::any_of(
      message.addresses, [&](const std::string& address) { return Contains(own, address); });
  if (!party) document["review"] = true;
  document["fields"] = std::move(fields);
  return document;
}

std::string Head(const std::string& system) {
  return absl::StrCat("{\"format\":\"varsam-export/1\",\"system\":", Json(system).dump(),
                      ",\"documents\":[");
}

}  // namespace

std::vector<Capability> ImapAdapter::Capabilities() const {
  const std::vector<IdentifierType> by = {IdentifierType::kEmail};
  return {{"EXPORT", Categories(), by}, {"ERASE", Categories(), by}, {"VERIFY", Categories(), by}};
}

ImapSession ImapAdapter::SignIn(const std::string& mailbox) const {
  ServerConfig server = config_.server;
  server.login = config_.master.empty() ? mailbox : absl::StrCat(mailbox, "*", config_.master);
  return ImapSession(std::move(server));
}

absl::StatusOr<std::string> ImapAdapter::CheckMapping() {
  std::string text = absl::StrJoin(config_.mailboxes, "\n");
  for (const std::string& mailbox : config_.mailboxes) {
    ImapSession session = SignIn(mailbox);
    ASSIGN_OR_RETURN(const std::vector<std::string> folders, session.ListFolders());
    if (folders.empty()) return InvalidField("VARSAM_IMAP_MAILBOXES", "a mailbox has no folder");
  }
  return Sha256(text);
}

absl::StatusOr<std::vector<ImapAdapter::Found>> ImapAdapter::Find(const Identifiers& who) const {
  std::vector<Found> all;
  size_t messages = 0;
  const std::vector<std::string> addresses = AddressesOf(who);
  if (addresses.empty()) return all;
  for (const std::string& mailbox : config_.mailboxes) {
    ImapSession session = SignIn(mailbox);
    ASSIGN_OR_RETURN(const std::vector<std::string> folders, session.ListFolders());
    for (const std::string& name : folders) {
      ASSIGN_OR_RETURN(const Folder folder, session.Status(name));
      std::set<uint32_t> uids;
      for (const std::string& address : addresses) {
        ASSIGN_OR_RETURN(const std::vector<uint32_t> some, session.Search(folder, address));
        uids.insert(some.begin(), some.end());
      }
      messages += uids.size();
      if (messages > kMessagesMax) {
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "TOO_MANY_MESSAGES",
                               absl::StrCat("more than ", kMessagesMax, " messages of one person"));
      }
      if (!uids.empty()) all.push_back({mailbox, folder, {uids.begin(), uids.end()}});
    }
  }
  return all;
}

absl::StatusOr<Exported> ImapAdapter::Run(const Identifiers& who, const Export& ask) {
  if (!ask.data_categories.empty() && !Contains(ask.data_categories, kContent)) {
    return Exported{NoData{}, Spool()};
  }
  ASSIGN_OR_RETURN(const std::vector<Found> all, Find(who));
  const std::vector<std::string> own = AddressesOf(who);
  // Message by message: one of them is in memory, never the mailbox.
  Spool spool(config_.spool_folder);
  uint32_t count = 0;
  for (const Found& found : all) {
    ImapSession session = SignIn(found.mailbox);
    for (const uint32_t uid : found.uids) {
      const auto raw = session.Fetch(found.folder, uid);
      if (absl::IsNotFound(raw.status())) continue;  // moved or deleted meanwhile by its owner
      RETURN_IF_ERROR(raw.status());
      const std::string before = count++ > 0 ? "," : Head(config_.system);
      RETURN_IF_ERROR(
          spool.Append(before + Document(found.mailbox, found.folder, uid, *raw, own)
                                    .dump(-1, ' ', false, Json::error_handler_t::replace)));
      if (spool.size() > kSpooledBytesMax) {
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "EXPORT_TOO_LARGE",
                               absl::StrCat("the export exceeds ", kSpooledBytesMax, " bytes"));
      }
    }
  }
  if (count == 0) return Exported{NoData{}, Spool()};
  RETURN_IF_ERROR(spool.Append("]}"));
  return Exported{Done{{{.data_category = kContent, .found = count, .exported = count}}},
                  std::move(spool)};
}

absl::StatusOr<Outcome> ImapAdapter::Run(const Identifiers&, const Rectify&, const CommitGate&) {
  return Unsupported{"MESSAGES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> ImapAdapter::Run(const Identifiers&, const Restrict&, const CommitGate&) {
  return Unsupported{"MESSAGES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> ImapAdapter::Run(const Identifiers&, const StopProcessing&,
                                         const CommitGate&) {
  return Unsupported{"MESSAGES_ARE_NOT_CHANGED"};
}

absl::StatusOr<Outcome> ImapAdapter::Run(const Identifiers& who, const Erase& ask,
                                         const CommitGate& gate) {
  const auto about_content = [](const auto& item) { return item.data_category == kContent; };
  ASSIGN_OR_RETURN(const std::vector<Found> all, Find(who));
  uint32_t count = 0;
  for (const Found& found : all) count += static_cast<uint32_t>(found.uids.size());
  if (count == 0) return NoData{};
  const auto keep = std::ranges::find_if(ask.keep, about_content);
  if (keep != ask.keep.end()) {
    return PartlyKept{{{.data_category = kContent, .found = count, .kept = count}}, {*keep}};
  }
  if (std::ranges::none_of(ask.items, about_content)) {
    return NeedsHuman{"A_MESSAGE_GOES_WHOLE_OR_NOT_AT_ALL"};
  }
  if (config_.review_mentions) {
    ASSIGN_OR_RETURN(const std::vector<Found> mentions, Mentions(who, all));
    for (const Found& found : mentions) {
      ImapSession session = SignIn(found.mailbox);
      RETURN_IF_ERROR(session.Flag(found.folder, found.uids, kReviewKeyword));
    }
    if (!mentions.empty()) return NeedsHuman{"MESSAGES_TO_REVIEW"};
  }
  Done done;
  for (const EraseItem& item : ask.items) {
    done.results.push_back({.data_category = item.data_category,
                            .record_key = item.record_key,
                            .item_id = item.id,
                            .found = count,
                            .deleted = count});
  }
  RETURN_IF_ERROR(gate(done));
  for (const Found& found : all) {
    ImapSession session = SignIn(found.mailbox);
    RETURN_IF_ERROR(session.Delete(found.folder, found.uids));
  }
  return done;
}

absl::StatusOr<std::vector<ImapAdapter::Found>> ImapAdapter::Mentions(
    const Identifiers& who, const std::vector<Found>& all) const {
  const std::vector<std::string> own = AddressesOf(who);
  std::vector<Found> mentions;
  for (const Found& found : all) {
    ImapSession session = SignIn(found.mailbox);
    Found some{found.mailbox, found.folder, {}};
    for (const uint32_t uid : found.uids) {
      const auto raw = session.Fetch(found.folder, uid);
      if (absl::IsNotFound(raw.status())) continue;
      RETURN_IF_ERROR(raw.status());
      const ReadMessage message = Read(*raw);
      const bool party = std::ranges::any_of(
          message.addresses, [&](const std::string& address) { return Contains(own, address); });
      if (!party) some.uids.push_back(uid);
    }
    if (!some.uids.empty()) mentions.push_back(std::move(some));
  }
  return mentions;
}

// Reads every message that a search for the local part alone brings up: another question to the
// server, and the answer judged here.
absl::StatusOr<bool> ImapAdapter::StillInMessages(const Identifiers& who,
                                                  const std::vector<Found>& where) const {
  const std::vector<std::string> own = AddressesOf(who);
  for (const Found& found : where) {
    ImapSession session = SignIn(found.mailbox);
    for (const uint32_t uid : found.uids) {
      const auto raw = session.Fetch(found.folder, uid);
      if (absl::IsNotFound(raw.status())) continue;
      RETURN_IF_ERROR(raw.status());
      const ReadMessage message = Read(*raw);
      const std::string text = absl::AsciiStrToLower(message.text);
      for (const std::string& address : own) {
        const bool there =
            Contains(message.addresses, address) || text.find(address) != std::string::npos;
        if (there) return true;
      }
    }
  }
  return false;
}

absl::StatusOr<Outcome> ImapAdapter::Run(const Identifiers& who, const Verify& ask) {
  const auto about_content = [](const auto& item) { return item.data_category == kContent; };
  if (std::ranges::any_of(ask.kept, about_content)) return NoData{};
  if (std::ranges::none_of(ask.erased, about_content)) return NoData{};
  ASSIGN_OR_RETURN(const std::vector<Found> again, Find(who));
  uint32_t count = 0;
  for (const Found& found : again) count += static_cast<uint32_t>(found.uids.size());
  Identifiers parts;
  for (const std::string& address : AddressesOf(who)) {
    parts.push_back(
        {IdentifierType::kEmail, Personal<std::string>(address.substr(0, address.find('@'))), ""});
  }
  ASSIGN_OR_RETURN(const std::vector<Found> near, Find(parts));
  ASSIGN_OR_RETURN(const bool there, StillInMessages(who, near));
  if (count == 0 && !there) return NoData{};
  return Done{{{.data_category = kContent, .found = std::max(count, 1u)}}};
}

absl::StatusOr<InventoryPage> ImapAdapter::Inventory(const std::string&, int) {
  return InventoryPage{};
}

}  // namespace varsam::connector::imap
