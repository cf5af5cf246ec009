// One connection: head, body, answer, and again. All its steps run on the strand of its socket.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "boost/asio/strand.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/ssl/ssl_stream.hpp"
#include "services/gateway/http/connections.h"
#include "services/gateway/http/server.h"

namespace varsam::gateway {

// What all connections of one server share; outlives them.
struct SessionShared {
  HttpServerConfig config;
  Handler handler;
  ErrorPage error_page;
  Connections connections;
  std::atomic<bool> draining{false};
};

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

template <typename Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::string peer, SessionShared& shared);
  ~Session();

  // Enters the connection lists; a connection over the caps is closed without an answer.
  void Start();

 private:
  friend class Reply;
  class Reply;
  using Error = boost::beast::error_code;
  using Clock = std::chrono::steady_clock;
  using Parser =
      boost::beast::http::parser<true, boost::beast::http::string_body, std::allocator<char>>;

  void Begin();
  void Handshake();
  void AwaitRequest();
  void ReadHead();
  void OnHead(size_t head_bytes);
  bool ParseHead(size_t head_bytes);
  void ReadBody();
  void OnBodyRead(Error error);
  Clock::time_point BodyDeadline() const;
  void Dispatch();
  void Refuse(const absl::Status& status);
  void WriteResponse(HttpResponse response);
  void OnWritten(Error error, bool keep_alive);
  void BeginStream(HttpResponse head, std::function<void()> on_gone);
  void PumpStream();
  void StreamGone();
  void OnDrain(bool cut);
  void Linger();
  void Close();
  bool KeepAlive(const HttpResponse& response) const;

  Stream stream_;
  std::string peer_;
  SessionShared& shared_;
  uint64_t ticket_ = 0;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::function<void(uint64_t, boost::beast::string_view, Error&)> on_chunk_;
  HttpRequest request_;
  HeadFacts facts_;
  bool head_only_ = false;
  bool awaiting_ = false;  // no byte of a request has come
  bool first_ = true;
  size_t scanned_ = 0;
  size_t body_seen_ = 0;
  size_t lingered_ = 0;
  Clock::time_point head_done_;
  std::string out_head_;
  std::string out_body_;
  // Streaming answers.
  std::deque<std::string> chunks_;
  std::atomic<size_t> chunk_bytes_{0};
  std::atomic<bool> stream_gone_{false};
  bool streaming_ = false;
  bool writing_ = false;
  bool stream_ended_ = false;
  std::function<void()> on_gone_;
  std::function<void()> on_written_;
};

}  // namespace varsam::gateway
