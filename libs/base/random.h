// Random bytes from the operating system; the only source of randomness outside tests.
#pragma once

#include <cstddef>
#include <string>

namespace varsam {

// Fills n bytes at data from getrandom(2). Cannot fail: a kernel without randomness is a CHECK.
void FillRandom(void* data, size_t n);
std::string RandomBytes(size_t n);

}  // namespace varsam
