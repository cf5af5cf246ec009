#include "services/request_workflow/worker/package_parts.h"

#include <utility>

#include "libs/base/error.h"
#include "libs/base/running_digest.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::requests {

struct PackageParts::Format {
  std::string waiting;  // less than a part
  int32_t next = 0;
  RunningDigest sum;
};

PackageParts::PackageParts(const ServiceParts& parts, Package package)
    : parts_(parts), package_(std::move(package)) {}

absl::Status PackageParts::Add(const std::string& format, std::string_view bytes) {
  std::shared_ptr<Format>& one = formats_[format];
  if (one == nullptr) one = std::make_shared<Format>();
  one->sum.Add(bytes);
  while (one->waiting.size() + bytes.size() >= kPackagePartBytes) {
    const size_t taken = kPackagePartBytes - one->waiting.size();
    one->waiting.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    RETURN_IF_ERROR(Seal(format, *one, one->waiting));
    one->waiting.clear();
  }
  one->waiting.append(bytes);
  return absl::OkStatus();
}

absl::StatusOr<std::string> PackageParts::End(const std::string& format) {
  RETURN_IF_ERROR(Add(format, ""));
  Format& one = *formats_[format];
  if (!one.waiting.empty() || one.next == 0) RETURN_IF_ERROR(Seal(format, one, one.waiting));
  return ToHex(one.sum.Sha256());
}

absl::Status PackageParts::Seal(const std::string& name, Format& format, std::string_view bytes) {
  const std::string row =
      package_.case_id.ToString() + "|" + name + "|" + std::to_string(format.next);
  ASSIGN_OR_RETURN(std::string sealed,
                   parts_.texts.SealIn("package_chunk", row, package_.id, bytes));
  kept_bytes_ += sealed.size();
  kept_.push_back({package_.case_id, name, format.next++, std::move(sealed)});
  return kept_bytes_ > kPartsKeptBytesMax ? WriteKept() : absl::OkStatus();
}

absl::Status PackageParts::WriteKept() {
  WriteAsk write;
  write.want.case_id = package_.case_id;
  Changes changes;
  changes.package_chunks = std::move(kept_);
  kept_.clear();
  if (!begun_) {
    changes.dropped_packages.push_back(package_.case_id);  // of an earlier round
    changes.package = package_;
    changes.package->ready = false;
  }
  write.decide = [begun = begun_, id = package_.id, changes = std::move(changes)](
                     const Facts& facts, const journal::Frozen&) -> absl::StatusOr<Changes> {
    if (begun && (!facts.package || facts.package->id != id)) {
      return ErrorWithReason(absl::StatusCode::kAborted, "STEP_TAKEN", "the package is another's");
    }
    return changes;
  };
  journal::SubmitOptions options;
  options.conflict_keys = {"case/" + package_.case_id.ToString()};
  options.bytes = std::exchange(kept_bytes_, 0);
  options.time_left = absl::Seconds(60);
  begun_ = true;
  return parts_.writer.Write(std::move(write), std::move(options)).status();
}

}  // namespace varsam::requests
