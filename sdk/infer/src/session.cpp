// SPDX-License-Identifier: Apache-2.0
#include <tarsier/infer/session.h>
