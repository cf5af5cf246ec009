// The commands that are one REST call each, as one table: what stands on the command line, where it
// goes in the call, how the answer is shown.
#pragma once

#include <string>
#include <vector>

namespace varsam::cli {

enum class ArgumentKind {
  kText,
  kInteger,
  kFlag,   // true when given
  kList,   // may be given several times
  kFile,   // the text of the file
  kJson,   // JSON text
  kPairs,  // key=value, several times, an object
};

struct Argument {
  std::string name;      // "--subject", or "subject" for a positional one
  ArgumentKind kind = ArgumentKind::kText;
  // Where it goes: "{subject_id}" in the path, "?page_size" in the query, else a JSON pointer
  // ("/notice/language") into the body.
  std::string place;
  std::string help;
  bool required = false;
  std::string fallback;  // when not given; empty: left out
};

struct Command {
  std::string noun, verb, help;
  std::string method, path;  // path with {name}
  std::vector<Argument> arguments;
  // Columns of a table: JSON pointers into each element of `rows`.
  std::string rows;
  std::vector<std::string> columns;
  // Member of the answer that --out writes to a file as it is (a receipt, a package).
  std::string document;
  bool document_base64 = false;  // a bytes field: base64 in JSON
};

const std::vector<Command>& Commands();

}  // namespace varsam::cli
