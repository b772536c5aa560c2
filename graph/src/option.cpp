// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/option.h>
