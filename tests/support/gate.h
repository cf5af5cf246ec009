// A gate between a client and PostgreSQL that cuts a connection at the worst moment: around COMMIT.
//
//   Gate gate(database.socket_directory());
//   options.conninfo = "host=" + gate.directory() + " …";
//   gate.CutNext(Gate::Cut::kBeforeReply);      // COMMIT is carried out, its answer never arrives
//
// It listens on a socket of its own and relays every byte until the client sends `marker` (default:
// the name under which libs/pg prepares COMMIT).
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace varsam {

class Gate {
 public:
  enum class Cut {
    kNever,
    kBeforeForwarding,  // the server never sees COMMIT
    kBeforeReply,       // the server has answered COMMIT, the client never hears
  };

  explicit Gate(const std::string& server_directory, std::string marker = "varsam_commit");
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  const std::string& directory() const { return directory_; }
  // The next `times` markers, on whatever connections, are cut.
  void CutNext(Cut cut, int times = 1);
  // While closed, new connections are accepted and dropped at once.
  void Close(bool closed) { closed_ = closed; }
  int cuts() const { return cuts_; }

 private:
  struct Pair {
    int client;
    int server;
    std::string tail;  // of what the client has sent, to find a marker across reads
    bool drop_reply = false;
  };

  void Run();
  void Accept();
  // False when the pair is to be closed.
  bool FromClient(Pair& pair);
  bool FromServer(Pair& pair);
  bool TakeCut(Cut cut);

  std::string server_path_;
  std::string marker_;
  std::string directory_;
  std::string path_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::atomic<Cut> cut_{Cut::kNever};
  std::atomic<int> cuts_left_{0};
  std::atomic<int> cuts_{0};
  std::atomic<bool> closed_{false};
  std::vector<Pair> pairs_;
  std::thread thread_;
};

}  // namespace varsam
