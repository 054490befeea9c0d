"""A pruned float graph to 8 bits with fixed ranges: every vector is the same alone and in a batch."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from calibrate import linears

CONTRIB = "com.microsoft"


def columns(weight):
    """Return weight [in, out] as (uint8 around 128, one float scale a column)."""
    scale = np.maximum(np.abs(weight).max(0), 1e-8) / 127.0
    return (np.clip(np.rint(weight / scale), -127, 127) + 128).astype(np.uint8), scale.astype(np.float32)


def fix(model, ranges):
    """Replace each linear layer of model by its 8-bit form, in place.

    ranges maps the layer's input to (low, high). Layers that read the same input
    share one QuantizeLinear. The bias stays a float addition, which the runtime
    fuses with what follows.
    """
    graph = model.graph
    tensors = {t.name: t for t in graph.initializer}
    done = {}
    for node in linears(graph):
        source, weight = node.input[0], node.input[1]
        at = next(i for i, n in enumerate(graph.node) if n.name == node.name)
        if source not in done:
            low, high = ranges[source]
            scale = max(high - low, 1e-6) / 255.0
            graph.initializer.append(numpy_helper.from_array(np.array(scale, np.float32), source + "/scale"))
            graph.initializer.append(numpy_helper.from_array(np.array(round(np.clip(-low / scale, 0, 255)), np.uint8), source + "/zero"))
            graph.node.insert(at, helper.make_node(
                "QuantizeLinear", [source, source + "/scale", source + "/zero"], [source + "/8"], name=source + "/QuantizeLinear"))
            done[source] = True
            at += 1
        rows, by = columns(numpy_helper.to_array(tensors[weight]))
        graph.initializer.remove(tensors[weight])
        graph.initializer.append(numpy_helper.from_array(rows, weight + "/8"))
        graph.initializer.append(numpy_helper.from_array(by, weight + "/by"))
        graph.initializer.append(numpy_helper.from_array(np.full(len(by), 128, np.uint8), weight + "/zero"))
        graph.node.remove(node)
        graph.node.insert(at, helper.make_node(
            "MatMulIntegerToFloat", [source + "/8", weight + "/8", source + "/scale", weight + "/by", source + "/zero", weight + "/zero"],
            [node.output[0]], name=node.name, domain=CONTRIB))
    if not any(o.domain == CONTRIB for o in model.opset_import):
        model.opset_import.append(helper.make_opsetid(CONTRIB, 1))
