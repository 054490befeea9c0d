"""8-bit ranges of what flows into each linear layer, fixed once so that no message changes another's rounding.

A dynamic scale spans the batch: the same message alone and beside others has
two vectors. A fixed scale spans nothing. Ranges come from calibration texts:
of the candidates between the widest and a half of it the one with the least
squared error counts.
"""

import numpy as np
import onnx
import onnxruntime

import reference

CANDIDATES = 40
KEPT = 60_000  # values a layer that are kept for the search


def linears(graph):
    """Return the MatMul nodes whose second input is a weight."""
    weights = {t.name for t in graph.initializer}
    return [n for n in graph.node if n.op_type == "MatMul" and n.input[1] in weights]


def error(values, low, high):
    """Return the mean squared error of values rounded to 8 bits in [low, high]."""
    scale = max(high - low, 1e-8) / 255
    zero = round(-low / scale)
    rounded = (np.clip(np.rint(values / scale) + zero, 0, 255) - zero) * scale
    return float(np.mean((values - rounded) ** 2))


def best(values):
    """Return the [low, high] around zero that rounds values best."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    found = (error(values, low, high), low, high)
    for by in np.linspace(0.5, 1.0, CANDIDATES):
        for a, b in ((low * by, high), (low, high * by), (low * by, high * by)):
            found = min(found, (error(values, a, b), a, b))
    return found[1], found[2]


def ranges(path, tokenizer, texts, limit=64):
    """Return input name → (low, high) of every linear layer of the float graph at path."""
    model = onnx.load(path)
    names = sorted({n.input[0] for n in linears(model.graph)})
    for name in names:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(5)
    kept, widest = {n: [] for n in names}, {n: [0.0, 0.0] for n in names}
    for text in texts:
        row = np.array([reference.token_ids(tokenizer, text, limit)], np.int64)
        found = session.run(names, {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)})
        for name, value in zip(names, found):
            flat = value.ravel()
            kept[name].append(rng.choice(flat, min(len(flat), max(64, KEPT // len(texts))), replace=False))
            widest[name] = [min(widest[name][0], float(flat.min())), max(widest[name][1], float(flat.max()))]
    return {n: best(np.concatenate([*kept[n], np.array(widest[n], np.float32)])) for n in names}
