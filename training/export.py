# SPDX-License-Identifier: Apache-2.0
"""From a trained network to ONNX: padding as TensorFlow does it, told to the exporter so that convolutions keep it."""
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


def same_padding(length, kernel, stride):
    """TensorFlow's SAME padding of one axis, (before, after): the odd element goes after."""
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


class _Pad(torch.autograd.Function):
    """Zero padding (left, right, top, bottom) that becomes one ONNX node with constant sizes."""

    @staticmethod
    def forward(ctx, x, sides):
        return F.pad(x, sides)

    @staticmethod
    def symbolic(g, x, sides):
        left, right, top, bottom = sides
        sizes = torch.tensor([0, 0, top, left, 0, 0, bottom, right])
        return g.op("Pad", x, g.op("Constant", value_t=sizes))


def pad_same(x, kernel, stride):
    """Pads the last two axes for a strided convolution; kernel and stride are (rows, columns)."""
    sides = (*same_padding(int(x.shape[3]), kernel[1], stride[1]), *same_padding(int(x.shape[2]), kernel[0], stride[0]))
    return _Pad.apply(x, sides) if torch.onnx.is_in_onnx_export() else F.pad(x, sides)


class _Double(torch.autograd.Function):
    """Doubling that becomes one ONNX Resize."""

    @staticmethod
    def forward(ctx, x):
        return _double(x)

    @staticmethod
    def symbolic(g, x):
        scales = g.op("Constant", value_t=torch.tensor([1.0, 1.0, 2.0, 2.0]))
        roi = g.op("Constant", value_t=torch.tensor([], dtype=torch.float32))
        return g.op("Resize", x, roi, scales, mode_s="linear", coordinate_transformation_mode_s="asymmetric")


def _double(x):
    n, c, h, w = x.shape
    below = torch.cat([x[:, :, 1:], x[:, :, -1:]], 2)
    rows = torch.stack([x, (x + below) / 2], 3).reshape(n, c, 2 * h, w)
    right = torch.cat([rows[..., 1:], rows[..., -1:]], 3)
    return torch.stack([rows, (rows + right) / 2], 4).reshape(n, c, 2 * h, 2 * w)


def double(x):
    """Twice as high and wide, bilinear: source = destination / 2, the last row and column repeated."""
    return _Double.apply(x) if torch.onnx.is_in_onnx_export() else _double(x)


def export_onnx(net, example, path, input_name, output_name):
    """Opset 13, batch norms folded, paddings moved into the convolutions behind them."""
    net = net.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(net, example, str(path), opset_version=13, input_names=[input_name], output_names=[output_name])
    model = onnx.load(str(path))
    merge_pads(model.graph)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def merge_pads(graph):
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    constants.update({n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"})
    pads = {n.output[0]: n for n in graph.node if n.op_type == "Pad"}
    for conv in graph.node:
        pad = pads.get(conv.input[0]) if conv.op_type == "Conv" else None
        if pad is not None:
            sizes = constants[pad.input[1]].tolist()  # n, c, h, w before; n, c, h, w after
            attribute = next(a for a in conv.attribute if a.name == "pads")
            attribute.ints[:] = [a + b for a, b in zip(attribute.ints, sizes[2:4] + sizes[6:8])]
            conv.input[0] = pad.input[0]
    used = {name for n in graph.node for name in n.input} | {o.name for o in graph.output}
    for pad in [n for n in pads.values() if n.output[0] not in used]:
        graph.node.remove(pad)
