#!/usr/bin/env python3
"""Make the encoder that ships: prune, pool inside the graph, quantise to int8.

Reads an fp32 model with per-token output (the base, or our fine-tune of it in
the same layout) and writes models/encoder: model.onnx, vocab.txt. The pruned
fp32 variant stays in the cache; the Go parity test runs it when
YINGDA_FP32_MODEL names it.

Matrix multiplications become dynamic uint8 with one scale a column. Unsigned
weights are as fast as signed ones and do not saturate on processors without
VNNI. The word table becomes int8 with one scale a row.
"""

import argparse
import json
import pathlib
import sys
import tempfile

import onnx
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import graph_surgery

WORD_TABLE = "embeddings.word_embeddings.weight"


def quantise(pruned_path, out_path):
    """Quantise the pruned model at pruned_path to int8 and write it to out_path."""
    quantize_dynamic(
        str(pruned_path), str(out_path), op_types_to_quantize=["MatMul"], per_channel=True,
        weight_type=QuantType.QUInt8, extra_options={"MatMulConstBOnly": True})
    model = onnx.load(out_path)
    graph_surgery.quantise_embeddings(model, [WORD_TABLE])
    strip(model)
    onnx.save(model, out_path)


def strip(model):
    """Remove unread initialisers and what the exporter left for people, in place."""
    read = {v for n in model.graph.node for v in n.input}
    kept = [t for t in model.graph.initializer if t.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
    model.producer_name, model.producer_version = "yingda", ""
    onnx.checker.check_model(model)


def float_size(model):
    """Return how many bytes of model's initialisers are float32."""
    return sum(numpy_helper.to_array(t).nbytes for t in model.graph.initializer
               if t.data_type == onnx.TensorProto.FLOAT)


def write_vocabulary(tokenizer_json, out_path):
    """Write the WordPiece vocabulary, one piece a line, line number = id."""
    vocabulary = json.loads(pathlib.Path(tokenizer_json).read_text("utf-8"))["model"]["vocab"]
    pieces = sorted(vocabulary, key=vocabulary.get)
    if [vocabulary[p] for p in pieces] != list(range(len(pieces))):
        raise ValueError(f"the ids in {tokenizer_json} are not 0..{len(pieces) - 1}")
    if any("\n" in p or "\r" in p for p in pieces):
        raise ValueError("a piece holds a line break: one line a piece cannot carry it")
    pathlib.Path(out_path).write_text("\n".join(pieces) + "\n", "utf-8")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default=".cache/encoder/base", help="folder with model.onnx and tokenizer.json")
    parser.add_argument("--cache", default=".cache/encoder", help="where the pruned fp32 model goes")
    parser.add_argument("--out", default="models/encoder", help="the model folder to write")
    args = parser.parse_args(argv)
    base, cache, out = (pathlib.Path(p) for p in (args.base, args.cache, args.out))
    out.mkdir(parents=True, exist_ok=True)

    pruned = graph_surgery.prune(onnx.load(base / "model.onnx"))
    strip(pruned)
    onnx.save(pruned, cache / "pruned.onnx")
    with tempfile.TemporaryDirectory(dir=cache) as work:
        made = pathlib.Path(work) / "model.onnx"
        quantise(cache / "pruned.onnx", made)
        (out / "model.onnx").write_bytes(made.read_bytes())
    write_vocabulary(base / "tokenizer.json", out / "vocab.txt")
    size = (out / "model.onnx").stat().st_size
    left = float_size(onnx.load(out / "model.onnx"))
    print(f"{out}/model.onnx: {size / 1e6:.1f} MB, of which {left / 1e6:.2f} MB float32")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
