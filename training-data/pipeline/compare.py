#!/usr/bin/env python3
"""Compare models by what they are for: a linear head on labelled messages, and FAQ retrieval.

A quantised model may be near its original in cosine and still move the few
messages that lie between two labels; this measures that. Files are JSON lines:
labelled messages {"text", "intent"[, "alt"]}, entries {"id", "question"},
queries {"query", "kb_ids"} of which the ones without kb_ids are left out.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

import reference

CAP = 128  # tokens a message, as the server reads them


def read(path):
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").split("\n") if line.strip()]


def train_linear(vectors, targets, rounds=600, rate=0.05, decay=1e-3):
    """Fit a softmax layer by gradient descent with momentum; return its [D+1, C] weights."""
    inputs = np.c_[vectors, np.ones(len(vectors))]
    weights = np.zeros((inputs.shape[1], targets.shape[1]))
    speed = np.zeros_like(weights)
    for _ in range(rounds):
        logits = inputs @ weights
        likely = np.exp(logits - logits.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        speed = 0.9 * speed + inputs.T @ (likely - targets) / len(inputs) + decay * weights
        weights -= rate * speed
    return weights


def intents(model, tokenizer, train, test):
    """Return the share of test whose best label is the first choice, and first or second."""
    labels = sorted({row["intent"] for row in train})
    known = reference.embed_all(model, tokenizer, [row["text"] for row in train], CAP)
    fresh = reference.embed_all(model, tokenizer, [row["text"] for row in test], CAP)
    centre, spread = known.mean(0), known.std(0).mean()
    weights = train_linear((known - centre) / spread, np.eye(len(labels))[[labels.index(r["intent"]) for r in train]])
    best = (np.c_[(fresh - centre) / spread, np.ones(len(fresh))] @ weights).argmax(1)
    pairs = [(labels[b], row) for b, row in zip(best, test)]
    return {"intent_strict": np.mean([p == r["intent"] for p, r in pairs]),
            "intent_soft": np.mean([p in (r["intent"], r.get("alt")) for p, r in pairs]), "intent_messages": len(test)}


def faq(model, tokenizer, entries, queries):
    """Return how often a right entry is first, and among the first three."""
    queries = [q for q in queries if q.get("kb_ids")]
    rows = reference.embed_all(model, tokenizer, [e["question"] for e in entries], CAP)
    asked = reference.embed_all(model, tokenizer, [q["query"] for q in queries], CAP)
    order = (asked @ rows.T).argsort(1)[:, ::-1]
    found = [[entries[j]["id"] in q["kb_ids"] for j in row[:3]] for row, q in zip(order, queries)]
    return {"faq_top1": np.mean([f[0] for f in found]), "faq_top3": np.mean([any(f) for f in found]),
            "faq_queries": len(queries)}


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokenizer", default=".cache/encoder/base/tokenizer.json")
    parser.add_argument("--intents", nargs=2, metavar=("TRAIN", "TEST"))
    parser.add_argument("--faq", nargs=2, metavar=("ENTRIES", "QUERIES"))
    parser.add_argument("models", nargs="+", help="ONNX models to compare")
    args = parser.parse_args(argv)
    if not args.intents and not args.faq:
        parser.error("give --intents, --faq or both")
    tokenizer = reference.load_tokenizer(args.tokenizer)
    for path in args.models:
        model = reference.session(path)
        report = {"model": path}
        if args.intents:
            report |= intents(model, tokenizer, read(args.intents[0]), read(args.intents[1]))
        if args.faq:
            report |= faq(model, tokenizer, read(args.faq[0]), read(args.faq[1]))
        print(json.dumps({k: round(float(v), 4) if isinstance(v, np.floating) else v for k, v in report.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
