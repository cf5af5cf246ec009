// varsam-verify: is this receipt or certificate genuine? Needs no network and no server of ours.
//
//   varsam-verify [--vkey KEY | --vkey-file FILE] [--json] DOCUMENT      ("-" reads standard input)
//
// Exit: 0 genuine, 1 not genuine, 2 wrong use or unreadable file, 3 genuine but of another key.
#include <CLI/CLI.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "services/verifier/document.h"

namespace {

using varsam::verifier::Judgement;
using varsam::verifier::Verdict;

constexpr int kExitUsage = 2;

bool ReadAll(const std::string& path, std::string& content) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return false;
  }
  std::istream& in = path == "-" ? std::cin : file;
  char block[65536];
  while (in.read(block, sizeof(block)) || in.gcount() > 0) {
    content.append(block, static_cast<size_t>(in.gcount()));
    if (content.size() > varsam::verifier::kDocumentBytesMax) break;
  }
  return !in.bad();
}

std::string Instant(int64_t micros) {
  const std::time_t seconds = static_cast<std::time_t>(micros / 1000000);
  std::tm parts{};
  char text[64];
  if (micros < 0 || gmtime_r(&seconds, &parts) == nullptr) return std::to_string(micros) + " µs";
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

int ExitCode(const Verdict& verdict) {
  switch (verdict.judgement) {
    case Judgement::kGenuine:
      return 0;
    case Judgement::kNotGenuine:
      return 1;
    case Judgement::kOtherKey:
      return 3;
  }
  return 1;
}

void PrintText(const Verdict& verdict) {
  if (verdict.judgement == Judgement::kNotGenuine) {
    std::cout << "ÄR INTE ÄKTA / NOT GENUINE: " << verdict.reason << ": " << verdict.detail << "\n";
    return;
  }
  std::cout << (verdict.judgement == Judgement::kGenuine ? "ÄKTA / GENUINE: "
                                                         : "ANNAN NYCKEL / OTHER KEY: ")
            << verdict.type << ", " << verdict.kind << ", " << Instant(verdict.at_micros) << "\n"
            << "logg / log: " << verdict.origin << ", nr " << verdict.index << " av / of "
            << verdict.log_size << "\n"
            << "nyckel / key: " << verdict.vkey << "\n"
            << "sv: " << verdict.text_sv << "\n"
            << "en: " << verdict.text_en << "\n";
  if (!verdict.key_pinned) {
    std::cout << "Obs! Nyckeln kommer från dokumentet självt; ge --vkey för att veta vem som "
                 "utfärdat det.\n"
              << "Note: the key comes from the document itself; give --vkey to know who issued "
                 "it.\n";
  }
}

void PrintJson(const Verdict& verdict) {
  nlohmann::json out = {{"genuine", verdict.judgement == Judgement::kGenuine},
                        {"reason", verdict.reason},
                        {"detail", verdict.detail}};
  if (verdict.judgement != Judgement::kNotGenuine) {
    out.update({{"type", verdict.type},
                {"origin", verdict.origin},
                {"kind", verdict.kind},
                {"index", verdict.index},
                {"log_size", verdict.log_size},
                {"at_micros", verdict.at_micros},
                {"vkey", verdict.vkey},
                {"key_pinned", verdict.key_pinned}});
  }
  std::cout << out.dump(2) << "\n";
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Verifies a Varsam receipt or certificate offline.", "varsam-verify");
  std::string vkey, vkey_file, path;
  bool as_json = false;
  auto* key = app.add_option("--vkey", vkey, "verifier key of the service, as published");
  app.add_option("--vkey-file", vkey_file, "file that holds the verifier key")->excludes(key);
  app.add_flag("--json", as_json, "print the result as JSON");
  app.add_option("document", path, "the receipt or certificate, or - for standard input")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  std::string file;
  if (!ReadAll(path, file) || (!vkey_file.empty() && !ReadAll(vkey_file, vkey))) {
    std::cerr << "varsam-verify: cannot read the file\n";
    return kExitUsage;
  }
  std::optional<std::string> pinned;
  if (!vkey.empty() || !vkey_file.empty()) pinned = Trimmed(vkey);
  const Verdict verdict = varsam::verifier::Judge(file, pinned);
  as_json ? PrintJson(verdict) : PrintText(verdict);
  return ExitCode(verdict);
}
