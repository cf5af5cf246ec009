// COPY in PostgreSQL's binary format: an 11-byte signature, flags, extension, then per row the
// number of fields and each field with its length (PostgreSQL manual, COPY, "Binary Format").
#include <vector>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/pg/binary.h"
#include "libs/pg/connection.h"
#include "libs/pg/wire.h"

namespace varsam::pg {
namespace {

constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr size_t kChunkBytes = 64 << 10;

void Append16(std::string* to, int16_t value) {
  char bytes[2];
  PutInt16(bytes, value);
  to->append(bytes, sizeof(bytes));
}

void Append32(std::string* to, int32_t value) {
  char bytes[4];
  PutInt32(bytes, value);
  to->append(bytes, sizeof(bytes));
}

// One row of the stream at `at`; false at the trailer.
bool ParseRow(std::string_view bytes, std::span<const Type> types, std::vector<RawField>* fields) {
  VARSAM_CHECK(bytes.size() >= 2) << "COPY row ends early";
  const int16_t count = GetInt16(bytes.data());
  if (count == -1) return false;
  VARSAM_CHECK(static_cast<size_t>(count) == types.size())
      << "COPY gives " << count << " columns, " << types.size() << " named";
  size_t at = 2;
  for (size_t i = 0; i < types.size(); ++i) {
    VARSAM_CHECK(at + 4 <= bytes.size()) << "COPY row ends early";
    const int32_t length = GetInt32(bytes.data() + at);
    at += 4;
    (*fields)[i] = {static_cast<uint32_t>(types[i]), nullptr, 0};
    if (length < 0) continue;
    VARSAM_CHECK(at + static_cast<size_t>(length) <= bytes.size()) << "COPY row ends early";
    (*fields)[i].data = bytes.data() + at;
    (*fields)[i].length = static_cast<size_t>(length);
    at += static_cast<size_t>(length);
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CopyIn>> Connection::StartCopyIn(const std::string& copy_sql) {
  RETURN_IF_ERROR(wire_->Command(copy_sql, PGRES_COPY_IN));
  return std::unique_ptr<CopyIn>(new CopyIn(*wire_));
}

CopyIn::CopyIn(Connection::Wire& wire) : wire_(wire), buffer_(kHeader) {}

CopyIn::~CopyIn() {
  if (!open_) return;
  if (wire_.EndCopy("given up").ok()) (void)wire_.FinishCommand();
}

absl::Status CopyIn::Add(const Params& row) {
  VARSAM_CHECK(open_) << "COPY is finished";
  Append16(&buffer_, static_cast<int16_t>(row.size()));
  for (size_t i = 0; i < row.size(); ++i) {
    if (row.is_null(i)) {
      Append32(&buffer_, -1);
      continue;
    }
    const std::string_view bytes = row.bytes(i);
    Append32(&buffer_, static_cast<int32_t>(bytes.size()));
    buffer_.append(bytes);
  }
  return buffer_.size() >= kChunkBytes ? Send() : absl::OkStatus();
}

absl::Status CopyIn::Send() {
  absl::Status sent = wire_.PutCopyData(buffer_);
  buffer_.clear();
  return sent;
}

absl::StatusOr<uint64_t> CopyIn::Finish() {
  VARSAM_CHECK(open_) << "COPY is finished";
  Append16(&buffer_, -1);
  RETURN_IF_ERROR(Send());
  open_ = false;
  RETURN_IF_ERROR(wire_.EndCopy(nullptr));
  return wire_.FinishCommand();
}

absl::Status Connection::CopyOut(const std::string& copy_sql, std::span<const Type> types,
                                 const std::function<absl::Status(const Row&)>& each) {
  RETURN_IF_ERROR(wire_->Command(copy_sql, PGRES_COPY_OUT));
  std::vector<RawField> fields(types.size());
  bool first = true;
  while (true) {
    int length = 0;
    ASSIGN_OR_RETURN(char* message, wire_->GetCopyData(&length));
    if (message == nullptr) break;
    std::unique_ptr<char, decltype(&PQfreemem)> owned(message, &PQfreemem);
    std::string_view bytes(message, static_cast<size_t>(length));
    if (first) {
      VARSAM_CHECK(bytes.starts_with(kHeader)) << "COPY is not in binary format";
      bytes.remove_prefix(kHeader.size());
      first = false;
      if (bytes.empty()) continue;
    }
    if (!ParseRow(bytes, types, &fields)) continue;
    absl::Status status = each(Row(fields));
    if (!status.ok()) {
      wire_->Break();
      return status;
    }
  }
  return wire_->FinishCommand().status();
}

}  // namespace varsam::pg
