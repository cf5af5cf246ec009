#include "services/request_workflow/answer/zip_stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>

#include "libs/base/check.h"

namespace varsam::requests {
namespace {

constexpr int kBlockBytes = 64 * 1024;
constexpr mode_t kReadable = 0644;
constexpr time_t kWritten = 1'767'225'600;  // no file tells when: 2026-01-01

}  // namespace

// One that was given up gives nothing more.
void ZipStream::Free::operator()(archive* writer) const {
  archive_write_fail(writer);
  archive_write_free(writer);
}

long ZipStream::Give(archive*, void* self, const void* bytes, size_t size) {
  auto* const stream = static_cast<ZipStream*>(self);
  if (stream->sunk_.ok()) {
    stream->sunk_ = stream->sink_({static_cast<const char*>(bytes), size});
  }
  return stream->sunk_.ok() ? static_cast<long>(size) : -1;
}

ZipStream::ZipStream(Sink sink) : sink_(std::move(sink)), writer_(archive_write_new()) {
  archive* const writer = writer_.get();
  const bool opened =
      writer != nullptr && archive_write_set_format_zip(writer) == ARCHIVE_OK &&
      archive_write_zip_set_compression_deflate(writer) == ARCHIVE_OK &&
      archive_write_set_format_option(writer, "zip", "compression-level", "1") == ARCHIVE_OK &&
      archive_write_set_bytes_per_block(writer, kBlockBytes) == ARCHIVE_OK &&
      archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK &&
      archive_write_open(writer, this, nullptr, &ZipStream::Give, nullptr) == ARCHIVE_OK;
  VARSAM_CHECK(opened) << "an archive cannot begin";
}

// Only the sink can fail: what is written has been checked.
absl::Status ZipStream::Told(bool done) {
  VARSAM_CHECK(done || !sunk_.ok()) << archive_error_string(writer_.get());
  return sunk_;
}

absl::Status ZipStream::Begin(const std::string& name) {
  VARSAM_CHECK(std::all_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x80; }))
      << "the name of a file in an archive";
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                            &archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kReadable);
  archive_entry_set_mtime(entry.get(), kWritten, 0);
  return Told(archive_write_header(writer_.get(), entry.get()) == ARCHIVE_OK);
}

absl::Status ZipStream::Write(std::string_view bytes) {
  if (bytes.empty()) return sunk_;
  const la_ssize_t written = archive_write_data(writer_.get(), bytes.data(), bytes.size());
  return Told(written == static_cast<la_ssize_t>(bytes.size()));
}

absl::Status ZipStream::End() {
  return Told(archive_write_finish_entry(writer_.get()) == ARCHIVE_OK);
}

absl::Status ZipStream::Finish() { return Told(archive_write_close(writer_.get()) == ARCHIVE_OK); }

}  // namespace varsam::requests
