// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::infer {

/// The attribute "mode" of pad: a constant, the picture mirrored at its border pixels, or those
/// repeated.
enum PadMode : int { kPadConstant, kPadReflect, kPadEdge, kPadModeCount };

}  // namespace tarsier::infer
