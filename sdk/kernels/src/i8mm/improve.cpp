// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::i8mm {

void conv1x1_i8(const Conv1x1I8& args, std::ptrdiff_t begin, std::ptrdiff_t end);
void conv_i8(const ConvI8& args, int begin, int end);

void improve(Table& t) {
    t.conv1x1_i8 = conv1x1_i8;
    t.conv_i8 = conv_i8;
}

}  // namespace tarsier::kernels::i8mm
