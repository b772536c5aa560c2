// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/registry.h>

#include <algorithm>

#include "app_nodes.h"

namespace tarsier {
namespace {

// What every graph may use, whatever nodes are linked.
constexpr const NodeClass* kEngineTable[] = {&AppSource_class, &AppSink_class, &Resync_class};

}  // namespace

const NodeClass* Registry::find(std::string_view name) const {
    for (const NodeClass* row : table_)
        if (row->name == name) return row;
    for (const NodeClass* row : kEngineTable)
        if (row->name == name) return row;
    return nullptr;
}

std::vector<const NodeClass*> Registry::all() const {
    std::vector<const NodeClass*> rows(table_.begin(), table_.end());
    rows.insert(rows.end(), std::begin(kEngineTable), std::end(kEngineTable));
    std::ranges::sort(rows, {}, &NodeClass::name);
    return rows;
}

}  // namespace tarsier
