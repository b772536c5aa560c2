// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <tarsier/graph/node.h>

namespace tarsier {

/// The node types that graphs may use: a table, and the engine's own `source.app`, `sink.app` and
/// `audio.resync`.
class Registry {
  public:
    constexpr explicit Registry(std::span<const NodeClass* const> table) : table_(table) {}
    /// Null when there is no such type.
    const NodeClass* find(std::string_view name) const;
    /// All types, sorted by name.
    std::vector<const NodeClass*> all() const;

  private:
    std::span<const NodeClass* const> table_;
};

/// The nodes that ship with Tarsier. Defined by the library tarsier::nodes, which whoever calls
/// this links.
const Registry& builtin_registry();

}  // namespace tarsier
