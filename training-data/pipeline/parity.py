#!/usr/bin/env python3
"""Write parity.jsonl: what the Go encoder must reproduce, from the reference.

One line a text: the text, the reference tokenizer's ids for the folded text (at
most 512), and the sentence vector of our float32 graph before surgery as base64 of
little-endian float16. Prints how far the pruned and the int8 model are from it.
"""

import argparse
import base64
import json
import pathlib
import sys

import numpy as np

import reference

HERE = pathlib.Path(__file__).parent


def read_texts(path):
    """Return the authored texts, one JSON string a line; doubles and empty folds are refused."""
    texts = [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").split("\n") if line]
    if len(set(texts)) != len(texts):
        raise ValueError(f"{path} holds a text twice")
    empty = [t for t in texts if not reference.fold(t).strip()]
    if empty:
        raise ValueError(f"{path} holds texts with nothing to read: {empty!r}")
    return texts


def encode_vector(vector):
    """Return vector as base64 of little-endian float16."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def decode_vector(text):
    """Return the float32 vector that encode_vector wrote."""
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float32)


def cosines(vectors, others):
    """Return the mean, the 1 % quantile and the minimum of the row-wise cosines."""
    values = (vectors * others).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(others, axis=1)
    return {"mean": round(float(values.mean()), 5), "p01": round(float(np.quantile(values, 0.01)), 5),
            "min": round(float(values.min()), 5)}


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default=".cache/encoder/tuned", help="folder with the float model.onnx and tokenizer.json")
    parser.add_argument("--pruned", default=".cache/encoder/pruned.onnx")
    parser.add_argument("--model", default="models/encoder/model.onnx", help="the int8 model to compare")
    parser.add_argument("--texts", default=str(HERE / "parity_texts.jsonl"))
    parser.add_argument("--out", default="models/encoder/parity.jsonl")
    args = parser.parse_args(argv)

    texts = read_texts(args.texts)
    tokenizer = reference.load_tokenizer(pathlib.Path(args.base) / "tokenizer.json")
    ids = [reference.token_ids(tokenizer, t) for t in texts]
    original = reference.session(pathlib.Path(args.base) / "model.onnx")
    vectors = np.stack([reference.embed(original, i) for i in ids])
    with open(args.out, "w", encoding="utf-8", newline="\n") as file:
        for text, row, vector in zip(texts, ids, vectors):
            file.write(json.dumps({"text": text, "ids": row, "embedding": encode_vector(vector)},
                                  separators=(",", ":")) + "\n")
    report = {"texts": len(texts)}
    for name, path in (("pruned", args.pruned), ("int8", args.model)):
        model = reference.session(path)
        report[name] = cosines(np.stack([reference.embed(model, i) for i in ids]), vectors)
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
