// What a person reads by mail, in Swedish and in English. Subjects hold no personal data; bodies
// are plain text. Values are put in by mustache; nothing a person wrote ever comes back in a
// letter.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/request_workflow/domain/case.h"

namespace varsam::requests {

enum class LetterKind {
  kConfirm,
  kNotice,
  kPackage,
  kErased,
  kDone,
  kRefused,
  kAcknowledged,
  kLifting,
  kMessage,
  kContactEnded
};
// As the outbox knows it: "confirm", "notice", "package", "answer" …
std::string_view NameOf(LetterKind kind);

struct LetterLine {
  std::string what;
  std::string until;
  std::string why;
};

struct LetterValues {
  std::string controller;
  std::string right;  // shown in words
  std::string link;
  std::string due_date;
  std::string certificate;
  std::string backup_clear_by;
  std::string reason_code;
  std::string authority;
  std::vector<LetterLine> kept;
  std::vector<std::string> told;  // recipients that were told, Art. 19
};

struct Letter {
  std::string subject;
  std::string body;
};

Letter WriteLetter(LetterKind kind, Language language, const LetterValues& values);
// A refusal code in words, with its law, and the code itself.
std::string ReasonInWords(const std::string& code, Language language);
// The right in words: "registerutdrag (art. 15)".
std::string InWords(std::optional<Right> right, Language language);

}  // namespace varsam::requests
