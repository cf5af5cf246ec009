#include "services/gateway/http/server.h"

#include <openssl/ssl.h>

#include <thread>
#include <vector>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/gateway/http/session.h"

namespace varsam::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{50};  // when the process is out of descriptors

absl::StatusOr<std::unique_ptr<asio::ssl::context>> TlsContext(const HttpServerConfig& config) {
  if (config.tls_cert_file.empty() && config.tls_key_file.empty()) return nullptr;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  boost::system::error_code error;
  context->use_certificate_chain_file(config.tls_cert_file, error);
  if (!error) context->use_private_key_file(config.tls_key_file, asio::ssl::context::pem, error);
  SSL_CTX* raw = context->native_handle();
  if (error || SSL_CTX_check_private_key(raw) != 1) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_TLS_FILES",
                           "certificate and key are not readable or do not match");
  }
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20");
  return context;
}

}  // namespace

struct HttpServer::Parts {
  Parts(const HttpServerConfig& config, Handler handler, ErrorPage error_page)
      : shared{config, std::move(handler), std::move(error_page),
               Connections(config.connections_max, config.connections_per_address_max)},
        context(config.threads),
        acceptor(context),
        pause(context),
        work(context.get_executor()) {}

  absl::Status Listen() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(shared.config.bind, error);
    if (error) return InvalidField("bind", "no IP address");
    const tcp::endpoint endpoint(address, shared.config.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1024, error);
    if (!error) return absl::OkStatus();
    return ErrorWithReason(absl::StatusCode::kUnavailable, "PORT_TAKEN", error.message());
  }

  void Accept() {
    acceptor.async_accept(asio::make_strand(context),
                          [this](boost::system::error_code error, tcp::socket socket) {
                            if (error == asio::error::operation_aborted) return;
                            if (!error) {
                              Begin(std::move(socket));
                              return Accept();
                            }
                            pause.expires_after(kAcceptPause);
                            pause.async_wait([this](boost::system::error_code stopped) {
                              if (!stopped) Accept();
                            });
                          });
  }

  void Begin(tcp::socket socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    std::string address = peer.address().to_string();
    if (tls != nullptr) {
      auto session = std::make_shared<Session<TlsStream>>(
          TlsStream(boost::beast::tcp_stream(std::move(socket)), *tls), std::move(address), shared);
      session->Start();
      return;
    }
    auto session = std::make_shared<Session<PlainStream>>(PlainStream(std::move(socket)),
                                                          std::move(address), shared);
    session->Start();
  }

  SessionShared shared;
  std::unique_ptr<asio::ssl::context> tls;
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
  bool drained = false;
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerConfig& config,
                                                              Handler handler,
                                                              ErrorPage error_page) {
  auto parts = std::make_unique<Parts>(config, std::move(handler), std::move(error_page));
  ASSIGN_OR_RETURN(parts->tls, TlsContext(config));
  RETURN_IF_ERROR(parts->Listen());
  parts->Accept();
  for (int i = 0; i < config.threads; ++i) {
    parts->threads.emplace_back([context = &parts->context] { context->run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

HttpServer::~HttpServer() { Drain(absl::ZeroDuration()); }

uint16_t HttpServer::port() const { return parts_->acceptor.local_endpoint().port(); }
size_t HttpServer::connections() const { return parts_->shared.connections.size(); }

void HttpServer::Drain(absl::Duration limit) {
  if (std::exchange(parts_->drained, true)) return;
  parts_->shared.draining = true;
  asio::post(parts_->context, [parts = parts_.get()] {
    boost::system::error_code ignored;
    parts->acceptor.close(ignored);
    parts->pause.cancel();
  });
  parts_->shared.connections.Tell(false);
  if (!parts_->shared.connections.WaitEmpty(limit)) {
    parts_->shared.connections.Tell(true);
    parts_->shared.connections.WaitEmpty(absl::Seconds(1));
  }
  parts_->work.reset();
  parts_->context.stop();
  for (std::thread& thread : parts_->threads) thread.join();
}

}  // namespace varsam::gateway
