#include "services/gateway/http/session.h"

#include <type_traits>

#include "absl/strings/str_cat.h"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/http/read.hpp"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "services/gateway/http/response_text.h"
#include "services/gateway/transcode/problem.h"

namespace varsam::gateway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace asio = boost::asio;

constexpr size_t kReadBytes = 4096;
constexpr size_t kLingerBytesMax = 256 * 1024;
constexpr std::chrono::seconds kLingerTime{1};

std::chrono::nanoseconds Std(absl::Duration d) { return absl::ToChronoNanoseconds(d); }

std::string Chunk(std::string_view text) {
  std::string out = absl::StrCat(absl::Hex(text.size()), "\r\n");
  out.append(text).append("\r\n");
  return out;
}

}  // namespace

// The responder of one request. Carries every call over to the strand.
template <typename Stream>
class Session<Stream>::Reply final : public Responder {
 public:
  explicit Reply(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  ~Reply() override {
    if (answered_.exchange(true)) {
      if (streaming_) EndStream();
      return;
    }
    Post([status = absl::InternalError("dropped")](Session& session) {
      session.WriteResponse(session.shared_.error_page(status));
    });
  }

  void Send(HttpResponse response) override {
    if (answered_.exchange(true)) return;
    Post([response = std::move(response)](Session& session) mutable {
      session.WriteResponse(std::move(response));
    });
  }

  void BeginStream(HttpResponse head, std::function<void()> on_gone) override {
    if (answered_.exchange(true)) return;
    streaming_ = true;
    Post([head = std::move(head), on_gone = std::move(on_gone)](Session& session) mutable {
      session.BeginStream(std::move(head), std::move(on_gone));
    });
  }

  bool Write(std::string text) override {
    if (session_->stream_gone_ || text.empty()) return !session_->stream_gone_;
    std::string chunk = Chunk(text);
    const size_t waiting = session_->chunk_bytes_.fetch_add(chunk.size()) + chunk.size();
    if (waiting > session_->shared_.config.stream_queue_bytes_max) {
      Post([](Session& session) { session.Close(); });
      return false;
    }
    Post([chunk = std::move(chunk)](Session& session) mutable {
      session.chunks_.push_back(std::move(chunk));
      session.PumpStream();
    });
    return true;
  }

  void WhenWritten(std::function<void()> next) override {
    Post([next = std::move(next)](Session& session) mutable {
      if (session.stream_gone_) return;
      session.on_written_ = std::move(next);
      session.PumpStream();
    });
  }

  void Abort() override {
    Post([](Session& session) { session.Close(); });
  }

  void EndStream() override {
    Post([](Session& session) {
      if (session.stream_ended_) return;
      session.stream_ended_ = true;
      session.chunks_.push_back("0\r\n\r\n");
      session.PumpStream();
    });
  }

 private:
  template <typename Step>
  void Post(Step step) {
    asio::post(session_->stream_.get_executor(),
               [session = session_, step = std::move(step)]() mutable { step(*session); });
  }

  std::shared_ptr<Session> session_;
  std::atomic<bool> answered_{false};
  std::atomic<bool> streaming_{false};
};

template <typename Stream>
Session<Stream>::Session(Stream stream, std::string peer, SessionShared& shared)
    : stream_(std::move(stream)),
      peer_(std::move(peer)),
      shared_(shared),
      buffer_(shared.config.limits.head_bytes_max * 2) {}

template <typename Stream>
Session<Stream>::~Session() {
  StreamGone();
  if (ticket_ != 0) shared_.connections.Leave(ticket_);
}

template <typename Stream>
void Session<Stream>::Start() {
  std::weak_ptr<Session> weak = this->shared_from_this();
  ticket_ = shared_.connections.Enter(peer_, [weak](bool cut) {
    if (auto self = weak.lock()) {
      auto executor = self->stream_.get_executor();
      asio::post(executor, [self = std::move(self), cut] { self->OnDrain(cut); });
    }
  });
  asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->Begin(); });
}

template <typename Stream>
void Session<Stream>::Begin() {
  if (ticket_ == 0) return Close();
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    Handshake();
  } else {
    AwaitRequest();
  }
}

template <typename Stream>
void Session<Stream>::Handshake() {
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    beast::get_lowest_layer(stream_).expires_after(Std(shared_.config.handshake_timeout));
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = this->shared_from_this()](Error error) {
                              if (error) return self->Close();
                              self->AwaitRequest();
                            });
  }
}

template <typename Stream>
void Session<Stream>::AwaitRequest() {
  if (shared_.draining && buffer_.size() == 0) return Close();
  parser_.reset();
  scanned_ = 0;
  body_seen_ = 0;
  // An idle connection keeps no buffer.
  if (buffer_.size() == 0) buffer_.shrink_to_fit();
  awaiting_ = buffer_.size() == 0;
  const HttpServerConfig& config = shared_.config;
  beast::get_lowest_layer(stream_).expires_after(
      Std(awaiting_ && !first_ ? config.idle_timeout : config.head_timeout));
  first_ = false;
  size_t whole = 0;
  if (!awaiting_) {
    auto found =
        FindHeadEnd({static_cast<const char*>(buffer_.data().data()), buffer_.size()}, scanned_);
    if (!found.ok()) return Refuse(found.status());
    whole = *found;
  }
  if (whole > 0) return OnHead(whole);
  ReadHead();
}

template <typename Stream>
void Session<Stream>::ReadHead() {
  if (buffer_.size() > shared_.config.limits.head_bytes_max) {
    return Refuse(HeadTooLarge(shared_.config.limits));
  }
  const size_t room = std::min(kReadBytes, buffer_.max_size() - buffer_.size());
  stream_.async_read_some(buffer_.prepare(room), [self = this->shared_from_this()](Error error,
                                                                                   size_t bytes) {
    self->buffer_.commit(bytes);
    if (error) return self->Close();
    if (self->awaiting_) {
      self->awaiting_ = false;
      beast::get_lowest_layer(self->stream_).expires_after(Std(self->shared_.config.head_timeout));
    }
    const std::string_view text(static_cast<const char*>(self->buffer_.data().data()),
                                self->buffer_.size());
    const auto whole = FindHeadEnd(text, self->scanned_);
    if (!whole.ok()) return self->Refuse(whole.status());
    if (*whole > 0) return self->OnHead(*whole);
    self->ReadHead();
  });
}

template <typename Stream>
void Session<Stream>::OnHead(size_t head_bytes) {
  const std::string_view head(static_cast<const char*>(buffer_.data().data()), head_bytes);
  auto facts = CheckHead(head, shared_.config.limits);
  if (!facts.ok()) return Refuse(facts.status());
  facts_ = *facts;
  head_done_ = Clock::now();
  if (!ParseHead(head_bytes)) return Refuse(HttpError(400, "BAD_HEADER_FIELD"));
  if (!facts_.HasBody()) return Dispatch();
  if (!facts_.expect_continue || buffer_.size() > 0) return ReadBody();
  out_head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(out_head_),
                    [self = this->shared_from_this()](Error error, size_t) {
                      if (error) return self->Close();
                      self->ReadBody();
                    });
}

template <typename Stream>
bool Session<Stream>::ParseHead(size_t head_bytes) {
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(shared_.config.limits.head_bytes_max + 1024));
  parser_->body_limit(shared_.config.limits.body_bytes_max);
  parser_->eager(true);
  on_chunk_ = [](uint64_t, beast::string_view extension, Error& error) {
    if (!extension.empty()) error = http::error::bad_chunk_extension;
  };
  parser_->on_chunk_header(on_chunk_);
  Error error;
  // Only the head goes in here; what follows it stays for ReadBody or the next request.
  const size_t used = parser_->put(asio::const_buffer(buffer_.data().data(), head_bytes), error);
  if (error && error != http::error::need_more) return false;
  buffer_.consume(used);
  if (used != head_bytes || !parser_->is_header_done()) return false;
  // Taken now: trailers would be added to these fields.
  const auto& message = parser_->get();
  request_ = {};
  request_.method = std::string(message.method_string());
  head_only_ = request_.method == "HEAD";
  if (head_only_) request_.method = "GET";
  request_.target = std::string(message.target());
  for (const auto& field : message.base()) {
    request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return true;
}

// A body must come at the minimum rate after its grace, and be whole before the request's time is
// up.
template <typename Stream>
typename Session<Stream>::Clock::time_point Session<Stream>::BodyDeadline() const {
  const HttpServerConfig& config = shared_.config;
  const auto by_rate =
      head_done_ + Std(config.body_grace) +
      std::chrono::milliseconds(body_seen_ * 1000 / config.body_bytes_per_second_min);
  return std::min<Clock::time_point>(by_rate, head_done_ + Std(config.request_timeout));
}

template <typename Stream>
void Session<Stream>::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  beast::get_lowest_layer(stream_).expires_at(BodyDeadline());
  http::async_read_some(stream_, buffer_, *parser_,
                        [self = this->shared_from_this()](Error error, size_t bytes) {
                          self->body_seen_ += bytes;
                          self->OnBodyRead(error);
                        });
}

template <typename Stream>
void Session<Stream>::OnBodyRead(Error error) {
  if (error == http::error::need_more) error = {};
  if (!error) return ReadBody();
  if (error == http::error::body_limit) return Refuse(BodyTooLarge(shared_.config.limits));
  if (error.category() == http::make_error_code(http::error::bad_chunk).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return Refuse(HttpError(400, "BAD_CHUNK"));
  }
  Close();
}

template <typename Stream>
void Session<Stream>::Dispatch() {
  beast::get_lowest_layer(stream_).expires_never();
  auto& message = parser_->get();
  const size_t fields = std::distance(message.base().begin(), message.base().end());
  if (fields != request_.headers.size()) return Refuse(HttpError(400, "TRAILERS_NOT_ALLOWED"));
  request_.body = std::move(message.body());
  request_.peer = peer_;
  request_.secure = std::is_same_v<Stream, TlsStream>;
  parser_.reset();
  shared_.handler(std::exchange(request_, {}), std::make_shared<Reply>(this->shared_from_this()));
}

template <typename Stream>
void Session<Stream>::Refuse(const absl::Status& status) {
  facts_.keep_alive = false;
  head_only_ = false;
  buffer_.clear();
  HttpResponse response = shared_.error_page(status);
  response.close = true;
  WriteResponse(std::move(response));
}

template <typename Stream>
bool Session<Stream>::KeepAlive(const HttpResponse& response) const {
  return facts_.keep_alive && !response.close && !shared_.draining;
}

template <typename Stream>
void Session<Stream>::WriteResponse(HttpResponse response) {
  const bool keep_alive = KeepAlive(response);
  out_head_ = ResponseHead(
      response, {keep_alive, std::is_same_v<Stream, TlsStream>, false, SystemClock().Now()});
  out_body_ = head_only_ ? std::string() : std::move(response.body);
  beast::get_lowest_layer(stream_).expires_after(Std(shared_.config.write_timeout));
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(out_head_),
                                                     asio::buffer(out_body_)};
  asio::async_write(stream_, buffers,
                    [self = this->shared_from_this(), keep_alive](Error error, size_t) {
                      self->OnWritten(error, keep_alive);
                    });
}

template <typename Stream>
void Session<Stream>::OnWritten(Error error, bool keep_alive) {
  out_head_.clear();
  std::string().swap(out_body_);
  if (error) return Close();
  if (!keep_alive) return Linger();
  AwaitRequest();
}

template <typename Stream>
void Session<Stream>::BeginStream(HttpResponse head, std::function<void()> on_gone) {
  streaming_ = true;
  on_gone_ = std::move(on_gone);
  facts_.keep_alive = false;
  chunks_.push_front(
      ResponseHead(head, {false, std::is_same_v<Stream, TlsStream>, true, SystemClock().Now()}));
  PumpStream();
  if (shared_.draining) OnDrain(false);
}

template <typename Stream>
void Session<Stream>::PumpStream() {
  if (writing_ || !streaming_) return;
  if (chunks_.empty()) {
    if (stream_ended_) return Linger();
    if (auto next = std::exchange(on_written_, nullptr)) next();
    return;
  }
  writing_ = true;
  out_body_ = std::move(chunks_.front());
  chunks_.pop_front();
  beast::get_lowest_layer(stream_).expires_after(Std(shared_.config.write_timeout));
  asio::async_write(stream_, asio::buffer(out_body_),
                    [self = this->shared_from_this()](Error error, size_t bytes) {
                      self->writing_ = false;
                      const size_t waiting = self->chunk_bytes_.load();
                      self->chunk_bytes_ -= std::min(waiting, bytes);
                      if (error) return self->Close();
                      beast::get_lowest_layer(self->stream_).expires_never();
                      self->PumpStream();
                    });
}

template <typename Stream>
void Session<Stream>::StreamGone() {
  stream_gone_ = true;
  on_written_ = nullptr;
  if (auto on_gone = std::move(on_gone_)) {
    on_gone_ = nullptr;
    on_gone();
  }
}

template <typename Stream>
void Session<Stream>::OnDrain(bool cut) {
  if (cut || awaiting_) return Close();
  if (!streaming_) return;
  StreamGone();
  if (!stream_ended_) {
    stream_ended_ = true;
    chunks_.push_back("0\r\n\r\n");
    PumpStream();
  }
}

// Ends our side and waits a little for the peer's end, so that the last answer is not lost to a
// reset. What still arrives is thrown away: behind a framing error nothing may be taken for a
// request.
template <typename Stream>
void Session<Stream>::Linger() {
  Error ignored;
  auto& lowest = beast::get_lowest_layer(stream_);
  if (lingered_ == 0) {
    buffer_.clear();
    lowest.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    lowest.expires_after(kLingerTime);
  }
  if (lingered_ > kLingerBytesMax) return Close();
  lowest.async_read_some(buffer_.prepare(kReadBytes),
                         [self = this->shared_from_this()](Error error, size_t bytes) {
                           if (error) return self->Close();
                           self->lingered_ += bytes;
                           self->Linger();
                         });
}

template <typename Stream>
void Session<Stream>::Close() {
  StreamGone();
  Error ignored;
  auto& socket = beast::get_lowest_layer(stream_).socket();
  socket.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  beast::get_lowest_layer(stream_).close();
}

template class Session<PlainStream>;
template class Session<TlsStream>;

}  // namespace varsam::gateway
