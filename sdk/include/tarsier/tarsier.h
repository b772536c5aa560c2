// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tarsier/base/result.h>
#include <tarsier/graph/graph.h>
#include <tarsier/graph/node.h>
#include <tarsier/infer/model.h>
#include <tarsier/infer/session.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/image.h>
#include <tarsier/media/tensor.h>
