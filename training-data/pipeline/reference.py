"""The reference: folding, token ids and embeddings as the Go encoder must give them.

Folding is stated here a second time, independently of the Go code, so that
parity.jsonl tests one against the other.
"""

import unicodedata

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

MAX_LENGTH = 512
UNKNOWN = "\ufffd"

# White_Space of the Unicode character database.
BLANKS = frozenset(map(chr, [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
                             0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))
# Default_Ignorable_Code_Point outside of category C, and what carries no text.
INVISIBLE = frozenset(map(chr, [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164,
                                *range(0xFE00, 0xFE10), 0xFFA0, *range(0xE0100, 0xE01F0), 0xFFFD]))


def fold(text):
    """Fold text: NFKC, blanks to a space, invisible code points out, simple lower case."""
    out = []
    for char in unicodedata.normalize("NFKC", text):
        if char in BLANKS:
            out.append(" ")
        elif char in INVISIBLE or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"):
            continue
        else:
            out.append(char.lower()[0])
    return "".join(out)


def load_tokenizer(path):
    """Load the reference tokenizer from its tokenizer.json."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def token_ids(tokenizer, text, limit=MAX_LENGTH):
    """Return the ids of text, special tokens included, at most limit of them."""
    ids = tokenizer.encode(fold(text)).ids
    if len(ids) > limit:
        ids = ids[: limit - 1] + ids[-1:]
    return ids


def session(path):
    """Open an ONNX session of a path or of a graph's bytes as the server does: one thread, no spinning, all optimisations."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path if isinstance(path, bytes) else str(path), options, providers=["CPUExecutionProvider"])


def embed(model, ids):
    """Return the normalised sentence vector of one list of ids.

    model is a session of the exported graph (the CLS row is pooled here) or of a
    pruned one (the graph pools).
    """
    row = np.array([ids], np.int64)
    out = model.run(None, {"input_ids": row, "attention_mask": np.ones_like(row),
                           "token_type_ids": np.zeros_like(row)})[0]
    if out.ndim == 3:
        out = out[:, 0]
        out = out / np.linalg.norm(out, axis=1, keepdims=True)
    return out[0]


def embed_all(model, tokenizer, texts, limit=MAX_LENGTH):
    """Return [len(texts), D], one run a text: a graph with dynamic ranges depends on the batch."""
    return np.stack([embed(model, token_ids(tokenizer, t, limit)) for t in texts])
