// The mailboxes of the company's staff as one system of the policy ("email"). A person is found by
// their addresses in From, To, Cc, Bcc, Reply-To and the body. A message goes whole or not at all:
// what belongs to it (name, address, content) cannot be taken out of it.
#pragma once

#include <string>
#include <vector>

#include "services/connector/adapters/adapter.h"
#include "services/connector/adapters/imap/imap_session.h"

namespace varsam::connector::imap {

inline constexpr size_t kMessagesMax = 200'000;  // of one person
inline constexpr char kReviewKeyword[] = "$VarsamReview";

struct MailboxConfig {
  std::string system = "email";
  ServerConfig server;                 // login is made for each mailbox
  std::vector<std::string> mailboxes;  // addresses
  std::string master;                  // "<address>*<master>" signs in; empty: the address itself
  // Messages that only mention the person (whose address stands in the text and in no header) are
  // not erased: they get kReviewKeyword, and a person decides.
  bool review_mentions = false;
  // Where an export lies that is too large for memory (adapters/spool.h).
  std::string spool_folder;
};

class ImapAdapter final : public Adapter {
 public:
  explicit ImapAdapter(MailboxConfig config) : config_(std::move(config)) {}

  const std::string& system() const override { return config_.system; }
  std::vector<Capability> Capabilities() const override;
  // Signs in to every mailbox.
  absl::StatusOr<std::string> CheckMapping() override;
  absl::StatusOr<Exported> Run(const Identifiers& who, const Export& ask) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Rectify& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Restrict& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const StopProcessing& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Erase& ask,
                              const CommitGate& gate) override;
  absl::StatusOr<Outcome> Run(const Identifiers& who, const Verify& ask) override;
  // Mailboxes are no register of people: nobody is read out of them.
  absl::StatusOr<InventoryPage> Inventory(const std::string& after, int page_rows_max) override;

 private:
  struct Found {
    std::string mailbox;
    Folder folder;
    std::vector<uint32_t> uids;
  };
  ImapSession SignIn(const std::string& mailbox) const;
  absl::StatusOr<std::vector<Found>> Find(const Identifiers& who) const;
  // Those of them that only mention the person.
  absl::StatusOr<std::vector<Found>> Mentions(const Identifiers& who,
                                              const std::vector<Found>& all) const;
  absl::StatusOr<bool> StillInMessages(const Identifiers& who,
                                       const std::vector<Found>& where) const;

  const MailboxConfig config_;
};

}  // namespace varsam::connector::imap
