#include "services/cli/connector_kit/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace varsam::cli {

void Process::Start() {
  Kill();
  std::string script;
  for (const auto& [name, value] : settings_) script += "export " + name + "='" + value + "'\n";
  script += command_;
  pid_ = fork();
  if (pid_ != 0) return;
  setpgid(0, 0);
  execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

void Process::Kill() {
  if (pid_ <= 0) return;
  setpgid(pid_, pid_);  // in case the child has not come to it yet
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Process::WaitForEnd() {
  int status = 0;
  const bool ended = pid_ > 0 && waitpid(pid_, &status, 0) == pid_;
  pid_ = -1;
  return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace varsam::cli
