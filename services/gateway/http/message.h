// One HTTP exchange as the rest of the gateway sees it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varsam::gateway {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // HEAD arrives as GET; the body of the answer is then left out
  std::string target;  // origin-form, as sent
  HeaderList headers;  // names as sent
  std::string body;
  std::string peer;     // address of the client, without port
  bool secure = false;  // came over TLS

  std::string_view Path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string_view Query() const {
    const size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target).substr(mark + 1);
  }
  // The first header of that name (compared without case); empty when there is none.
  std::string_view Header(std::string_view name) const;
  // How often the header stands there.
  int HeaderCount(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  HeaderList headers;
  std::string body;
  bool close = false;  // end the connection after this answer
};

// Where the answer to one request goes. Exactly one of Send and BeginStream, once; callable from
// any thread. A responder that is dropped without an answer sends a 500, so that no client hangs.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void Send(HttpResponse response) = 0;

  // An answer of unknown length (server-sent events). `on_gone` is called once, when the client has
  // gone or the server drains; after it nothing is written any more.
  virtual void BeginStream(HttpResponse head, std::function<void()> on_gone) = 0;
  // False when the client is gone or reads too slowly (more than stream_queue_bytes_max waiting).
  virtual bool Write(std::string text) = 0;
  virtual void EndStream() = 0;
  // `next` is called once, when nothing waits to be written any more; never once the client has
  // gone.
  virtual void WhenWritten(std::function<void()> next) = 0;
  // Cuts the connection, so that what was written is not taken for the whole.
  virtual void Abort() = 0;
};

// Called on an I/O thread: must not block.
using Handler = std::function<void(HttpRequest, std::shared_ptr<Responder>)>;

}  // namespace varsam::gateway
