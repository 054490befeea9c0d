"""What the tests share: a tokenizer of characters, a tiny trunk, tiny graphs, and loud skips."""

import gzip
import importlib.util
import json
import os
import pathlib
import unittest

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / ".cache/encoder/base"
DATA = os.environ.get("DATA") or os.environ.get("YINGDA_DATA") or ""

with_base = unittest.skipUnless(BASE.is_dir(), "NO BASE MODEL: run fetch_base.py")
with_data = unittest.skipUnless(DATA and pathlib.Path(DATA).is_dir(), "NO OPEN DATA: set DATA to its folder")


def need_training():
    """Skip the calling test module loudly where the packages that train are not installed."""
    missing = [m for m in ("torch", "pypinyin", "zhconv") if importlib.util.find_spec(m) is None]
    if missing:
        raise unittest.SkipTest(f"NO {', '.join(missing).upper()}: pip install -r training-data/pipeline/requirements-train.txt")


class Tokenizer:
    """A stub of the reference tokenizer: one id a character, below 200."""

    class Encoding:
        def __init__(self, ids):
            self.ids = ids

    def encode(self, text):
        return self.Encoding([101, *(110 + ord(c) % 90 for c in text), 102])


def learner(heads, width=32, layers=2, seed=3, dropout=0.0):
    """Return a learner with a tiny random trunk that reads with the stub tokenizer."""
    import torch
    import tasks
    import trunk as trunks
    torch.manual_seed(seed)
    trunk = trunks.Trunk(vocabulary=200, width=width, inner=2 * width, layers=layers, positions=128, dropout=dropout)
    for module in trunk.modules():
        if isinstance(module, trunks.Rounded):
            torch.nn.init.normal_(module.weight, std=0.2)
        elif isinstance(module, torch.nn.Embedding):
            torch.nn.init.normal_(module.weight, std=0.5)
    return tasks.Learner(trunk, Tokenizer(), heads, dropout=dropout)


def base_layout(path, vocabulary=50, width=16, inner=32, layers=2, positions=20):
    """Write a graph with the base's names and shapes to path: its weights can be read and written, it computes nothing."""
    rng = np.random.default_rng(4)
    tensors, nodes = {}, []

    def add(name, *shape):
        tensors[name] = rng.normal(size=shape).astype(np.float32)

    add("embeddings.word_embeddings.weight", vocabulary, width)
    add("embeddings.position_embeddings.weight", positions, width)
    add("embeddings.token_type_embeddings.weight", 2, width)
    norms = ["embeddings.LayerNorm"]
    for number in range(layers):
        for part, shape in (("attention/self/query", (width, width)), ("attention/self/key", (width, width)),
                            ("attention/self/value", (width, width)), ("attention/output/dense", (width, width)),
                            ("intermediate/dense", (width, inner)), ("output/dense", (inner, width))):
            name = f"/encoder/layer.{number}/{part}/MatMul"
            add(name + "_weight", *shape)
            add(f"encoder.layer.{number}.{part.replace('/', '.')}.bias", shape[1])
            nodes.append(helper.make_node("MatMul", ["x", name + "_weight"], [name + "_out"], name=name))
        norms += [f"encoder.layer.{number}.{part}.LayerNorm" for part in ("attention.output", "output")]
    for norm in norms:
        add(norm + ".weight", width)
        add(norm + ".bias", width)
    graph = helper.make_graph(nodes, "layout", [], [], [numpy_helper.from_array(v, k) for k, v in tensors.items()])
    onnx.save(helper.make_model(graph), path)
    return {"vocabulary": vocabulary, "width": width, "inner": inner, "layers": layers, "positions": positions}


def linear_graph(path, width=16, inner=24):
    """Write a graph of three linear layers to path: two read the looked-up rows, the third reads their sum."""
    rng = np.random.default_rng(6)
    tensors = {"table": rng.normal(size=(200, width)), "w1": rng.normal(size=(width, inner)), "w2": rng.normal(size=(width, inner)),
               "w3": rng.normal(size=(inner, width))}
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["rows"], name="look"),
             helper.make_node("MatMul", ["rows", "w1"], ["one"], name="first"),
             helper.make_node("MatMul", ["rows", "w2"], ["two"], name="second"),
             helper.make_node("Add", ["one", "two"], ["sum"], name="add"),
             helper.make_node("MatMul", ["sum", "w3"], ["embedding"], name="third")]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "size"])
              for n in ("input_ids", "attention_mask", "token_type_ids")]
    graph = helper.make_graph(nodes, "linear", inputs,
                              [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", "size", width])],
                              [numpy_helper.from_array(v.astype(np.float32), k) for k, v in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.save(model, path)
    return model


def write_rows(path, rows):
    """Write rows as JSON lines to path, compressed where its name says so, folders made."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
