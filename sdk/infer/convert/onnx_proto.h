// SPDX-License-Identifier: Apache-2.0
// The messages of ONNX. The library's header wants to be told how it was built.
#pragma once

#define ONNX_NAMESPACE onnx
#define ONNX_ML 1
#include <onnx/onnx_pb.h>
