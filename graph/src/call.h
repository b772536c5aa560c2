// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>
#include <exception>
#include <new>

namespace tarsier {

/// Calls into a node. Nothing throws by design; what a library throws inside the node becomes an
/// Error here.
template <class Function>
Status call_node(Function&& function) {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return {Code::Exhausted, "no memory"};
    } catch (const std::exception& error) {
        return {Code::Internal, std::string("an exception escaped: ") + error.what()};
    } catch (...) {
        return {Code::Internal, "an exception escaped"};
    }
}

}  // namespace tarsier
