// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph.h"

namespace tarsier::infer::convert {

// Each pass rewrites a graph into one that computes the same up to rounding. convert.cpp gives
// their order.

/// A depthwise 1x1 convolution (a batch norm, an added constant) behind a convolution becomes part
/// of it.
void fold_batch_norm(Graph& graph);
/// A clamp behind a convolution or a sum becomes its bounds.
void fuse_activation(Graph& graph);
/// Two enlargements in a row by whole factors without offset become one.
void merge_resize(Graph& graph);
/// Softmax over two channels needs only their difference: the convolution that makes them makes
/// that.
void binary_softmax(Graph& graph);
/// A 1x1 convolution behind a linear enlargement moves before it, where there are fewer pixels.
void commute_resize(Graph& graph);
/// Two 1x1 convolutions in a row with nothing between become one where that is less work.
void compose_pointwise(Graph& graph);
/// The 1x1 convolutions that read the same value become one, whose output they read slices of.
void merge_pointwise(Graph& graph);
/// A network over the columns of a signal (1xCx1xT) becomes one that takes `hop` new columns a run
/// and keeps what it needs of the past as states: no padding, the mean over the latest columns.
/// Fails with Unsupported.
Status make_incremental(Graph& graph, int hop);
/// 1x1 convolutions read channels that are split, shuffled and concatenated where they are, if that
/// saves copies; depthwise convolutions take them in another order.
void read_in_place(Graph& graph);
/// Slices and reshapes become values within others.
void resolve_views(Graph& graph);
/// What is concatenated is written in its place at once; what cannot be is copied.
void concat_views(Graph& graph);

}  // namespace tarsier::infer::convert
