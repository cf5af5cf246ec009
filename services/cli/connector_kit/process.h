// A command that the kit starts, kills and starts again.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace varsam::cli {

class Process {
 public:
  // `command` is run by sh with the environment of this process and `settings`, whose values hold
  // no quote.
  Process(std::string command, std::map<std::string, std::string> settings)
      : command_(std::move(command)), settings_(std::move(settings)) {}
  ~Process() { Kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Start();
  // SIGKILL to it and to what it has started, and waits.
  void Kill();
  // Waits until it ends by itself; its exit code, -1 when it was killed.
  int WaitForEnd();

 private:
  const std::string command_;
  const std::map<std::string, std::string> settings_;
  pid_t pid_ = -1;
};

}  // namespace varsam::cli
