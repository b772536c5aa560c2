// SPDX-License-Identifier: Apache-2.0
#include <tarsier/kernels/kernels.h>

namespace tarsier::kernels::avx2 {

void improve_image_resample(Table& t);
void improve_image_blend(Table& t);

void improve(Table& t) {
    improve_image_resample(t);
    improve_image_blend(t);
}

}  // namespace tarsier::kernels::avx2
