#include "services/request_workflow/mail/read_apart.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { Close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

absl::Status Missing() {
  return ErrorWithReason(absl::StatusCode::kInternal, "MAIL_READER_MISSING",
                         "the process that reads mails cannot be started");
}

// No environment: what this process knows is none of the child's business.
pid_t Start(const std::string& program, int end) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, end, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  char* const argv[] = {const_cast<char*>(program.c_str()), const_cast<char*>(kReadMailVerb),
                        nullptr};
  char* const nothing[] = {nullptr};
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv, nothing);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? child : -1;
}

// Sends and receives as the child is ready for it. false: time is up.
bool Converse(int fd, std::string_view message, absl::Duration within, std::string& answer) {
  const absl::Duration end = MonotonicNow() + within;
  bool sending = true;
  char block[16384];
  while (true) {
    if (sending && message.empty()) {
      shutdown(fd, SHUT_WR);
      sending = false;
    }
    const absl::Duration left = end - MonotonicNow();
    if (left <= absl::ZeroDuration()) return false;
    pollfd ready{fd, static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
    const int woken = poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (woken < 0 && errno != EINTR) return true;
    if (woken <= 0) continue;
    if ((ready.revents & POLLOUT) != 0) {
      const ssize_t count = send(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) message.remove_prefix(static_cast<size_t>(count));
      if (count < 0 && errno != EAGAIN) message = {};  // it has stopped listening
    }
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ssize_t count = recv(fd, block, sizeof(block), MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return true;
      if (count > 0) answer.append(block, static_cast<size_t>(count));
      if (answer.size() > kReadMailAnswerBytesMax) return true;
    }
  }
}

}  // namespace

absl::StatusOr<ReadMail> ReadApart(const std::string& program, std::string_view rfc5322,
                                   absl::Duration within) {
  if (rfc5322.size() > kMailBytesMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MAIL_TOO_LARGE",
                           "the mail exceeds a bound");
  }
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Missing();
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t child = Start(program, theirs.get());
  if (child < 0) return Missing();
  theirs.Close();
  std::string answer;
  const bool in_time = Converse(ours.get(), rfc5322, within, answer);
  // Whatever it still does is of no use any more.
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MAIL_READER_TIMEOUT",
                           "reading the mail took too long");
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return Missing();
  return DecodeAnswer(answer);
}

}  // namespace varsam::requests
