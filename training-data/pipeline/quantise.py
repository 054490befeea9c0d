"""What every shipped graph goes through beside its fixed ranges: stripping, and the vocabulary beside it."""

import json
import pathlib

import onnx

WORD_TABLE = "embeddings.word_embeddings.weight"


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


def write_vocabulary(tokenizer_json, out_path):
    """Write the WordPiece vocabulary, one piece a line, line number = id."""
    vocabulary = json.loads(pathlib.Path(tokenizer_json).read_text("utf-8"))["model"]["vocab"]
    pieces = sorted(vocabulary, key=vocabulary.get)
    if [vocabulary[p] for p in pieces] != list(range(len(pieces))):
        raise ValueError(f"the ids in {tokenizer_json} are not 0..{len(pieces) - 1}")
    if any("\n" in p or "\r" in p for p in pieces):
        raise ValueError("a piece holds a line break: one line a piece cannot carry it")
    pathlib.Path(out_path).write_text("\n".join(pieces) + "\n", "utf-8")
