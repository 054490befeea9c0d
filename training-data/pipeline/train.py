#!/usr/bin/env python3
"""Train the encoder and its heads: one trunk, many tasks.

    train.py --data DIR --out .cache/encoder/train [--minutes 300] [--smoke]

Each step draws one task by weight. Checkpoints are written every few minutes
and at a stop (SIGINT, SIGTERM); the same command resumes. The learning rate falls with the time
that is spent, so that a run of any length ends converged for its length; the
weights that ship are a running mean of those that were trained.
"""

import argparse
import json
import pathlib
import random
import signal
import sys
import time

import numpy as np
import torch

import augment
import calibrate
import evaluate
import reference
import sources
import tasks
import trunk as trunks

STOPPED = 3  # exit status of a run that was stopped before its end
HELD = 10  # one labelled turn in HELD is kept for calibration, by the sum of its id


def held(name):
    """Report whether the row of this id or text is kept out of training, for calibration."""
    return sum(name.encode()) % HELD == 3


def label_sets(data):
    """Return head → labels of every head that is trained."""
    sets = {"intent": sources.intents(), "intent_context": sources.intents(), "sentiment": list(sources.SENTIMENTS),
            "emotion": list(sources.EMOTIONS), "scope": ["in", "out"], "risk": ["calm", "risk"]}
    for name, rows in {**sources.open_emotions(data), **sources.open_intents(data)}.items():
        sets[name] = sorted({y for _, y in rows})
    return sets


def intent_rows(data):
    """Return (text, prev, intent, alt, ctx, sentiment, copies) of everything that has an intent."""
    out = []
    for r in sources.utterances():
        if not held(r["text"]):
            out.append((r["text"], "", r["intent"], r.get("alt"), False, r.get("sentiment"), 1.0))
    for r in sources.labelled(data):
        if not held(r["id"]):
            out.append((r["text"], r["prev"], r["intent"], r.get("alt"), r["ctx"], r["sentiment"], 1.3))
    for r in sources.contexts():
        if not held(r["text"] + r["prev"]):
            out.append((r["text"], r["prev"], r["intent"], r.get("alt"), r["ctx"], r.get("sentiment"), 1.0))
    for r in sources.scopes():
        if not r["oos"] and r.get("intent"):
            out.append((r["text"], "", r["intent"], None, False, None, 1.0))
        elif r["oos"] and not held(r["text"]):
            out.append((r["text"], "", "out_of_scope", None, False, None, 0.3))
    return out


def noise_texts(random_, count):
    """Return messages of keyboard noise."""
    keys = "asdfghjklqwertyuiopzxcvbnm1234567890;',./。，？！…~  "
    han = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    out = []
    for _ in range(count):
        kind = random_.random()
        if kind < 0.4:
            out.append("".join(random_.choice(keys) for _ in range(random_.randint(2, 18))))
        elif kind < 0.8:
            out.append("".join(random_.choice(han) for _ in range(random_.randint(3, 14))))
        else:
            out.append(random_.choice(keys[:26] + han) * random_.randint(2, 9))
    return [t for t in out if t.strip()]


def build(data, labels, rnd, args):
    """Return the tasks of a run."""
    found = intent_rows(data)
    noise = augment.Noise([r[0] for r in found], rnd)
    names = labels["intent"]
    plain = [r for r in found if not r[4]]
    one = lambda r: tasks.one_hot(names, r[2], r[3])
    alone = tasks.Labels("intent", "intent", [(r[0], "", one(r)) for r in plain], noise, rnd, 9.0,
                         weights=[r[6] for r in plain], classes=tasks.balance([one(r) for r in plain], 0.25))
    paired = [r for r in found if r[1]] + rnd.sample(plain, len(plain) // 4)
    context = tasks.Labels("context", "intent_context", [(r[0], r[1], one(r)) for r in paired], noise, rnd, 5.0,
                           classes=tasks.balance([one(r) for r in paired], 0.25), rate=0.25)
    feel = [(r[0], "", tasks.one_hot(labels["sentiment"], r[5])) for r in found if r[5]]
    feel += [(r["text"], "", tasks.one_hot(labels["sentiment"], r["label"])) for r in sources.sentences() if not held(r["text"])] * 2
    sentiment = tasks.Labels("sentiment", "sentiment", feel, noise, rnd, 3.0, rate=0.3,
                             classes=tasks.balance([t for _, _, t in feel], 0.5))
    out = [alone, context, sentiment]
    reviews = sources.reviews(data)
    out.append(tasks.TwoWay("reviews", "sentiment", [(t[:90], "", y) for t, y in reviews["online_shopping"]], noise, rnd, 5.0,
                            size=24, limit=72))
    out.append(tasks.TwoWay("chats", "sentiment", [(t, "", y) for t, y in reviews["chat"]], noise, rnd, 3.0, size=40, limit=32))
    moods = [(r["text"], "", tasks.one_hot(labels["emotion"], r["emotion"])) for r in sources.emotions() if not held(r["text"])]
    out.append(tasks.Labels("emotion", "emotion", moods, noise, rnd, 0.5, size=32, classes=tasks.balance([t for _, _, t in moods])))
    for name, rows in sources.open_emotions(data).items():
        items = [(t[:110], "", tasks.one_hot(labels[name], y)) for t, y in rows]
        out.append(tasks.Labels(name, name, items, noise, rnd, 4.0 if name == "weibo_ewect6" else 0.3, size=28, limit=80, rate=0.0,
                                classes=tasks.balance([t for _, _, t in items], 0.5)))
    for name, rows in sources.open_intents(data).items():
        items = [(t, "", tasks.one_hot(labels[name], y)) for t, y in rows]
        out.append(tasks.Labels(name, name, items, noise, rnd, {"voice_assistant12": 1.2, "cais": 0.3, "smalltalk": 0.6}.get(name, 0.15),
                                rate=0.2))
    inside = [r[0] for r in found if r[2] != "out_of_scope" and len(r[0]) > 1]
    outside = [r["text"] for r in sources.scopes() if r["oos"] and not held(r["text"])] * 4 + noise_texts(rnd, 1500)
    outside += [r[0] for r in found if r[2] == "out_of_scope"] * 2
    for name in ("voice_assistant12", "cais"):
        outside += [t for t, _ in sources.open_intents(data)[name]][:2500]
    outside += [t[:60] for t, _ in sources.open_emotions(data)["weibo_ewect6"]][:3000]
    outside += [a for a, _, _ in sources.pairs(data) if "借呗" not in a and "花呗" not in a][-6000:][:2500]
    row_in, row_out = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    size = min(len(inside), len(outside))
    items = [(t, "", row_in) for t in rnd.sample(inside, size)] + [(t, "", row_out) for t in rnd.sample(outside, size)]
    out.append(tasks.Labels("scope", "scope", items, noise, rnd, 0.5, rate=0.3))
    talks = []
    for turns, score in sources.satisfaction(data):
        risk = 1 / (1 + np.exp(3.0 * score))
        talks.append((*tasks.conversation(turns), np.array([1 - risk, risk], np.float32)))
    for row in sources.conversations():
        talks.append((*tasks.conversation(row["turns"]), np.array([1 - row["risk"], row["risk"]], np.float32)))
    out.append(tasks.Labels("risk", "risk", talks, noise, rnd, 0.5, size=16, limit=64, rate=0.0, keep=96))
    out.append(tasks.Retrieval(sources.bases(data), noise, rnd, args.retrieval))
    out.append(tasks.Pairs(sources.pairs(data, ("ant",)), rnd, 0.8))
    everyday = tasks.Pairs(sources.pairs(data, ("lcqmc", "xiaobu_assistant")), rnd, 2.8)
    everyday.name = "everyday"
    out.append(everyday)
    said = sources.answers(data)
    out.append(tasks.Answers(said, rnd, 0.4))
    out.append(tasks.Words([t for pair in said for t in pair], rnd, args.words))
    return [t for t in out if t.weight > 0 and t.name not in args.without]


def place(name):
    """Return the torch device called name; auto is the first GPU that torch sees, else the CPU."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def freeze(trunk, layers):
    """Keep the embeddings and this many of the lowest layers as they are; 0 keeps nothing."""
    parts = [trunk.words, trunk.positions, trunk.types, *trunk.layers[:layers]] if layers else []
    for part in parts:
        part.requires_grad_(False)


class Mean:
    """A running mean of a module's floating weights."""

    def __init__(self, module, keep):
        self.keep = keep
        self.values = {k: v.detach().clone() for k, v in module.state_dict().items() if v.is_floating_point()}

    @torch.no_grad()
    def add(self, module):
        """Take the module's present weights in."""
        now = module.state_dict()
        keys = list(self.values)
        torch._foreach_lerp_([self.values[k] for k in keys], [now[k] for k in keys], 1 - self.keep)


def watch(learner, work, rounds=24):
    """Fix the 8-bit ranges of every linear layer from batches of the tasks, and switch rounding on."""
    layers = [m for m in learner.trunk.modules() if isinstance(m, trunks.Rounded)]
    kept = {id(m): [] for m in layers}
    for m in layers:
        def see(x, into=kept[id(m)]):
            flat = x.detach().float().flatten()
            into.append(torch.cat([flat[torch.randint(len(flat), (4000,))], flat.min()[None], flat.max()[None]]).cpu().numpy())
        m.watch = see
    with torch.no_grad():
        for i in range(rounds):
            work[i % len(work)].loss(learner)
    for m in layers:
        m.watch = None
        low, high = calibrate.best(np.concatenate(kept[id(m)]))
        m.low.fill_(low)
        m.high.fill_(high)
        m.on = True


class Heads:
    """The heads as numpy functions for evaluate.py."""

    def __init__(self, learner):
        self.labels = learner.labels
        self.weights = {n: (h.weight.detach().cpu().numpy(), h.bias.detach().cpu().numpy()) for n, h in learner.heads.items()}
        self.pooled, self.width = learner.pooled, learner.trunk.width

    def __call__(self, name, state):
        weight, bias = self.weights[name]
        if self.pooled == "cls":
            return state[:, : self.width] @ weight[:, : self.width].T + bias
        if self.pooled == "mean":
            return state[:, self.width:] @ weight[:, self.width:].T + bias
        return state @ weight.T + bias


def reader(learner):
    """Return texts[, prevs] → (embeddings, states) as numpy, sorted by length inside."""
    def read(texts, prevs=None, keep=tasks.PREV):
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]) + (len(prevs[i]) if prevs else 0))
        first = second = None
        with torch.no_grad():
            for at in range(0, len(order), 64):
                some = order[at:at + 64]
                e, s = learner.encode([texts[i] for i in some], [prevs[i] for i in some] if prevs else None, 128, keep)
                if first is None:
                    first, second = np.zeros((len(texts), e.shape[1]), np.float32), np.zeros((len(texts), s.shape[1]), np.float32)
                first[some], second[some] = e.cpu().numpy(), s.cpu().numpy()
        return first, second
    return read


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of the open data")
    parser.add_argument("--base", default=".cache/encoder/base", help="folder with model.onnx and tokenizer.json")
    parser.add_argument("--out", default=".cache/encoder/train", help="where checkpoints and the log go")
    parser.add_argument("--minutes", type=float, default=300, help="how long the whole run trains, stops not counted")
    parser.add_argument("--steps", type=int, default=0, help="train this many steps instead, whatever the time: for ablations")
    parser.add_argument("--rate", type=float, default=8e-5, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--pooled", choices=("both", "cls", "mean"), default="both", help="what the heads read")
    parser.add_argument("--retrieval", type=float, default=6.0, help="weight of the retrieval task")
    parser.add_argument("--words", type=float, default=0.3, help="weight of masked words")
    parser.add_argument("--without", nargs="*", default=[], help="tasks left out: an ablation")
    parser.add_argument("--frozen", type=int, default=0, help="embeddings and this many of the lowest layers keep the base's weights: for ablations")
    parser.add_argument("--rounded", type=float, default=0.0, help="last share of the run that learns with 8-bit rounding")
    parser.add_argument("--smoke", action="store_true", help="a few steps of every task, no figures: the test suite's run")
    parser.add_argument("--every", type=float, default=5, help="minutes between checkpoints; every third one is measured")
    parser.add_argument("--device", default="auto", help="cpu, cuda or cuda:1; auto takes the first GPU that torch sees, else the CPU")
    parser.add_argument("--threads", type=int, default=2, help="cores to use; one that nothing else uses beats two shared ones")
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    data, out = pathlib.Path(args.data), pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rnd = random.Random(args.seed)
    torch.manual_seed(args.seed)
    began = time.time()
    log = open(out / "log.txt", "a", encoding="utf-8")
    stop = []
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stop.append(1))

    def say(*words):
        line = " ".join(str(w) for w in words)
        print(line, flush=True)
        print(line, file=log, flush=True)

    labels, device = label_sets(data), place(args.device)
    learner = tasks.Learner(trunks.load(pathlib.Path(args.base) / "model.onnx"),
                            reference.load_tokenizer(pathlib.Path(args.base) / "tokenizer.json"), labels, pooled=args.pooled)
    learner.to(device)
    freeze(learner.trunk, args.frozen)
    mean = Mean(learner, 0.99)
    work = build(data, labels, rnd, args)
    words = learner.trunk.words.weight  # a step touches few of its rows: sparse gradients
    dense = [(n, p) for n, p in learner.named_parameters() if p is not words]
    groups = [{"params": [p for n, p in dense if n.startswith("trunk")], "lr": args.rate, "peak": args.rate},
              {"params": [p for n, p in dense if not n.startswith("trunk")], "lr": 1e-3, "peak": 1e-3}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    rows = torch.optim.SparseAdam([{"params": [words], "lr": args.rate, "peak": args.rate}], betas=(0.9, 0.98))
    step, spent = 0, 0.0
    saved = out / "checkpoint.pt"
    if saved.exists():
        was = torch.load(saved, map_location="cpu", weights_only=False)
        learner.load_state_dict(was["learner"])
        optimiser.load_state_dict(was["optimiser"])
        rows.load_state_dict(was["rows"])
        mean.values = {k: v.to(device) for k, v in was["mean"].items()}
        step, spent = was["step"], was["spent"]
        rnd.seed(args.seed + step)
        torch.manual_seed(args.seed + step)
        say(f"resumed at step {step}, {spent / 60:.1f} minutes in")
    say(f"{len(work)} tasks: " + ", ".join(f"{t.name} {t.weight:g}" for t in work) + f"; on {device}, ready in {time.time() - began:.0f} s")
    for base in next((t.bases for t in work if t.name == "retrieval"), []):
        say(f"  base {base.name}: {len(base.entries)} entries, {len(base.messages)} messages, "
            f"{sum(not r for _, r in base.messages)} without an answer")

    def save():
        torch.save({"learner": learner.state_dict(), "optimiser": optimiser.state_dict(), "rows": rows.state_dict(), "mean": mean.values,
                    "step": step, "spent": spent}, str(saved) + ".part")
        pathlib.Path(str(saved) + ".part").replace(saved)

    def measure():
        mine = {k: v.clone() for k, v in learner.state_dict().items()}
        learner.load_state_dict({**mine, **mean.values})
        learner.eval()
        figures = evaluate.everything(reader(learner), Heads(learner), data)
        learner.load_state_dict(mine)
        learner.train()
        say(f"step {step} {spent / 60:.1f} min", json.dumps(figures))
        return figures

    learner.train()
    running, last, rounds = {}, time.time(), 0
    deck = tasks.Deck(work, rnd, [t.weight * 2 for t in work])
    total = args.minutes * 60
    shown = time.time()
    steps = args.steps or (2 * len(work) if args.smoke else 0)
    while not stop and (step < steps if steps else spent < total):
        done = step / steps if steps else spent / total
        factor = min(1.0, done / 0.04 + 0.02) * (1 - done) ** 1.0
        if args.rounded and done >= 1 - args.rounded and not learner.trunk.layers[0].q.on:
            say(f"step {step}: from here with 8-bit rounding")
            learner.eval()
            watch(learner, work)
            learner.train()
            mean.values |= {k: v.clone() for k, v in learner.state_dict().items() if k.endswith((".low", ".high"))}
        for group in optimiser.param_groups + rows.param_groups:
            group["lr"] = group["peak"] * max(factor, 0.01)
        task = work[step % len(work)] if args.smoke else deck.draw(1)[0]
        start = time.time()
        loss = task.loss(learner)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for _, p in dense], 1.0)
        optimiser.step()
        rows.step()
        optimiser.zero_grad(set_to_none=True)
        rows.zero_grad(set_to_none=True)
        step += 1
        if step % 4 == 0:
            mean.add(learner)
        value = loss.item()
        spent += time.time() - start
        kept, took, count = running.get(task.name, (value, 0.0, 0))
        running[task.name] = (kept * 0.95 + value * 0.05, took + time.time() - start, count + 1)
        if args.smoke:
            say(f"step {step} {task.name} {value:.2f}")
        if time.time() - shown > 60:
            shown = time.time()
            say(f"step {step} {spent / 60:.1f} min lr {optimiser.param_groups[0]['lr']:.1e} "
                + " ".join(f"{n} {v:.2f}/{t / c * 1000:.0f}ms" for n, (v, t, c) in sorted(running.items())))
        if not args.smoke and time.time() - last > args.every * 60:
            last = time.time()
            save()
            rounds += 1
            if rounds % 3 == 0 and not args.steps:
                measure()
    save()
    ended = step >= steps if steps else spent >= total
    if not args.smoke and ended:
        measure()
    final = {k: v.cpu() for k, v in {**learner.state_dict(), **mean.values}.items()}
    torch.save({"learner": final, "labels": labels, "pooled": args.pooled}, out / "final.pt")
    say(f"ended at step {step}" if ended else f"stopped at step {step}: the same command resumes")
    return 0 if ended else STOPPED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
