// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vision/float_plane.h"

namespace tarsier::nodes {

/// Removes what a network gets wrong in small: specks in the background that no solid part
/// supports, and uncertain holes inside the person. Keeps edges and thin parts that belong to the
/// person. Thread-bound.
class MatteCleaner {
  public:
    void clean(FloatPlane& alpha);

  private:
    FloatPlane marker_;
    FloatPlane scratch_;
};

/// Steadies mattes over time: each pixel follows its new value slowly where nothing moves and at
/// once where the picture or the matte changes much. Starts anew at scene cuts. Thread-bound.
class MatteSmoother {
  public:
    /// strength 0 (off) .. 1. `luma` is the picture in 0..1 at the size of the matte.
    void smooth(float strength, const FloatPlane& luma, FloatPlane& alpha);
    /// Forgets the past: the next matte is taken as it is.
    void reset() { primed_ = false; }

  private:
    bool primed_ = false;
    FloatPlane last_alpha_;
    FloatPlane last_luma_;
    FloatPlane motion_;
};

}  // namespace tarsier::nodes
