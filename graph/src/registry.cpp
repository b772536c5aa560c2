// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/registry.h>

#include <algorithm>

namespace tarsier {

const NodeClass* Registry::find(std::string_view name) const {
    for (const NodeClass* row : table_)
        if (row->name == name) return row;
    return nullptr;
}

std::vector<const NodeClass*> Registry::all() const {
    std::vector<const NodeClass*> rows(table_.begin(), table_.end());
    std::ranges::sort(rows, {}, &NodeClass::name);
    return rows;
}

}  // namespace tarsier
