#include "services/consent/rpc/claim_tokens.h"

#include "services/consent/rpc/convert.h"
#include "services/consent/rpc/signed_token.h"
#include "varsam/consent/v1/token.pb.h"

namespace varsam::consent {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& message) {
  return absl::FromUnixMicros(message.seconds() * 1'000'000 + message.nanos() / 1000);
}

template <typename Claims>
std::optional<Claims> Read(std::string_view token, std::string_view key) {
  const std::optional<std::string> body = ReadSignedToken(token, key, kClaimBytesMax);
  Claims claims;
  if (!body || !claims.ParseFromString(*body)) return std::nullopt;
  return claims;
}

}  // namespace

std::string MakeSnapshotToken(const ShownNotice& shown, std::string_view key) {
  v1::SnapshotClaims claims;
  ToProto(shown.notice, claims.mutable_notice());
  claims.set_ui_sha256(shown.ui_sha256);
  if (!shown.subject.IsNil()) claims.set_subject_id(shown.subject.ToString());
  ToProto(shown.shown_at, claims.mutable_shown_at());
  ToProto(shown.valid_until, claims.mutable_valid_until());
  return SignToken(claims.SerializeAsString(), key);
}

std::optional<ShownNotice> ReadSnapshotToken(std::string_view token, std::string_view key) {
  const auto claims = Read<v1::SnapshotClaims>(token, key);
  if (!claims) return std::nullopt;
  const v1::NoticeReference& notice = claims->notice();
  return ShownNotice{
      .notice = {notice.notice_id(), notice.version(), notice.language(), notice.text_sha256()},
      .ui_sha256 = claims->ui_sha256(),
      .subject = SubjectId::Parse(claims->subject_id()).value_or(SubjectId()),
      .shown_at = TimeOf(claims->shown_at()),
      .valid_until = TimeOf(claims->valid_until())};
}

std::string MakeConfirmationToken(const ConfirmConsent& ask, std::string_view key) {
  v1::ConfirmationClaims claims;
  claims.set_consent_id(ask.requested.ToString());
  ToProto(ask.valid_until, claims.mutable_valid_until());
  return SignToken(claims.SerializeAsString(), key);
}

std::optional<ConfirmConsent> ReadConfirmationToken(std::string_view token,
                                                    std::string_view key) {
  const auto claims = Read<v1::ConfirmationClaims>(token, key);
  if (!claims) return std::nullopt;
  const std::optional<Uuid> id = Uuid::Parse(claims->consent_id());
  if (!id) return std::nullopt;
  return ConfirmConsent{*id, TimeOf(claims->valid_until())};
}

}  // namespace varsam::consent
