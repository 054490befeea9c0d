"""Exact surgery on the base encoder's graph.

The exported graph computes every position of every layer. A sentence vector
needs only the CLS row of the last layer, so that layer's query, attention
output and feed-forward are computed for one row, and pooling plus L2
normalisation move into the graph. The result is the same number for number up
to the rounding of float32. Beside the vector the graph yields the state that
the heads read: the CLS row before the norm, then the masked mean of the layer
before, which is there anyway.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OUTPUT = "embedding"
STATE = "state"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def consumers(graph, name):
    """Return the (node, input index) pairs that read the value called name."""
    return [(n, i) for n in graph.node for i, v in enumerate(n.input) if v == name]


def layer_count(graph):
    """Return how many encoder layers the graph has, by the names of its nodes."""
    layers = set()
    for node in graph.node:
        if node.name.startswith("/encoder/layer."):
            layers.add(int(node.name.split("/")[2].split(".")[1]))
    if not layers or layers != set(range(len(layers))):
        raise ValueError(f"the graph's encoder layers are not numbered 0..n: {sorted(layers)}")
    return len(layers)


def _constants_to_initialisers(graph):
    keep = []
    for node in graph.node:
        if node.op_type == "Constant":
            value = next(a.t for a in node.attribute if a.name == "value")
            tensor = onnx.TensorProto()
            tensor.CopyFrom(value)
            tensor.name = node.output[0]
            graph.initializer.append(tensor)
        else:
            keep.append(node)
    del graph.node[:]
    graph.node.extend(keep)


def _index_of_first(graph, names):
    return min(i for i, n in enumerate(graph.node) if n.name in names)


def prune(model):
    """Return a copy of model with the outputs embedding [B, D] (the normalised CLS row) and state [B, 2 D].

    Raises ValueError when the graph is not the layout that this surgery knows.
    """
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    _constants_to_initialisers(graph)
    last = layer_count(graph) - 1
    prefix = f"/encoder/layer.{last}/"
    query = prefix + "attention/self/query/MatMul"
    residual = prefix + "attention/output/Add"
    nodes = {n.name: n for n in graph.node}
    for name in (query, residual):
        if name not in nodes:
            raise ValueError(f"the graph has no node {name}: not the known layout")

    hidden = nodes[query].input[0]
    readers = {n.name for n, _ in consumers(graph, hidden)}
    expected = {query, residual} | {prefix + f"attention/self/{p}/MatMul" for p in ("key", "value")}
    if readers != expected:
        raise ValueError(f"{hidden} is read by {sorted(readers)}, expected {sorted(expected)}")

    for name, value in (("cls/start", 0), ("cls/end", 1), ("cls/axis", 1)):
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
    row = helper.make_node(
        "Slice", [hidden, "cls/start", "cls/end", "cls/axis"], ["cls/hidden"], name="/cls/Slice")
    graph.node.insert(_index_of_first(graph, expected), row)
    for name in (query, residual):
        node = nodes[name]
        for i, value in enumerate(node.input):
            if value == hidden:
                node.input[i] = "cls/hidden"

    state = graph.output[0].name
    width = graph.output[0].type.tensor_type.shape.dim[2].dim_value or 512
    graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "pool/axis"))
    graph.initializer.append(numpy_helper.from_array(np.array([1e-12], np.float32), "pool/floor"))
    graph.initializer.append(numpy_helper.from_array(np.array([2], np.int64), "pool/last"))
    old = next(o.version for o in model.opset_import if not o.domain) < 13  # axes are an attribute there

    def reshaped(kind, source, axes, at, out):
        return helper.make_node(kind, [source] if old else [source, axes], [out], name=f"/pool/{kind}", **({"axes": [at]} if old else {}))

    graph.node.extend([
        helper.make_node("Cast", ["attention_mask"], ["pool/mask"], name="/pool/Cast", to=TensorProto.FLOAT),
        reshaped("Unsqueeze", "pool/mask", "pool/last", 2, "pool/rows"),
        helper.make_node("Mul", [hidden, "pool/rows"], ["pool/kept"], name="/pool/Mul"),
        helper.make_node("ReduceMean", ["pool/kept"], ["pool/share"], name="/pool/ReduceMean", axes=[1], keepdims=0),
        helper.make_node("ReduceMean", ["pool/mask"], ["pool/part"], name="/pool/Part", axes=[1], keepdims=1),
        helper.make_node("Div", ["pool/share", "pool/part"], ["pool/mean"], name="/pool/Mean"),
    ])
    graph.node.extend([
        reshaped("Squeeze", state, "pool/axis", 1, "pool/cls"),
        helper.make_node("ReduceL2", ["pool/cls"], ["pool/norm"], name="/pool/ReduceL2", axes=[1], keepdims=1),
        helper.make_node("Max", ["pool/norm", "pool/floor"], ["pool/safe"], name="/pool/Max"),
        helper.make_node("Div", ["pool/cls", "pool/safe"], [OUTPUT], name="/pool/Div"),
        helper.make_node("Concat", ["pool/cls", "pool/mean"], [STATE], name="/pool/Concat", axis=1),
    ])
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", width]))
    graph.output.append(helper.make_tensor_value_info(STATE, TensorProto.FLOAT, ["batch", 2 * width]))
    del graph.value_info[:]
    onnx.checker.check_model(model)
    return model


def quantise_embeddings(model, names):
    """Store the lookup tables called names as int8 with one scale a row, in place.

    A Gather of the table becomes a Gather of int8 rows, a Gather of scales and a
    multiplication: a row keeps 127 levels of its own range whatever its neighbours hold.
    """
    graph = model.graph
    tables = {t.name: t for t in graph.initializer}
    for name in names:
        table = numpy_helper.to_array(tables[name])
        scale = np.abs(table).max(axis=1, keepdims=True) / 127.0
        scale = np.where(scale == 0, 1.0, scale).astype(np.float32)
        rows = np.clip(np.rint(table / scale), -127, 127).astype(np.int8)
        readers = consumers(graph, name)
        if not readers or any(n.op_type != "Gather" for n, _ in readers):
            raise ValueError(f"{name} is not read by Gather alone")
        graph.initializer.remove(tables[name])
        graph.initializer.append(numpy_helper.from_array(rows, name + "/int8"))
        graph.initializer.append(numpy_helper.from_array(scale, name + "/scale"))
        for number, (node, _) in enumerate(readers):
            base = f"{node.output[0]}/{number}"
            at = next(i for i, n in enumerate(graph.node) if n is node or n.name == node.name)
            index, out = node.input[1], node.output[0]
            replacement = [
                helper.make_node("Gather", [name + "/int8", index], [base + "/row"], name=base + "/row"),
                helper.make_node("Cast", [base + "/row"], [base + "/float"], name=base + "/float", to=TensorProto.FLOAT),
                helper.make_node("Gather", [name + "/scale", index], [base + "/by"], name=base + "/by"),
                helper.make_node("Mul", [base + "/float", base + "/by"], [out], name=base + "/mul"),
            ]
            del graph.node[at]
            for offset, new in enumerate(replacement):
                graph.node.insert(at + offset, new)
    onnx.checker.check_model(model)
