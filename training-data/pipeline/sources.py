"""What the encoder learns from: our authored files and, from DATA, open ones.

Every reader returns plain tuples or dictionaries in file order, so that a seed
decides everything after it. The measuring files (messages_dev, of whose rows the
queries of shop_messages are a part, and every row marked dev) are read by
evaluate.py; `measured` gives the folded texts of messages_dev so that no real
turn that we train on repeats one.
"""

import gzip
import json
import pathlib
import re

from reference import fold

ROOT = pathlib.Path(__file__).resolve().parents[2]
AUTHORED = ROOT / "training-data"
EMOTIONS = ("neutral", "anger", "disappointment", "worry", "urgency", "joy")
SENTIMENTS = ("negative", "neutral", "positive")


def rows(path):
    """Return the objects of a file of JSON lines, gzip or plain.

    A missing file is an error, and so is a line that holds no JSON object: ValueError with file and line.
    """
    opener, out = gzip.open if str(path).endswith(".gz") else open, []
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as err:
                raise ValueError(f"{path}:{number}: not JSON: {err}") from None
            if not isinstance(row, dict):
                raise ValueError(f"{path}:{number}: {type(row).__name__}, expected an object")
            out.append(row)
    return out


def key(text):
    """Return text without case, blanks and punctuation: two texts of one key are the same message."""
    return re.sub(r"[\W_]+", "", fold(text))


def measured(data):
    """Return the keys of every message that only measures, but for stock phrases of four characters and fewer."""
    texts = [r["text"] for r in rows(data / "intent/messages_dev.jsonl")]
    return {k for k in map(key, texts) if len(k) > 4}


def intents():
    """Return the names of the taxonomy, sorted: the order of every intent head."""
    text = (AUTHORED / "intents/taxonomy.yml").read_text("utf-8")
    return sorted(set(re.findall(r"name: ([a-z_]+),", text)))


def utterances():
    """Return the authored utterances {text, intent[, alt, sentiment]}."""
    return [r for p in sorted((AUTHORED / "intents").glob("utterances*.jsonl")) for r in rows(p)]


def contexts():
    """Return the authored context pairs {prev, text, intent, alt, ctx, sentiment}."""
    return rows(AUTHORED / "intents/context.jsonl")


def sentences():
    """Return the authored sentiment sentences {text, label}."""
    return rows(AUTHORED / "intents/sentiment.jsonl")


def emotions():
    """Return the authored emotion sentences {text, emotion}."""
    return rows(AUTHORED / "intents/emotion.jsonl")


def scopes():
    """Return the authored sentences {text, oos[, intent]}."""
    return rows(AUTHORED / "intents/scope.jsonl")


def conversations():
    """Return the authored conversations {id, turns, risk}."""
    return rows(AUTHORED / "intents/conversations.jsonl")


def dialogues(data, name):
    """Return the dialogues of the train part of one source."""
    return [d for d in rows(data / f"dialog/{name}.jsonl.gz") if d["split"] == "train"]


def turns(data):
    """Return id → (text, turn before or "", role) of every turn of the train parts."""
    found = {}
    for name in ("taobao_ecd", "weibo_helpdesk"):
        for dialogue in dialogues(data, name):
            before = ""
            for number, turn in enumerate(dialogue["turns"]):
                found[f"{dialogue['id']}#{number}"] = (turn["text"], before, turn["role"])
                before = turn["text"]
    return found


def labelled(data):
    """Return the real turns that were labelled by reading, joined with their texts.

    A row whose text only measures is left out, and so is a turn that is not the customer's.
    """
    found, forbidden, out = turns(data), measured(data), []
    for path in sorted((AUTHORED / "labels").glob("*.jsonl")):
        if path.name.startswith(("links", "second")):
            continue
        for row in rows(path):
            if row["id"] not in found or not row.get("role_ok", True):
                continue
            text, before, _ = found[row["id"]]
            if key(text) in forbidden:
                continue
            out.append({**row, "text": text, "prev": before})
    return out


class Base:
    """A knowledge base with messages: entries, their wordings, and messages with the entries that answer.

    wordings[i] are the heading and similar questions of entry i; messages are
    (text, tuple of entry indices), the empty tuple where no entry answers.
    """

    def __init__(self, name, entries):
        self.name = name
        self.entries = entries
        self.index = {e["id"]: i for i, e in enumerate(entries)}
        self.wordings = [[e["question"], *e.get("similar", [])] for e in entries]
        self.messages = []

    def add(self, texts, ids):
        """Add messages that the entries called ids answer; an unknown id is an error."""
        unknown = [i for i in ids if i not in self.index]
        if unknown:
            raise ValueError(f"base {self.name} has no entry {', '.join(unknown)}: asked for by {texts[:1]}")
        right = tuple(self.index[i] for i in ids)
        self.messages += [(t, right) for t in texts]


def bases(data):
    """Return the authored knowledge bases with their messages, real linked turns included."""
    folder, out = AUTHORED / "faq/authored", []
    for path in sorted(folder.glob("kb_??.jsonl")):
        base = Base(path.stem[3:], rows(path))
        for row in rows(folder / f"{path.stem}_messages.jsonl"):
            ids = row.get("kb_ids") or ([row["kb_id"]] if row.get("kb_id") else [])
            base.add(row["messages"], ids)
        out.append(base)
    demo = Base("demo", rows(AUTHORED / "faq/demo.jsonl"))
    for entry in demo.entries:
        demo.add(entry["similar"], [entry["id"]])
    out.append(demo)
    links = AUTHORED / "labels/links.jsonl"
    if links.exists():
        found, forbidden, by_name = turns(data), measured(data), {b.name: b for b in out}
        for row in rows(links):
            if row["id"] not in found:
                raise ValueError(f"{links}: the data has no turn {row['id']}")
            text = found[row["id"]][0]
            if key(text) in forbidden:
                continue
            for name in ("mk", "fd", "fa"):
                ids = row["links"].get(name, [])
                if ids or row["kind"] != "A":
                    by_name[name].add([text], ids)
    return out


def answers(data):
    """Return (customer turn, agent answer) of the real dialogues."""
    forbidden, out = measured(data), []
    for name in ("taobao_ecd", "weibo_helpdesk"):
        for dialogue in dialogues(data, name):
            said = [*dialogue["turns"]]
            if dialogue.get("response"):
                said.append({"role": "agent", "text": dialogue["response"]})
            for before, after in zip(said, said[1:]):
                if before["role"] == "customer" and after["role"] == "agent" and len(key(before["text"])) > 3 \
                        and len(key(after["text"])) > 3 and key(before["text"]) not in forbidden:
                    out.append((before["text"], after["text"]))
    return out


def pairs(data, names=("ant", "lcqmc", "xiaobu_assistant")):
    """Return (a, b, same) of the open question pairs' train parts; a pair with a text that only measures is left out."""
    forbidden = measured(data)
    return [(r["a"], r["b"], r["label"]) for name in names for r in rows(data / f"pairs/{name}_pairs.jsonl.gz")
            if r["split"] == "train" and key(r["a"]) not in forbidden and key(r["b"]) not in forbidden]


def reviews(data, split="train"):
    """Return name → [(text, 1 for positive)] of the two-way sentiment sets."""
    out = {}
    for name in ("online_shopping", "chat"):
        out[name] = [(r["text"], int(r["label"] in (1, "1", "positive")))
                     for r in rows(data / f"sentiment/{name}.jsonl.gz") if r["split"] == split]
    return out


def open_emotions(data, split="train"):
    """Return name → [(text, label)] of the open emotion sets."""
    return {name: [(r["text"], r["label"]) for r in rows(data / f"emotion/{name}.jsonl.gz") if r["split"] == split]
            for name in ("weibo_ewect6", "dialogue_emotion8")}


def open_intents(data, split="train"):
    """Return name → [(text, label)] of other intent sets."""
    files = {"voice_assistant12": "voice_assistant12.jsonl.gz", "cais": "cais_smart_speaker.jsonl.gz",
             "smalltalk": "smalltalk.jsonl", "support_contact": "support_contact.jsonl",
             "shopping_guide": "shopping_guide_small.jsonl"}
    return {name: [(r["text"], r["intent"]) for r in rows(data / "intent" / file) if r["split"] == split]
            for name, file in files.items()}


def satisfaction(data, split="train"):
    """Return (turns, satisfaction -2..2) of the help desk conversations."""
    return [(d["turns"], d["satisfaction"]) for d in rows(data / "dialog/weibo_helpdesk.jsonl.gz") if d["split"] == split]
