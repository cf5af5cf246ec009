#include "services/gateway/auth/operations.h"

#include <algorithm>
#include <array>

namespace varsam::gateway {
namespace {

constexpr std::string_view kOperator = "operator";               // runs the platform
constexpr std::string_view kPrivacyOfficer = "privacy_officer";  // answers for the policy
constexpr std::string_view kCaseOfficer = "case_officer";        // handles people's requests
constexpr std::string_view kMarketing = "marketing";             // plans mailings
constexpr std::string_view kAuditor = "auditor";                 // reads, changes nothing
constexpr std::string_view kSystem = "system";                   // an internal system's API client
constexpr std::array kTokenRoles = {kOperator,  kPrivacyOfficer, kCaseOfficer,
                                    kMarketing, kAuditor,        kSystem};

std::vector<Operation> RegistryRows() {
  return {
      {"varsam.registry.v1.RegistryService.ApplyPolicy", {kOperator, kPrivacyOfficer}},
      {"varsam.registry.v1.RegistryService.DiffPolicy", {kOperator, kPrivacyOfficer}},
      {"varsam.registry.v1.RegistryService.GetPolicy",
       {kOperator, kPrivacyOfficer, kCaseOfficer, kAuditor, kSystem}},
      {"varsam.registry.v1.RegistryService.ListPurposes",
       {kOperator, kPrivacyOfficer, kCaseOfficer, kMarketing, kAuditor, kSystem}},
      {"varsam.registry.v1.RegistryService.ListSystems",
       {kOperator, kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.registry.v1.RegistryService.ListProcessors",
       {kOperator, kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.registry.v1.RegistryService.RecordProcessorAgreement", {kPrivacyOfficer}},
      {"varsam.registry.v1.RegistryService.RecordAssessment", {kPrivacyOfficer}},
      {"varsam.registry.v1.RegistryService.ListAssessments",
       {kOperator, kPrivacyOfficer, kAuditor}},
      {"varsam.registry.v1.RegistryService.PublishNotice", {kPrivacyOfficer}},
      {"varsam.registry.v1.RegistryService.ListNotices", {kRolePublic}},
      {"varsam.registry.v1.RegistryService.GetRecordOfProcessing", {kPrivacyOfficer, kAuditor}},
      {"varsam.registry.v1.RegistryService.RegisterSubject",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.ImportSubjects", {kPrivacyOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.ResolveSubject",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.GetSubject", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.registry.v1.RegistryService.UpdateSubject",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.RecordRelationship",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.MergeSubjects", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.registry.v1.RegistryService.ListSources",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.registry.v1.RegistryService.RecordDisclosure",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.registry.v1.RegistryService.ListDisclosures",
       {kPrivacyOfficer, kCaseOfficer, kAuditor, kRolePerson}},
      {"varsam.registry.v1.RegistryService.ListAccesses", {kPrivacyOfficer, kAuditor, kRolePerson}},
  };
}

std::vector<Operation> ConsentRows() {
  return {
      {"varsam.consent.v1.ConsentService.RecordConsent", {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.consent.v1.ConsentService.BatchRecordConsents", {kPrivacyOfficer, kSystem}},
      {"varsam.consent.v1.ConsentService.ServeNotice", {kRolePublic}},
      {"varsam.consent.v1.ConsentService.ConfirmConsent", {kRolePublic}},
      {"varsam.consent.v1.ConsentService.ImportConsents", {kPrivacyOfficer}},
      {"varsam.consent.v1.ConsentService.ListRenewals", {kPrivacyOfficer, kMarketing, kSystem}},
      {"varsam.consent.v1.ConsentService.OpenBanner", {kRolePublic}},
      {"varsam.consent.v1.ConsentService.RecordBannerChoices", {kRolePublic}},
      {"varsam.consent.v1.ConsentService.LinkSubjects", {kPrivacyOfficer, kSystem}},
      {"varsam.consent.v1.ConsentService.UndoLink", {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.consent.v1.ConsentService.ListConsents",
       {kPrivacyOfficer, kCaseOfficer, kAuditor, kRolePerson}},
      {"varsam.consent.v1.ConsentService.GetReceipt",
       {kPrivacyOfficer, kCaseOfficer, kAuditor, kSystem, kRolePerson}},
      {"varsam.consent.v1.ConsentService.RecordObjection",
       {kPrivacyOfficer, kCaseOfficer, kSystem, kRolePerson}},
      {"varsam.consent.v1.ConsentService.DecideObjection", {kPrivacyOfficer}},
      {"varsam.consent.v1.ConsentService.GetPreferences",
       {kPrivacyOfficer, kCaseOfficer, kSystem, kRolePerson}},
      {"varsam.consent.v1.ConsentService.UpdatePreferences",
       {kPrivacyOfficer, kCaseOfficer, kSystem, kRolePerson}},
      {"varsam.consent.v1.ConsentService.Unsubscribe", {kRolePublic}},
      {"varsam.consent.v1.ConsentService.IssueUnsubscribeToken",
       {kPrivacyOfficer, kMarketing, kSystem}},
      {"varsam.consent.v1.ConsentService.ScreenSuppressions",
       {kPrivacyOfficer, kMarketing, kSystem}},
      {"varsam.consent.v1.ConsentService.AddSuppression", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.consent.v1.ConsentService.ListSuppressionReviews", {kPrivacyOfficer, kAuditor}},
      {"varsam.consent.v1.ConsentService.ReviewSuppression", {kPrivacyOfficer}},
      {"varsam.consent.v1.ConsentService.Decide",
       {kPrivacyOfficer, kCaseOfficer, kMarketing, kAuditor, kSystem}},
      {"varsam.consent.v1.ConsentService.BatchDecide", {kPrivacyOfficer, kMarketing, kSystem}},
  };
}

std::vector<Operation> RequestsRows() {
  return {
      {"varsam.requests.v1.RequestsService.SubmitRequest", {kRolePublic}},
      {"varsam.requests.v1.RequestsService.ListRequests",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.requests.v1.RequestsService.GetRequest",
       {kPrivacyOfficer, kCaseOfficer, kAuditor, kRolePerson}},
      {"varsam.requests.v1.RequestsService.ClassifyRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.VerifyRequest", {kRolePublic}},
      {"varsam.requests.v1.RequestsService.ApproveRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.RefuseRequest", {kPrivacyOfficer}},
      {"varsam.requests.v1.RequestsService.ExtendRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.PauseRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.ResumeRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.WithdrawRequest",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.requests.v1.RequestsService.ComplainRequest",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.requests.v1.RequestsService.AcknowledgeRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.ListIncomingMails",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.requests.v1.RequestsService.OpenIncomingMail", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.IssueCode", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.RecordMandate", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.StopRequest", {kRolePublic}},
      {"varsam.requests.v1.RequestsService.LiftRestriction", {kPrivacyOfficer}},
      {"varsam.requests.v1.RequestsService.ListReviewItems", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.DecideReviewItem", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.ListMessages",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.requests.v1.RequestsService.AddMessage",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.requests.v1.RequestsService.EndContact",
       {kPrivacyOfficer, kCaseOfficer, kRolePerson}},
      {"varsam.requests.v1.RequestsService.GetBreachReport",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.requests.v1.RequestsService.CloseRequest", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.ListTasks", {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.requests.v1.RequestsService.FinishTask", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.GetPackage", {kRolePerson}},
      {"varsam.requests.v1.RequestsService.ExchangeCaseLink", {kRolePublic}},
      {"varsam.requests.v1.RequestsService.RecordBreach", {kPrivacyOfficer, kCaseOfficer}},
      {"varsam.requests.v1.RequestsService.GetBreach", {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.requests.v1.RequestsService.ListBreaches",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
  };
}

std::vector<Operation> RetentionRows() {
  return {
      {"varsam.retention.v1.RetentionService.ExplainRetention",
       {kPrivacyOfficer, kCaseOfficer, kAuditor, kRolePerson}},
      {"varsam.retention.v1.RetentionService.PlanDisposal", {kPrivacyOfficer, kOperator}},
      {"varsam.retention.v1.RetentionService.RunDisposal", {kPrivacyOfficer}},
      {"varsam.retention.v1.RetentionService.CancelDisposalRun", {kPrivacyOfficer}},
      {"varsam.retention.v1.RetentionService.SimulateRules", {kPrivacyOfficer, kOperator}},
      {"varsam.retention.v1.RetentionService.OpenReview", {kPrivacyOfficer, kSystem}},
      {"varsam.retention.v1.RetentionService.SignReview", {kPrivacyOfficer}},
      {"varsam.retention.v1.RetentionService.ListReviews",
       {kPrivacyOfficer, kCaseOfficer, kOperator, kAuditor}},
      {"varsam.retention.v1.RetentionService.GetStatistics",
       {kPrivacyOfficer, kOperator, kAuditor}},
      {"varsam.retention.v1.RetentionService.GetDisposalRun",
       {kPrivacyOfficer, kOperator, kAuditor}},
      {"varsam.retention.v1.RetentionService.ListDisposals",
       {kPrivacyOfficer, kOperator, kAuditor}},
      {"varsam.retention.v1.RetentionService.PlaceHold", {kPrivacyOfficer}},
      {"varsam.retention.v1.RetentionService.ReleaseHold", {kPrivacyOfficer}},
      {"varsam.retention.v1.RetentionService.ListHolds", {kPrivacyOfficer, kOperator, kAuditor}},
      {"varsam.retention.v1.RetentionService.RecordSignals",
       {kPrivacyOfficer, kCaseOfficer, kSystem}},
      {"varsam.retention.v1.RetentionService.GetCertificate",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.retention.v1.RetentionService.ListCertificates",
       {kPrivacyOfficer, kCaseOfficer, kAuditor}},
      {"varsam.retention.v1.RetentionService.RegisterBackup", {kOperator, kSystem}},
      {"varsam.retention.v1.RetentionService.ListBackups",
       {kPrivacyOfficer, kOperator, kAuditor, kSystem}},
      {"varsam.retention.v1.RetentionService.ReplayErasures", {kOperator, kSystem}},
  };
}

std::vector<Operation> Rows() {
  std::vector<Operation> all;
  for (auto& rows : {RegistryRows(), ConsentRows(), RequestsRows(), RetentionRows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace

const std::vector<Operation>& Operations() {
  static const auto* operations = new std::vector<Operation>(Rows());
  return *operations;
}

std::vector<std::string> RolesOf(std::string_view method) {
  for (const Operation& operation : Operations()) {
    if (operation.method == method) return {operation.roles.begin(), operation.roles.end()};
  }
  return {};
}

bool IsTokenRole(std::string_view role) {
  return std::find(kTokenRoles.begin(), kTokenRoles.end(), role) != kTokenRoles.end();
}

}  // namespace varsam::gateway
