// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/media/image.h>
#include <string>

namespace tarsier::nodes {

/// A small picture with transparency, in the format of the frames that it is laid over.
struct Overlay {
    Image picture;
    Image alpha;  ///< gray8, of the picture's size
};

/// How a text looks: light letters on a dark, rounded, translucent panel.
struct PanelStyle {
    double text_height = 16;  ///< pixels of the font
    double opacity = 0.55;    ///< of the panel, 0..1
    double min_width = 0;     ///< of the panel in pixels, so that it does not jump with its text
};

/// Draws lines of text (UTF-8) as a panel. `format` and `color` are those of the frames. The sizes
/// are even. Internal when Cairo fails, Unsupported for float formats. Reentrant.
Result<Overlay> draw_panel(const std::string& text, const PanelStyle& style, PixelFormat format,
                           ColorSpace color);

/// A text height that suits frames of this height.
double text_height_for(int frame_height);

}  // namespace tarsier::nodes
