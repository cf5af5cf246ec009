// Checkpoints and verifier keys, by the log's own code and by the verifier's, which share nothing:
// what the verifier takes (one signature only) the log takes too, and reads the same in it.
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "libs/ledger/checkpoint.h"
#include "services/verifier/note.h"

namespace varsam::ledger {
namespace {

const Signer& TheSigner() {
  static const Signer* signer = new Signer("varsam/consent", std::string(32, '\x21'));
  return *signer;
}

void TryNote(std::string_view text) {
  static const NoteVerifier* ours = new NoteVerifier(*NoteVerifier::Parse(TheSigner().vkey()));
  static const verifier::Key theirs = *verifier::ParseKey(TheSigner().vkey());
  const auto opened = ours->Open(text);
  const auto read = verifier::OpenNote(text, theirs);
  if (!read) return;
  VARSAM_CHECK(opened.ok()) << "only the verifier takes this note";
  VARSAM_CHECK(opened->origin == read->origin && opened->size == read->size) << "read differently";
  VARSAM_CHECK(HashBytes(opened->root) == read->root) << "another root";
}

void Try(std::string_view text) {
  TryNote(text);
  const auto checkpoint = ParseCheckpointText(text);
  if (checkpoint.ok()) {
    const auto again = ParseCheckpointText(CheckpointText(*checkpoint));
    VARSAM_CHECK(again.ok() && *again == *checkpoint) << "not the same again";
    const std::string note = TheSigner().SignCheckpoint(checkpoint->size, checkpoint->root);
    TryNote(note);
  }
  const bool ours = NoteVerifier::Parse(text).ok();
  const bool theirs = verifier::ParseKey(text).has_value();
  VARSAM_CHECK(ours == theirs) << "one of the two takes this key";
}

}  // namespace
}  // namespace varsam::ledger

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::ledger::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
