// Runs a fuzz target without libFuzzer: every seed of the folders given, up to 64 beginnings of it,
// and 500 changed copies, the same ones on every run. A fault ends the process, as it does there.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kCutsMax = 64;
constexpr int kChanges = 500;
constexpr size_t kChangedBytesMax = 8192;  // of a long seed only the beginning is changed

size_t runs = 0;

void Run(const std::string& input) {
  // Exactly as many bytes as there are: a read past the end is seen by a sanitizer.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  ++runs;
}

std::string Changed(std::string text, std::mt19937_64& random) {
  constexpr char kTelling[] = "\0\n\r\"'\\{}[]()<>:;,=&%./-+*#@ 09aZ\x7f\x80\xc3\xff";
  for (size_t left = 1 + random() % 4; left > 0 && !text.empty(); --left) {
    const size_t at = random() % text.size();
    const size_t length = std::min<size_t>(1 + random() % 16, text.size() - at);
    switch (random() % 5) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
        break;
      case 1:
        text[at] = kTelling[random() % (sizeof(kTelling) - 1)];
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(random() % text.size(), text.substr(at, length));
        break;
      default:
        text.insert(at, 1 + random() % 64, kTelling[random() % (sizeof(kTelling) - 1)]);
        break;
    }
  }
  return text;
}

void RunSeed(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string seed((std::istreambuf_iterator<char>(file)), {});
  Run(seed);
  const size_t step = std::max<size_t>(1, seed.size() / kCutsMax);
  for (size_t size = 0; size < seed.size(); size += step) Run(seed.substr(0, size));
  std::mt19937_64 random(20261125);
  const std::string part = seed.substr(0, kChangedBytesMax);
  for (int i = 0; i < kChanges; ++i) Run(Changed(part, random));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> seeds;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) seeds.push_back(entry.path());
    }
  }
  std::sort(seeds.begin(), seeds.end());
  for (const auto& seed : seeds) RunSeed(seed);
  std::printf("%zu seeds, %zu runs\n", seeds.size(), runs);
  return seeds.empty() ? 1 : 0;
}
