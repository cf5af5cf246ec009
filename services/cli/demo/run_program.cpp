#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/demo/stage.h"

extern char** environ;  // tidy: allow(environment) handed to the child as it is

namespace varsam::cli {

std::string ProgramBeside(const std::string& name) {
  std::error_code failed;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return (self.parent_path() / name).string();
}

absl::StatusOr<Ran> RunProgram(const std::vector<std::string>& arguments) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(),
                                  environ);  // tidy: allow(environment) handed on as it is
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Ran ran;
  if (failed == 0) {
    char block[4096];
    ssize_t count = 0;
    while ((count = read(ends[0], block, sizeof(block))) > 0) ran.output.append(block, count);
    int status = 0;
    waitpid(child, &status, 0);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  close(ends[0]);
  if (failed != 0) return absl::NotFoundError(absl::StrCat(arguments[0], " cannot be run"));
  return ran;
}

absl::StatusOr<std::string> RunSql(const std::string& conninfo, const std::string& sql) {
  ASSIGN_OR_RETURN(Ran ran, RunProgram({"psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1",
                                        conninfo, "-c", sql}));
  RETURN_IF_ERROR(Expect(ran.code == 0, "psql to answer", ran.output));
  absl::StripAsciiWhitespace(&ran.output);
  return ran.output;
}

}  // namespace varsam::cli
