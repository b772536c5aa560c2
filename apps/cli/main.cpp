// SPDX-License-Identifier: Apache-2.0
#include <tarsier/tarsier.h>

int main() { return tarsier::builtin_registry().all().empty() ? 1 : 0; }
