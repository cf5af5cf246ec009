// Ports for servers that must be known before they start. Not of those the kernel gives to outgoing
// connections: one of these could take a port between the choice and the server's start.
#pragma once

#include <cstdint>

namespace varsam::testing {

// The first of so many free ports in a row on 127.0.0.1, between 10,000 and 32,000.
uint16_t FreePorts(int count);

}  // namespace varsam::testing
