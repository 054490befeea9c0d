#!/usr/bin/env python3
"""Compare models by what they are for: a linear head on labelled messages, and FAQ retrieval.

A quantised model may be near its original in cosine and still move the few
messages that lie between two labels; this measures that, and with --near and
--speed the cosine and the messages a CPU second as well. Files are JSON lines:
labelled messages {"text", "intent"[, "alt"]}, entries {"id", "question"},
queries {"query", "kb_ids"} of which the ones without kb_ids are left out,
plain texts {"text"} or {"messages": [...]}.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np

import parity
import reference

CAP = 128  # tokens a message, as the server reads them


def read(path):
    """Return the objects of a file of JSON lines."""
    return [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").split("\n") if line.strip()]


def plain_texts(objects):
    """Return the texts of objects in order: the field "text", or each of the field "messages"."""
    texts = []
    for number, row in enumerate(objects, 1):
        if "text" not in row and "messages" not in row:
            raise ValueError(f"object {number} has neither text nor messages: {sorted(row)}")
        texts += row["messages"] if "messages" in row else [row["text"]]
    return texts


def spread(texts, count):
    """Return count of texts at even distances, without doubles; all of them when there are fewer."""
    texts = list(dict.fromkeys(texts))
    if len(texts) <= count:
        return texts
    return [texts[i * len(texts) // count] for i in range(count)]


def near(model, ids, vectors):
    """Return how near the model's vectors of ids are to vectors, and how long a text is in tokens."""
    report = parity.cosines(np.stack([reference.embed(model, i) for i in ids]), vectors)
    return {f"cosine_{k}": v for k, v in report.items()} | {
        "texts": len(ids), "mean_tokens": round(float(np.mean([len(i) for i in ids])), 1)}


def speeds(models, lengths=(8, 16, 32, 64), rounds=12, runs=40):
    """Return a report a model: messages a CPU second by length in tokens, one message a run.

    The models take turns in every round and the best round counts, so that what
    else the machine does meets all of them alike.
    """
    best = [dict.fromkeys(lengths, float("inf")) for _ in models]
    for _ in range(rounds):
        for length in lengths:
            ids = [101, *((7 * k) % 7000 + 700 for k in range(length - 2)), 102]
            for model, found in zip(models, best):
                reference.embed(model, ids)
                began = time.process_time()
                for _ in range(runs):
                    reference.embed(model, ids)
                found[length] = min(found[length], time.process_time() - began)
    return [{f"per_second_{n}": round(runs / took) for n, took in found.items()} for found in best]


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
    parser.add_argument("--near", nargs="+", metavar=("ORIGINAL", "TEXTS"), help="the model to be near to, files of texts")
    parser.add_argument("--each", type=int, default=100, help="texts taken from each file of --near")
    parser.add_argument("--speed", action="store_true", help="messages a CPU second, one thread")
    parser.add_argument("--models", nargs="+", required=True, help="ONNX models to compare")
    args = parser.parse_args(argv)
    if not (args.intents or args.faq or args.near or args.speed):
        parser.error("give one or more of --intents, --faq, --near, --speed")
    if args.near and len(args.near) < 2:
        parser.error("--near wants a model and at least one file of texts")
    tokenizer = reference.load_tokenizer(args.tokenizer)
    if args.near:
        texts = [t for path in args.near[1:] for t in spread(plain_texts(read(path)), args.each)]
        ids = [reference.token_ids(tokenizer, t, CAP) for t in texts]
        original = reference.session(args.near[0])
        vectors = np.stack([reference.embed(original, i) for i in ids])
    models = [reference.session(path) for path in args.models]
    reports = [{"model": path} for path in args.models]
    for model, report in zip(models, reports):
        if args.intents:
            report |= intents(model, tokenizer, read(args.intents[0]), read(args.intents[1]))
        if args.faq:
            report |= faq(model, tokenizer, read(args.faq[0]), read(args.faq[1]))
        if args.near:
            report |= near(model, ids, vectors)
    if args.speed:
        reports = [report | found for report, found in zip(reports, speeds(models))]
    for report in reports:
        print(json.dumps({k: round(float(v), 4) if isinstance(v, np.floating) else v for k, v in report.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
