// The child's side of ReadApart.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "services/request_workflow/mail/read_apart.h"

namespace varsam::requests {
namespace {

void Limit(__rlimit_resource resource, rlim_t most) {
  const rlimit limit{most, most};
  setrlimit(resource, &limit);
}

void LimitYourself() {
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_CPU, kReadMailCpuSeconds);
  Limit(RLIMIT_FSIZE, 0);
  Limit(RLIMIT_NPROC, 0);
  Limit(RLIMIT_NOFILE, 32);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  Limit(RLIMIT_AS, kReadMailMemoryBytes);  // sanitizers reserve far more than they use
#endif
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

#if defined(__x86_64__)
constexpr uint32_t kArch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArch = AUDIT_ARCH_AARCH64;
#else
#error "name the architecture of the filter"
#endif

// No network, no other programs or processes, no meddling with others: such calls fail with EPERM.
// Character set tables are still read from disk. False when the kernel has no filters.
bool Confine() {
  constexpr std::array kRefused = {SYS_socket,
                                   SYS_connect,
                                   SYS_bind,
                                   SYS_execve,
                                   SYS_execveat,
                                   SYS_clone,
                                   SYS_ptrace,
                                   SYS_kill,
                                   SYS_tkill,
                                   SYS_process_vm_readv,
                                   SYS_unlinkat,
                                   SYS_mount,
                                   SYS_process_vm_writev,
                                   SYS_mkdirat,
                                   SYS_renameat2,
                                   SYS_bpf,
                                   SYS_keyctl};
  constexpr uint32_t kEnd = static_cast<uint32_t>(kRefused.size());
  std::array<sock_filter, kRefused.size() + 5> program{};
  program[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  program[1] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArch, 0, static_cast<uint8_t>(kEnd + 2));
  program[2] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (uint32_t i = 0; i < kEnd; ++i) {
    program[i + 3] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(kRefused[i]),
                              static_cast<uint8_t>(kEnd - i), 0);
  }
  program[kEnd + 3] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program[kEnd + 4] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

int ReadMailMain() {
  LimitYourself();
  if (!Confine()) return 3;
  std::string message;
  std::array<char, 65536> block{};
  ssize_t count = 0;
  while ((count = read(STDIN_FILENO, block.data(), block.size())) > 0) {
    message.append(block.data(), static_cast<size_t>(count));
    if (message.size() > kMailBytesMax) break;
  }
  const std::string answer = EncodeAnswer(Read(message));
  std::string_view left = answer;
  while (!left.empty()) {
    const ssize_t written = write(STDOUT_FILENO, left.data(), left.size());
    if (written <= 0) return 4;
    left.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace varsam::requests
