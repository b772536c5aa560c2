// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <tarsier/base/result.h>
#include <tarsier/media/image.h>

namespace tarsier::apps {

/// A point in continuous coordinates: pixel i covers [i, i + 1).
struct Point {
    float x = 0, y = 0;
};

/// An annotated face: a picture and points on it.
struct Face {
    std::filesystem::path picture;
    std::string group;  ///< what stands before the first '_' of the file's name
    std::vector<Point> points;
};

/// Faces of a folder that holds img/ and landmarks68.csv (file,x0,y0,...; pixel centres at whole
/// numbers). `offsets` are added to the points of a group; half a pixel to those of others.
/// Fails with NotFound, or with BadData at the line that is wrong.
Result<std::vector<Face>> read_faces(const std::filesystem::path& folder,
                                     const std::map<std::string, Point>& offsets = {});

/// Whether read_faces() is for this folder.
bool holds_faces(const std::filesystem::path& folder);

/// The square of a picture that a landmark network looks at.
struct Crop {
    Point corner;  ///< top left
    float side = 0;
};

/// 1.2 times the larger side of the box around the points, centred on it.
Crop crop_around(const std::vector<Point>& points);

/// The crop at size x size pixels, [red, green, blue][row][column] in 0..1, by linear
/// interpolation; black outside the picture. `picture` is bgr8.
std::vector<float> cut(const Image& picture, const Crop& crop, int size);

}  // namespace tarsier::apps
