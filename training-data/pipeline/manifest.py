#!/usr/bin/env python3
"""Write manifest.yml and SHA256SUMS of models/encoder from the files beside them.

The encoder's id ends in the first eight digits of the graph's sum: other weights
are another encoder, and vectors of the two can never be mixed silently.
"""

import argparse
import json
import pathlib
import sys

import onnx

from fetch_base import sha256
from graph_surgery import OUTPUT, STATE
from reference import MAX_LENGTH

FILES = ("model.onnx", "vocab.txt", "parity.jsonl")


def dimension(path):
    """Return the widths of the graph's embedding and state outputs."""
    outputs = {o.name: o for o in onnx.load(path).graph.output}
    if list(outputs) != [OUTPUT, STATE]:
        raise ValueError(f"{path} has outputs {list(outputs)}, expected [{OUTPUT}, {STATE}]: run export.py")
    return tuple(outputs[n].type.tensor_type.shape.dim[1].dim_value for n in (OUTPUT, STATE))


def render(folder, name, report):
    """Return the text of manifest.yml; report is what parity.py printed."""
    sums = {f: sha256(folder / f) for f in FILES}
    on = f"parity.jsonl, {report['texts']} texts, against our float32 model"
    width, state = dimension(folder / "model.onnx")
    lines = [
        "format: 1", "kind: encoder", f"id: {name}-u8-{sums['model.onnx'][:8]}",
        "description: Encoder of Chinese customer messages; a normalised vector to find articles by, a state that the heads read.",
        "license: MIT", f"dimension: {width}", f"state_dimension: {state}",
        "batch_invariant: true", f"max_length: {MAX_LENGTH}", "files:",
        *(f'  - {{name: {f}, sha256: "{s}"}}' for f, s in sums.items()), "quality:",
        *(f'  - {{name: cosine_{k}, value: {v}, on: "{on}"}}' for k, v in report["int8"].items()),
    ]
    return "\n".join(lines) + "\n"


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default="models/encoder")
    parser.add_argument("--name", default="yingda-desk-zh", help="first part of the encoder's id")
    parser.add_argument("--report", required=True, help="file that holds what parity.py printed")
    args = parser.parse_args(argv)
    folder = pathlib.Path(args.folder)
    report = json.loads(pathlib.Path(args.report).read_text("utf-8"))
    (folder / "manifest.yml").write_text(render(folder, args.name, report), "utf-8")
    names = sorted((*FILES, "manifest.yml"))
    (folder / "SHA256SUMS").write_text("".join(f"{sha256(folder / n)}  {n}\n" for n in names), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
