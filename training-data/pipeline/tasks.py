"""The tasks of the encoder: each draws a batch and returns a loss.

A Learner holds the trunk, the heads and the reader of texts; a task is an
object with `name`, `weight` (how often it is drawn) and `loss(learner)`.
"""

import collections
import random as rand

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import augment
import reference
import sources
import trunk as trunks

CLS, SEP, MASK = 101, 102, 103
PREV = 48  # tokens of the turn before that a pair keeps: the end of it


class Learner(nn.Module):
    """The trunk with everything that is trained beside it."""

    def __init__(self, trunk, tokenizer, heads, dropout=0.1, pooled="both"):
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleDict({n: nn.Linear(2 * trunk.width, len(labels)) for n, labels in heads.items()})
        self.labels = heads
        self.answer = nn.Linear(trunk.width, trunk.width)
        self.guess = nn.Sequential(nn.Linear(trunk.width, trunk.width), nn.GELU(), nn.LayerNorm(trunk.width))
        self.scale = trunks.temperature_scale()
        self.drop = nn.Dropout(dropout)
        self.pooled = pooled
        self.tokenizer = tokenizer
        self.cache = {}
        nn.init.eye_(self.answer.weight)
        for head in self.heads.values():
            nn.init.normal_(head.weight, std=0.01)

    @property
    def device(self):
        """Where the weights are, and so where batches go."""
        return self.scale.device

    def ids(self, text, limit):
        """Return the token ids of text, special tokens included."""
        found = self.cache.get(text)
        if found is None:
            found = np.array(reference.token_ids(self.tokenizer, text, 4096), np.int64)
            if len(self.cache) < 400_000:
                self.cache[text] = found
        return found if len(found) <= limit else np.append(found[: limit - 1], SEP)

    def read(self, texts, prevs=None, limit=64, keep=PREV):
        """Return (ids, how many of them are the text's own) of texts, each with the turn before it where prevs has one."""
        made = []
        for i, text in enumerate(texts):
            own = self.ids(text, limit)
            if prevs is not None and prevs[i]:
                before = self.ids(prevs[i], 4096)[1:]
                before = before[-keep:]
                made.append((np.concatenate([own, before]), len(own)))
            else:
                made.append((own, len(own)))
        return made

    @staticmethod
    def padded(made):
        """Return (ids, lengths, types) of what read gave, padded to the longest, in the CPU's memory."""
        size = max(len(m) for m, _ in made)
        ids = np.zeros((len(made), size), np.int64)
        types = np.zeros_like(ids)
        for row, (m, own) in enumerate(made):
            ids[row, : len(m)] = m
            types[row, own: len(m)] = 1
        return torch.from_numpy(ids), torch.tensor([len(m) for m, _ in made]), torch.from_numpy(types)

    def encode(self, texts, prevs=None, limit=64, keep=PREV):
        """Return (embeddings, states) of texts."""
        made = self.read(texts, prevs, limit, keep)
        order = sorted(range(len(made)), key=lambda i: len(made[i][0]))
        embeddings, states = [], []
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            for start, end in groups([len(made[i][0]) for i in order]):
                e, s = self.trunk(*(t.to(self.device) for t in self.padded([made[i] for i in order[start:end]])))
                embeddings.append(e)
                states.append(s)
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        back = back.to(self.device)
        return torch.cat(embeddings)[back], torch.cat(states)[back]

    def logits(self, name, state):
        """Return head name's logits of state."""
        if self.pooled == "cls":
            state = torch.cat([state[:, : self.trunk.width], torch.zeros_like(state[:, self.trunk.width:])], 1)
        elif self.pooled == "mean":
            state = torch.cat([torch.zeros_like(state[:, : self.trunk.width]), state[:, self.trunk.width:]], 1)
        return self.heads[name](self.drop(state).float())


def groups(lengths, most=3, cost=120):
    """Cut sorted lengths into up to most runs [(start, end)] so that padding and runs together cost least.

    cost is what one more run costs, in tokens.
    """
    if most == 1 or len(lengths) < 2:
        return [(0, len(lengths))]
    whole = len(lengths) * lengths[-1]
    cut, least = 0, whole
    for at in range(1, len(lengths)):
        found = at * lengths[at - 1] + (len(lengths) - at) * lengths[-1] + cost
        if found < least:
            cut, least = at, found
    if not cut:
        return [(0, len(lengths))]
    return groups(lengths[:cut], most - 1, cost) + [(cut, len(lengths))]


class Deck:
    """Draws items in a fresh order each time they are used up.

    With weights an item comes as many times a round as its weight says: 1.3 is once, and
    in three rounds of ten twice.
    """

    def __init__(self, items, random, weights=None):
        self.items, self.random, self.weights, self.left = items, random, weights, []

    def draw(self, count):
        """Return count items; a deck that holds nothing to draw is a ValueError."""
        out = []
        if not self.items or self.weights is not None and max(self.weights) <= 0:
            raise ValueError("nothing to draw from: no items, or no weight above zero")
        while len(out) < count:
            while not self.left:
                self.left = list(range(len(self.items)))
                if self.weights is not None:
                    self.left = [i for i in self.left for _ in range(self._copies(self.weights[i]))]
                self.random.shuffle(self.left)
            out.append(self.items[self.left.pop()])
        return out

    def _copies(self, weight):
        whole = int(weight)
        return whole + (self.random.random() < weight - whole)


class Retrieval:
    """Customers' messages against the entries of one knowledge base, near entries in the same batch.

    A batch takes a few seed entries with their nearest neighbours by the present
    trunk, so that the same topic with another wish stands against every message.
    Cross-entropy ranks; a sigmoid of the scaled cosine makes a threshold mean something.
    """

    name = "retrieval"

    def __init__(self, bases, noise, random, weight, seeds=4, near=10, others=16, absent=8, refresh=150, temperature=0.05):
        self.bases, self.noise, self.random, self.weight = bases, noise, random, weight
        self.seeds, self.near, self.others, self.absent = seeds, near, others, absent
        self.refresh, self.temperature = refresh, temperature
        self.by_entry, self.decks, self.nothing, self.neighbours, self.age = [], [], [], [None] * len(bases), [0] * len(bases)
        for base in bases:
            by_entry = collections.defaultdict(list)
            for text, right in base.messages:
                for i in right:
                    by_entry[i].append((text, right))
            self.by_entry.append({i: Deck(v, random) for i, v in by_entry.items()})
            self.decks.append(Deck(list(range(len(base.entries))), random))
            empty = [m for m in base.messages if not m[1]]
            self.nothing.append(Deck(empty, random) if empty else None)
        self.turns = Deck(list(range(len(bases))), random, [sum(bool(r) for _, r in b.messages) / 400 for b in bases])

    def _neighbours(self, learner, which):
        base = self.bases[which]
        if self.neighbours[which] is None or self.age[which] >= self.refresh:
            was = learner.training
            learner.eval()
            with torch.no_grad():
                vectors = torch.cat([learner.encode([w[0] for w in base.wordings[i:i + 64]])[0]
                                     for i in range(0, len(base.wordings), 64)])
            learner.train(was)
            self.neighbours[which] = (vectors @ vectors.T).argsort(1, descending=True).cpu().numpy()
            self.age[which] = 0
        self.age[which] += 1
        return self.neighbours[which]

    def loss(self, learner):
        which = self.turns.draw(1)[0]
        base = self.bases[which]
        order = self._neighbours(learner, which)
        chosen = []
        for seed in self.decks[which].draw(self.seeds):
            chosen += list(order[seed][: self.near])
        chosen += self.decks[which].draw(self.others)
        chosen = list(dict.fromkeys(int(c) for c in chosen))
        messages = []
        for entry in chosen:
            deck = self.by_entry[which].get(entry)
            if deck:
                messages.append(deck.draw(1)[0])
        if self.nothing[which]:
            messages += self.nothing[which].draw(self.absent)
        place = {e: i for i, e in enumerate(chosen)}
        for _, right in list(messages):
            for e in right:
                if e not in place:
                    place[e] = len(chosen)
                    chosen.append(e)
        titles = [self.random.choice(base.wordings[e]) if self.random.random() < 0.6 else base.wordings[e][0] for e in chosen]
        vectors, _ = learner.encode([self.noise(t, 0.3) for t, _ in messages] + titles)
        asked, rows = vectors[: len(messages)], vectors[len(messages):]
        cosines = asked @ rows.T
        target = torch.zeros(len(messages), len(chosen))
        for i, (_, right) in enumerate(messages):
            for e in right:
                target[i, place[e]] = 1
        target = target.to(cosines.device)
        has = target.sum(1) > 0
        share = target[has] / target[has].sum(1, keepdim=True)
        rank = -(share * F.log_softmax(cosines[has] / self.temperature, 1)).sum(1).mean()
        logit = cosines * learner.scale[0].exp() + learner.scale[1]
        both = F.binary_cross_entropy_with_logits(logit, target, reduction="sum") / len(messages)
        return rank + both


class Pairs:
    """Open question pairs: the same meaning together, marked others and the rest of the batch apart."""

    name = "pairs"

    def __init__(self, pairs, random, weight, size=32, temperature=0.05):
        self.same = Deck([p for p in pairs if p[2]], random)
        self.other = Deck([p for p in pairs if not p[2]], random)
        self.weight, self.size, self.temperature = weight, size, temperature

    def loss(self, learner):
        same, other = self.same.draw(self.size), self.other.draw(self.size // 2)
        texts = [a for a, _, _ in same] + [b for _, b, _ in same] + [a for a, _, _ in other] + [b for _, b, _ in other]
        vectors, _ = learner.encode(texts, limit=40)
        n, m = self.size, self.size // 2
        a, b, c, d = vectors[:n], vectors[n:2 * n], vectors[2 * n:2 * n + m], vectors[2 * n + m:]
        left = torch.cat([a, c])
        right = torch.cat([b, d])
        cosines = left @ right.T / self.temperature
        target = torch.arange(n, device=cosines.device)
        rank = F.cross_entropy(cosines[:n], target) / 2 + F.cross_entropy(cosines.T[:n], target) / 2
        # CoSENT (Su 2022): every marked pair above every other one.
        good, bad = (a * b).sum(1), (c * d).sum(1)
        order = torch.logsumexp(torch.cat([bad.new_zeros(1), ((bad[None] - good[:, None]) * 20).flatten()]), 0)
        return rank + 0.3 * order


class Answers:
    """A customer's turn and the agent's answer to it, in a space of their own beside the questions'."""

    name = "answers"

    def __init__(self, pairs, random, weight, size=40):
        self.deck, self.weight, self.size = Deck(pairs, random), weight, size

    def loss(self, learner):
        drawn = self.deck.draw(self.size)
        vectors, _ = learner.encode([a for a, _ in drawn] + [b for _, b in drawn], limit=40)
        left, right = vectors[: self.size], F.normalize(learner.answer(vectors[self.size:]), dim=-1)
        cosines = left @ right.T / 0.05
        target = torch.arange(self.size, device=cosines.device)
        return (F.cross_entropy(cosines, target) + F.cross_entropy(cosines.T, target)) / 2


class Words:
    """Masked words of real turns: the trunk learns the register."""

    name = "words"

    def __init__(self, texts, random, weight, size=32):
        self.deck, self.weight, self.size, self.random = Deck(texts, random), weight, size, random

    def loss(self, learner):
        ids, lengths, types = learner.padded(learner.read(self.deck.draw(self.size), limit=48))
        inside = (ids != 0) & (ids != CLS) & (ids != SEP)
        draw = torch.tensor(np.random.default_rng(self.random.randrange(1 << 30)).random(ids.shape))
        hit = inside & (draw < 0.2)
        hit[torch.arange(len(ids)), 1] |= ~hit.any(1)
        fed = torch.where(hit & (draw < 0.17), torch.full_like(ids, MASK), ids)
        fed, ids, hit, lengths, types = (t.to(learner.device) for t in (fed, ids, hit, lengths, types))
        with torch.autocast(learner.device.type, dtype=torch.bfloat16):
            rows = learner.trunk.rows(fed, lengths, types)
        rows = learner.guess(rows[hit].float())
        return F.cross_entropy(rows @ learner.trunk.words.weight.detach().T, ids[hit])


class Labels:
    """Messages with a distribution over a head's labels, with or without the turn before.

    items are (text, prev or "", target row); weights say how often an item is
    drawn in a round, classes how much each label counts in the loss (balance).
    """

    def __init__(self, name, head, items, noise, random, weight, size=48, limit=48, rate=0.4, weights=None,
                 smooth=0.05, classes=None, keep=PREV, share=1.0):
        self.name, self.head, self.weight, self.size, self.limit, self.rate = name, head, weight, size, limit, rate
        self.noise, self.smooth, self.keep, self.share = noise, smooth, keep, share
        self.deck = Deck(items, random, weights)
        self.classes = None if classes is None else torch.tensor(classes, dtype=torch.float32)

    def loss(self, learner):
        drawn = self.deck.draw(self.size)
        texts = [self.noise(t, self.rate) if self.rate else t for t, _, _ in drawn]
        _, state = learner.encode(texts, [p for _, p, _ in drawn], self.limit, self.keep)
        target = torch.tensor(np.array([row for _, _, row in drawn]), dtype=torch.float32).to(state.device)
        count = target.shape[1]
        target = target * (1 - self.smooth) + self.smooth / count
        found = -(target * F.log_softmax(learner.logits(self.head, state), 1))
        if self.classes is not None:
            found = found * self.classes.to(state.device)
        return self.share * found.sum(1).mean()


class TwoWay(Labels):
    """Two-way sentiment on the three-way head: neutral stands aside."""

    def loss(self, learner):
        drawn = self.deck.draw(self.size)
        _, state = learner.encode([t for t, _, _ in drawn], None, self.limit)
        logits = learner.logits(self.head, state)[:, [0, 2]]
        return self.share * F.cross_entropy(logits, torch.tensor([y for _, _, y in drawn], device=logits.device), label_smoothing=0.02)


def one_hot(labels, first, second=None, share=0.25):
    """Return the target row of a first and a second choice."""
    row = np.zeros(len(labels), np.float32)
    row[labels.index(first)] = 1
    if second in labels and second != first:
        row[labels.index(first)], row[labels.index(second)] = 1 - share, share
    return row


def balance(targets, power=0.5, cap=4.0):
    """Return class weights: the inverse of the share to the power, mean one over the rows."""
    counts = np.maximum(np.array(targets).sum(0), 1)
    weights = np.minimum((counts.sum() / counts / len(counts)) ** power, cap)
    return weights / (weights * counts).sum() * counts.sum()


def conversation(turns):
    """Return (last customer turn, what was said before it) of a conversation.

    Before it means: every turn in order, ours marked, the last characters kept by the reader.
    """
    last = max((i for i, t in enumerate(turns) if t["role"] == "customer"), default=0)
    said = [("答：" if t["role"] == "agent" else "问：") + t["text"] for i, t in enumerate(turns) if i != last]
    return turns[last]["text"], " ".join(said)
