// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tarsier::infer {

/// The attribute "coordinates" of resize: how the output coordinate x maps to the input; scale =
/// outputs / inputs.
enum Coordinates : int {
    kAsymmetric,        ///< x / scale
    kHalfPixel,         ///< (x + 0.5) / scale - 0.5
    kAlignCorners,      ///< x * (inputs - 1) / (outputs - 1)
    kPytorchHalfPixel,  ///< half pixel, but 0 for a single output
    kCoordinatesCount
};

/// The attribute "nearest" of resize: linear interpolation, or how a coordinate is rounded to a
/// pixel.
enum Nearest : int { kLinear, kFloor, kCeil, kRoundPreferFloor, kRoundPreferCeil, kNearestCount };

}  // namespace tarsier::infer
