// SPDX-License-Identifier: Apache-2.0
#include "common/faces.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace tarsier::apps {
namespace {

constexpr const char* kTable = "landmarks68.csv";
constexpr std::size_t kPoints = 68;
constexpr float kCrop = 1.2F;

Result<Face> parse_face(const std::string& line, const fs::path& folder,
                        const std::map<std::string, Point>& offsets) {
    std::istringstream in(line);
    std::string name;
    std::getline(in, name, ',');
    Face face;
    face.picture = folder / "img" / name;
    face.group = name.substr(0, name.find('_'));
    const auto found = offsets.find(face.group);
    const Point offset = found == offsets.end() ? Point{0.5F, 0.5F} : found->second;
    for (Point point; in >> point.x && in.ignore() && in >> point.y; in.ignore())
        face.points.push_back({point.x + offset.x, point.y + offset.y});
    if (name.empty() || face.points.size() != kPoints)
        return {Code::BadData, fmt::format("expected a file and {} numbers, found {}", 2 * kPoints,
                                           2 * face.points.size())};
    return face;
}

/// A sample of one channel; nothing outside.
float sample(const Plane& plane, int x, int y, int channel) {
    if (x < 0 || y < 0 || x >= plane.width || y >= plane.height) return 0;
    return plane.row(y)[x * plane.bytes_per_pixel + channel];
}

}  // namespace

bool holds_faces(const fs::path& folder) { return fs::exists(folder / kTable); }

Result<std::vector<Face>> read_faces(const fs::path& folder,
                                     const std::map<std::string, Point>& offsets) {
    const fs::path table = folder / kTable;
    std::ifstream in(table);
    if (!in)
        return {Code::NotFound, fmt::format("{}: cannot be read", table.string()),
                "a folder of faces holds img/ and landmarks68.csv (file,x0,y0,...,x67,y67)"};
    std::vector<Face> faces;
    std::string line;
    std::getline(in, line);  // the names of the columns
    for (int number = 2; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        auto face = parse_face(line, folder, offsets);
        if (!face) {
            face.error().where = {table.string(), number, 0};
            return std::move(face.error());
        }
        faces.push_back(std::move(*face));
    }
    if (faces.empty()) return {Code::BadData, fmt::format("{}: holds no face", table.string())};
    return faces;
}

Crop crop_around(const std::vector<Point>& points) {
    Point low = points.front();
    Point high = low;
    for (const Point& point : points) {
        low = {std::min(low.x, point.x), std::min(low.y, point.y)};
        high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
    const float side = std::max(high.x - low.x, high.y - low.y) * kCrop;
    return {{(low.x + high.x - side) / 2, (low.y + high.y - side) / 2}, side};
}

std::vector<float> cut(const Image& picture, const Crop& crop, int size) {
    const Plane plane = picture.plane();
    const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    std::vector<float> out(3 * pixels);
    for (int row = 0; row < size; ++row) {
        for (int column = 0; column < size; ++column) {
            const float step = crop.side / static_cast<float>(size);
            const float x = crop.corner.x + (static_cast<float>(column) + 0.5F) * step - 0.5F;
            const float y = crop.corner.y + (static_cast<float>(row) + 0.5F) * step - 0.5F;
            const int left = static_cast<int>(std::floor(x));
            const int top = static_cast<int>(std::floor(y));
            const float right_share = x - static_cast<float>(left);
            const float lower_share = y - static_cast<float>(top);
            for (int channel = 0; channel < 3; ++channel) {
                const auto at = [&](int dx, int dy) {
                    return sample(plane, left + dx, top + dy, 2 - channel);
                };
                const float upper = at(0, 0) + (at(1, 0) - at(0, 0)) * right_share;
                const float lower = at(0, 1) + (at(1, 1) - at(0, 1)) * right_share;
                out[static_cast<std::size_t>(channel) * pixels +
                    static_cast<std::size_t>(row * size + column)] =
                    (upper + (lower - upper) * lower_share) / 255;
            }
        }
    }
    return out;
}

}  // namespace tarsier::apps
