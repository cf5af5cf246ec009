// varsam <noun> <verb>: the platform from the command line, through the gateway's REST interface.
//
//   varsam policy apply deploy/policy/lexium.yaml      varsam consent decide --subject …
//   varsam ledger verify                               varsam doctor          varsam demo
//
//   varsam connector test 127.0.0.1:7499 --run ./my-connector --person a@x,b@x,c@x,d@x,e@x
//
// VARSAM_URL and VARSAM_TOKEN_FILE say where and who. Exit codes: exit_code.h.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>

#include "services/cli/check_commands.h"
#include "services/cli/command_table.h"
#include "services/cli/config.h"
#include "services/cli/connector_kit/kit.h"
#include "services/cli/demo/demo.h"
#include "services/cli/exit_code.h"
#include "services/cli/run_command.h"

namespace varsam::cli {
namespace {

struct Program {
  CLI::App app{"Varsam: a privacy policy that runs", "varsam"};
  Overrides overrides;
  RunOptions options;
  std::string format = "table";
  std::map<const Command*, ArgumentValues> values;
  std::map<const Command*, std::map<std::string, bool>> flags;
  std::vector<std::string> logs;
  DemoOptions demo;
  KitOptions kit;
  std::vector<std::string> kit_field;
  std::function<int(const ApiConfig&)> chosen;
};

void AddArgument(Program& program, CLI::App& verb, const Command& command,
                 const Argument& argument) {
  if (argument.kind == ArgumentKind::kFlag) {
    verb.add_flag(argument.name, program.flags[&command][argument.name], argument.help);
    return;
  }
  std::vector<std::string>& values = program.values[&command][argument.name];
  CLI::Option* const option = verb.add_option(argument.name, values, argument.help);
  const bool several =
      argument.kind == ArgumentKind::kList || argument.kind == ArgumentKind::kPairs;
  // One value per mention, so that a list does not swallow what stands behind it.
  option->expected(1);
  if (several) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (argument.required) option->required();
  if (argument.fallback.empty()) return;
  option->description(argument.help + " [" + argument.fallback + "]");
}

void AddCommand(Program& program, CLI::App& noun, const Command& command) {
  CLI::App* const verb = noun.add_subcommand(command.verb, command.help);
  for (const Argument& argument : command.arguments) {
    AddArgument(program, *verb, command, argument);
  }
  if (!command.document.empty()) {
    verb->add_option("--out", program.options.out_file,
                     "write the document to this file, as it is");
  }
  if (command.method != "GET") {
    verb->add_option("--key", program.options.idempotency_key,
                     "a UUID of your own: repeating the command then changes nothing more");
  }
  verb->callback([&program, &command] {
    program.chosen = [&program, &command](const ApiConfig& config) {
      ArgumentValues& values = program.values[&command];
      for (const auto& [name, given] : program.flags[&command]) {
        if (given) values[name] = {"true"};
      }
      ApiClient client(config);
      return RunCommand(client, command, values, program.options, std::cout, std::cerr);
    };
  });
}

void AddTable(Program& program) {
  std::map<std::string, CLI::App*> nouns;
  for (const Command& command : Commands()) {
    CLI::App*& noun = nouns[command.noun];
    if (noun == nullptr) {
      noun = program.app.add_subcommand(command.noun);
      noun->require_subcommand(1);
    }
    AddCommand(program, *noun, command);
  }
}

void AddLedger(Program& program) {
  CLI::App* const ledger = program.app.add_subcommand("ledger", "The four append-only logs");
  ledger->require_subcommand(1);
  CLI::App* const verify = ledger->add_subcommand("verify", "Walk a log and name the first damage");
  verify->add_option("log", program.logs, "registry, consent, requests, retention; none: all");
  verify->callback([&program] {
    program.chosen = [&program](const ApiConfig& config) {
      ApiClient client(config);
      return VerifyLedgers(client, program.logs, std::cout, std::cerr);
    };
  });
}

void AddOthers(Program& program) {
  CLI::App* const doctor = program.app.add_subcommand("doctor", "Is everything there?");
  doctor->callback([&program] {
    program.chosen = [](const ApiConfig& config) {
      ApiClient client(config);
      return Doctor(client, std::cout);
    };
  });
  CLI::App* const demo = program.app.add_subcommand("demo", "Play the main job on sample systems");
  demo->add_option("--state", program.demo.state_dir, "state folder of deploy/up")
      ->default_val(".varsam");
  demo->add_option("--policy", program.demo.policy_file, "policy model")
      ->default_val("deploy/policy/lexium.yaml");
  demo->add_option("--step", program.demo.last_step, "stop after this step, 1..7")
      ->check(CLI::Range(1, 7));
  demo->callback([&program] {
    program.chosen = [&program](const ApiConfig& config) {
      return RunDemo(config, program.demo, std::cout, std::cerr);
    };
  });
}

int TestConnector(Program& program) {
  if (!program.kit_field.empty()) {
    program.kit.field = {program.kit_field[0], program.kit_field[1], program.kit_field[2]};
  }
  const auto verdicts = RunKit(program.kit, std::cout);
  if (!verdicts.ok()) {
    std::cerr << StatusText(verdicts.status());
    return ExitCodeOf(verdicts.status());
  }
  const auto bad = std::ranges::count_if(*verdicts, [](const auto& one) { return !one.good; });
  std::cout << verdicts->size() - static_cast<size_t>(bad) << " passed, " << bad << " failed\n";
  return bad == 0 ? kExitDone : kExitFailed;
}

void AddConnector(Program& program) {
  CLI::App* const connector = program.app.add_subcommand("connector", "Connectors of any make");
  connector->require_subcommand(1);
  CLI::App* const test = connector->add_subcommand(
      "test", "Play the platform for a connector over a test system, and judge it");
  KitOptions& kit = program.kit;
  test->add_option("address", kit.address, "where to listen, HOST:PORT")
      ->default_val("127.0.0.1:0");
  test->add_option("--run", kit.run,
                   "command that starts the connector; VARSAM_REQUEST_WORKFLOW_ADDRESS names the "
                   "kit");
  test->add_option("--restore", kit.restore, "command that restores the system and announces it");
  test->add_option("--system", kit.system, "system to test [the first one served]");
  test->add_option("--person", kit.people,
                   "e-mail of a person of the system; five, all of whom may go")
      ->required()
      ->expected(static_cast<int>(kKitPeople))
      ->delimiter(',');
  test->add_option("--rectify", program.kit_field,
                   "CATEGORY VALUE NEW: a field of the first person")
      ->expected(3);
  test->callback([&program] {
    program.chosen = [&program](const ApiConfig&) { return TestConnector(program); };
  });
}

void AddGlobals(Program& program) {
  CLI::App& app = program.app;
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "varsam 0.1.0");
  app.add_option("--url", program.overrides.url, "gateway [VARSAM_URL, http://127.0.0.1:7400]");
  app.add_option("--token-file", program.overrides.token_file,
                 "file with a bearer token [VARSAM_TOKEN_FILE]");
  app.add_option("--ca-file", program.overrides.ca_file, "authority for https [VARSAM_TLS_CA]");
  app.add_option("--timeout", program.overrides.timeout_seconds, "seconds to wait [30]");
  app.add_option("-o,--output", program.format, "table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml"}));
}

int Main(int argc, char** argv) {
  Program program;
  AddGlobals(program);
  AddTable(program);
  AddLedger(program);
  AddOthers(program);
  AddConnector(program);
  // CLI11 takes "[…]" for a list of its own and splits it; JSON may begin with a blank.
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    const std::string_view text = argv[i];
    arguments.push_back((text.starts_with('[') ? " " : "") + std::string(text));
  }
  try {
    program.app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    program.app.exit(error);
    return asked ? kExitDone : kExitUsage;
  }
  if (program.format == "json") program.options.format = Format::kJson;
  if (program.format == "yaml") program.options.format = Format::kYaml;
  const absl::StatusOr<ApiConfig> config = LoadConfig(program.overrides);
  if (!config.ok()) {
    std::cerr << StatusText(config.status());
    return kExitUsage;
  }
  return program.chosen(*config);
}

}  // namespace
}  // namespace varsam::cli

int main(int argc, char** argv) { return varsam::cli::Main(argc, argv); }
