// Reads a mail in a process of its own: whatever a hostile message does to the parser, it does to a
// child that has little memory, little time, no network and no files (SECURITY 2.6). The child is
// this service's own program, called with the verb `read-mail`; the message goes in and the answer
// comes out over one socket pair. Safe from every thread.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/request_workflow/mail/read_mail.h"

namespace varsam::requests {

inline constexpr char kReadMailVerb[] = "read-mail";
inline constexpr absl::Duration kReadMailTime = absl::Seconds(10);  // on the wall
inline constexpr int kReadMailCpuSeconds = 5;
inline constexpr size_t kReadMailMemoryBytes = size_t{512} << 20;
inline constexpr size_t kReadMailAnswerBytesMax = size_t{1} << 20;

// As Read; also RESOURCE_EXHAUSTED MAIL_READER_TIMEOUT when the child outlived `within`, and
// MAIL_READER_DIED when it ended without an answer (out of memory or CPU time, or it crashed).
// INTERNAL MAIL_READER_MISSING: the program could not be run; says nothing about the mail.
absl::StatusOr<ReadMail> ReadApart(const std::string& program, std::string_view rfc5322,
                                   absl::Duration within = kReadMailTime);

// The child's whole life: limits itself, reads standard input to its end, answers. The exit code.
int ReadMailMain();

// The answer on the wire; a parser for what an untrusted child says. Pure.
std::string EncodeAnswer(const absl::StatusOr<ReadMail>& mail);
absl::StatusOr<ReadMail> DecodeAnswer(std::string_view answer);

}  // namespace varsam::requests
