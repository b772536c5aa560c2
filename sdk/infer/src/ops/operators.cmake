# SPDX-License-Identifier: Apache-2.0
# The operators of the runtime: one line and one file each, sorted.
tarsier_operators(infer
  add
  average_pool
  binary_softmax
  clamp
  conv
  conv1x1
  depthwise
  hard_swish
  join
  max_pool
  mul
  pad
  permute
  prelu
  resize
  sigmoid
  softmax)
