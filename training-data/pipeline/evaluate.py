"""Development measures of an encoder with its heads, in Python; `yingda eval nlu` measures what ships.

Nothing here trains. `read` is any function texts, prevs → (embeddings, states).
"""

import numpy as np

import sources
from tasks import conversation


def auc(positive, negative):
    """Return the area under the ROC curve of two lists of scores: how often a positive one is above a negative one, ties half."""
    n, m = len(positive), len(negative)
    if not n or not m:
        raise ValueError(f"the area wants scores of both kinds, not {n} and {m}")
    _, place, count = np.unique(np.concatenate([positive, negative]), return_inverse=True, return_counts=True)
    average = np.cumsum(count) - (count - 1) / 2  # the rank of each value, equal ones sharing the mean of theirs
    return float((average[place][:n].sum() - n * (n + 1) / 2) / (n * m))


def macro_f1(truth, guess):
    """Return the mean F1 over the labels of truth."""
    out = []
    for label in sorted(set(truth)):
        hit = sum(t == label == g for t, g in zip(truth, guess))
        out.append(2 * hit / max(sum(t == label for t in truth) + sum(g == label for g in guess), 1))
    return float(np.mean(out))


def calibration_error(confidence, right, bins=15):
    """Return the expected calibration error with bins of equal width."""
    confidence, right = np.asarray(confidence), np.asarray(right, float)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(sum(abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).mean()
                     for b in range(bins) if (place == b).any()))


def softmax(logits):
    """Return the rows of logits as probabilities."""
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def retrieval(read, entries, queries):
    """Return top1, top3, auc and the share answered at 90 % precision, as `yingda eval faq` defines them."""
    wordings = [(w, i) for i, e in enumerate(entries) for w in [e["question"], *e.get("similar", [])]]
    rows = read([w for w, _ in wordings])[0]
    owner = np.array([i for _, i in wordings])
    asked = read([q["query"] for q in queries])[0]
    cosines = asked @ rows.T
    best = np.full((len(queries), len(entries)), -2.0)
    for i in range(len(entries)):
        best[:, i] = cosines[:, owner == i].max(1)
    place = {e["id"]: i for i, e in enumerate(entries)}
    right = [{place[k] for k in (q.get("kb_ids") or ([q["kb_id"]] if q.get("kb_id") else []))} for q in queries]
    order = (-best).argsort(1)
    has = [i for i, r in enumerate(right) if r]
    top1 = np.mean([order[i, 0] in right[i] for i in has])
    top3 = np.mean([bool(right[i] & set(order[i, :3])) for i in has])
    score = best.max(1)
    good = np.array([order[i, 0] in r if r else False for i, r in enumerate(right)])
    none = [i for i, r in enumerate(right) if not r]
    out = {"top1": top1, "top3": top3}
    if none:
        out["auc"] = auc(score[has], score[none])
    rank = (-score).argsort()
    hits = np.cumsum(good[rank])
    ok = np.flatnonzero(hits / np.arange(1, len(rank) + 1) >= 0.9)
    out["answered90"] = hits[ok[-1]] / len(has) if len(ok) else 0.0
    return {k: round(float(v), 4) for k, v in out.items()}


def messages(read, heads, data):
    """Return the measures of messages_dev; heads maps a name to states → logits with heads.labels."""
    found = sources.rows(data / "intent/messages_dev.jsonl")
    plain = [r for r in found if not r["ctx"]]
    out, labels = {}, heads.labels["intent"]
    state = read([r["text"] for r in plain])[1]
    probs = softmax(heads("intent", state))
    best = [labels[i] for i in probs.argmax(1)]
    out["strict"] = np.mean([b == r["intent"] for b, r in zip(best, plain)])
    out["soft"] = np.mean([b in (r["intent"], r["alt"]) for b, r in zip(best, plain)])
    out["ece"] = calibration_error(probs.max(1), [b == r["intent"] for b, r in zip(best, plain)])
    state = read([r["text"] for r in found])[1]
    alone = softmax(heads("intent", state))
    pair = softmax(heads("intent_context", read([r["text"] for r in found], [r["prev"] or "" for r in found])[1]))
    for name, probs in (("pair", pair), ("mix", (alone + pair) / 2)):
        best = [labels[i] for i in probs.argmax(1)]
        for ctx in (True, False):
            some = [(b, r) for b, r in zip(best, found) if r["ctx"] == ctx]
            out[f"{name}_ctx{int(ctx)}"] = np.mean([b == r["intent"] for b, r in some])
    feel = heads("sentiment", state)
    names = heads.labels["sentiment"]
    out["sentiment"] = macro_f1([r["sentiment"] for r in found], [names[i] for i in feel.argmax(1)])
    return {k: round(float(v), 4) for k, v in out.items()}


def others(read, heads, data, limit):
    """Return two-way sentiment, emotion and dissatisfaction on at most limit rows each."""
    out = {}
    for name, pairs in sources.reviews(data, "dev").items():
        pairs = pairs[:: max(1, len(pairs) // limit)]
        logits = heads("sentiment", read([t for t, _ in pairs])[1])[:, [0, 2]]
        out[name] = np.mean(logits.argmax(1) == np.array([y for _, y in pairs]))
    rows = sources.open_emotions(data, "dev")["weibo_ewect6"]
    rows = rows[:: max(1, len(rows) // limit)]
    labels = heads.labels["weibo_ewect6"]
    guess = heads("weibo_ewect6", read([t for t, _ in rows])[1]).argmax(1)
    out["ewect6"] = macro_f1([y for _, y in rows], [labels[i] for i in guess])
    talks = sources.satisfaction(data, "dev")
    parts = [conversation(t) for t, _ in talks]
    risk = heads("risk", read([a for a, _ in parts], [b for _, b in parts], keep=96)[1])
    risk = risk[:, 1] - risk[:, 0]
    bad = np.array([s < 0 for _, s in talks])
    out["dissatisfied_auc"] = auc(risk[bad], risk[~bad])
    return {k: round(float(v), 4) for k, v in out.items()}


def scope(read, heads, data):
    """Return the recall of what is out of scope at 0.95 acceptance of messages_dev."""
    inside = [r["text"] for r in sources.rows(data / "intent/messages_dev.jsonl") if r["intent"] != "out_of_scope"]
    outside = [t for name in ("voice_assistant12", "cais") for t, _ in sources.open_intents(data, "dev")[name][:300]]
    outside += [t for t, _ in sources.open_emotions(data, "dev")["weibo_ewect6"][:300]]
    outside += [q["query"] for q in sources.rows(data / "faq/open_domain_dev_queries.jsonl")[:300]]

    def score(texts):
        state = read(texts)[1]
        own = heads("scope", state)
        return own[:, 1] - own[:, 0]

    threshold = np.quantile(score(inside), 0.95)
    return {"scope_recall": round(float(np.mean(score(outside) > threshold)), 4)}


def faq(read, data):
    """Return the FAQ measures of the shop's messages and of the open domain."""
    out = {}
    for short, kb, queries in (("shop", "shop_messages_kb", "shop_messages_dev_queries"),
                               ("open", "open_domain_dev_kb", "open_domain_dev_queries")):
        found = retrieval(read, sources.rows(data / f"faq/{kb}.jsonl"), sources.rows(data / f"faq/{queries}.jsonl"))
        out |= {f"{short}_{k}": v for k, v in found.items()}
    return out


def everything(read, heads, data, limit=600):
    """Return all measures of one encoder."""
    return {**messages(read, heads, data), **faq(read, data), **others(read, heads, data, limit), **scope(read, heads, data)}
