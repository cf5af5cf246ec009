// What a person reads by mail, in Swedish and in English. Subjects hold no personal data; bodies
// are plain text. Values are put in by mustache; nothing a person wrote ever comes back in a
// letter.
#pragma once

#include <string>
#include <vector>

#include "services/request_workflow/domain/case.h"

namespace varsam::requests {

enum class LetterKind { kConfirm, kNotice, kPackage, kErased, kDone, kRefused, kAcknowledged };

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
};

struct Letter {
  std::string subject;
  std::string body;
};

Letter WriteLetter(LetterKind kind, Language language, const LetterValues& values);
// The right in words: "registerutdrag (art. 15)".
std::string InWords(std::optional<Right> right, Language language);

}  // namespace varsam::requests
