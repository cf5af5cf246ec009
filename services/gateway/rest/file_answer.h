// Answers shaped like a file (content, content_type, file_name) can be had as the file itself.
#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "services/gateway/http/message.h"

namespace varsam::gateway {

bool IsFile(const google::protobuf::Descriptor& type);
// A person's own browser asks for a page, a program for JSON.
bool WantsFile(const HttpRequest& request);
// Always a download, never shown: what it holds came from other systems.
HttpResponse FileAnswer(const google::protobuf::Message& message);

// A string field; empty when the message has none of that name.
std::string TextOf(const google::protobuf::Message& message, const char* name);
// Fit for a header.
bool IsPlainToken(std::string_view text);

}  // namespace varsam::gateway
