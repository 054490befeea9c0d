"""The trunk in PyTorch: the base encoder's weights from its ONNX graph, and back into it.

Post-norm BERT with learned positions. A pass yields two things: the
L2-normalised CLS row of the last layer, by which articles are found, and the
state that the heads read: that row (before the norm) beside the masked mean of
the layer before. Only the CLS row of the last layer is computed, in training
as in the served graph.
"""

import math

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

HEADS = 8
PARTS = ("attention/self/query", "attention/self/key", "attention/self/value", "attention/output/dense",
         "intermediate/dense", "output/dense")


class Rounded(nn.Module):
    """A linear layer that can learn with the rounding that it will be served with.

    Off, it is a plain linear layer. On, its input is rounded to 8 bits with the
    fixed range [low, high] and its weights to 8 bits with one scale a column;
    the gradient passes straight through.
    """

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("low", torch.tensor(0.0))
        self.register_buffer("high", torch.tensor(0.0))
        self.on = False
        self.watch = None

    def step(self):
        """Return (scale, zero point) of the input's 8 bits, as the served graph rounds."""
        scale = (self.high - self.low).clamp(min=1e-6) / 255.0
        return scale, torch.round(-self.low / scale).clamp(0, 255)

    def forward(self, x):
        if self.watch is not None:
            self.watch(x)
        if not self.on:
            return F.linear(x, self.weight, self.bias)
        scale, zero = self.step()
        rounded = ((x.float() / scale + zero).round().clamp(0, 255) - zero) * scale
        x = x + (rounded.to(x.dtype) - x).detach()
        by = self.weight.detach().abs().amax(1, keepdim=True).clamp(min=1e-8) / 127.0
        fixed = (self.weight.detach() / by).round().clamp(-127, 127) * by
        weight = self.weight + (fixed - self.weight).detach()
        return F.linear(x, weight, self.bias)


class Layer(nn.Module):
    """One layer: self-attention and feed-forward, each followed by its norm."""

    def __init__(self, width, inner):
        super().__init__()
        self.q, self.k, self.v, self.o = (Rounded(width, width) for _ in range(4))
        self.up, self.down = Rounded(width, inner), Rounded(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x, mask, drop, first=False):
        """Return the layer's output; with first, of the CLS row alone."""
        rows = x[:, :1] if first else x
        batch, _, width = x.shape

        def split(t):
            return t.view(batch, -1, HEADS, width // HEADS).transpose(1, 2)

        # Spelled out: on a CPU the fused kernel is six times slower at the lengths of messages.
        scores = (split(self.q(rows)) @ split(self.k(x)).transpose(-1, -2)).float() / math.sqrt(width // HEADS) + mask
        value = split(self.v(x))
        seen = torch.softmax(scores, -1).to(value.dtype) @ value
        seen = self.o(seen.transpose(1, 2).reshape(batch, -1, width))
        rows = self.norm1(rows + drop(seen))
        return self.norm2(rows + drop(self.down(F.gelu(self.up(rows)))))


class Trunk(nn.Module):
    """The encoder: token ids to (embedding [B, D], state [B, 2 D])."""

    def __init__(self, vocabulary=21128, width=512, inner=2048, layers=4, positions=512, dropout=0.1):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, sparse=True)
        self.positions = nn.Embedding(positions, width)
        self.types = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, inner) for _ in range(layers))
        self.drop = nn.Dropout(dropout)
        self.width = width

    def hidden(self, ids, lengths, types):
        """Return the output of every layer but the last [B, S, D], which positions are read, and the attention mask."""
        size = ids.shape[1]
        places = torch.arange(size, device=ids.device)
        keep = places[None, :] < lengths[:, None]
        x = self.words(ids) + self.positions(places)[None] + self.types(types)
        x = self.drop(self.norm(x))
        mask = (~keep)[:, None, None, :] * -1e4
        for layer in self.layers[:-1]:
            x = layer(x, mask, self.drop)
        return x, keep, mask

    def forward(self, ids, lengths, types):
        x, keep, mask = self.hidden(ids, lengths, types)
        cls = self.layers[-1](x, mask, self.drop, first=True)[:, 0].float()
        mean = (x.float() * keep[..., None]).sum(1) / lengths[:, None]
        return F.normalize(cls, dim=-1), torch.cat([cls, mean], -1)

    def rows(self, ids, lengths, types):
        """Return every row of the last layer: what masked words are guessed from."""
        x, _, mask = self.hidden(ids, lengths, types)
        return self.layers[-1](x, mask, self.drop)


def _places(model):
    """Return (trunk parameter name, ONNX initialiser name, transposed) of every weight."""
    by_node = {n.name: n for n in model.graph.node}
    found = [("words.weight", "embeddings.word_embeddings.weight", False),
             ("positions.weight", "embeddings.position_embeddings.weight", False),
             ("types.weight", "embeddings.token_type_embeddings.weight", False),
             ("norm.weight", "embeddings.LayerNorm.weight", False), ("norm.bias", "embeddings.LayerNorm.bias", False)]
    number = 0
    while f"/encoder/layer.{number}/output/dense/MatMul" in by_node:
        for part, name in zip(PARTS, ("q", "k", "v", "o", "up", "down")):
            node = by_node[f"/encoder/layer.{number}/{part}/MatMul"]
            found.append((f"layers.{number}.{name}.weight", node.input[1], True))
            found.append((f"layers.{number}.{name}.bias", f"encoder.layer.{number}.{part.replace('/', '.')}.bias", False))
        for norm, name in (("attention.output", "norm1"), ("output", "norm2")):
            for kind in ("weight", "bias"):
                found.append((f"layers.{number}.{name}.{kind}", f"encoder.layer.{number}.{norm}.LayerNorm.{kind}", False))
        number += 1
    return found


def load(path, **options):
    """Return the trunk with the weights of the ONNX file at path."""
    model = onnx.load(path)
    arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    trunk = Trunk(**options)
    state = {}
    for name, source, transposed in _places(model):
        array = arrays[source].T if transposed else arrays[source]
        state[name] = torch.from_numpy(np.ascontiguousarray(array).copy())
    missing = trunk.load_state_dict(state, strict=False)
    left = [m for m in missing.missing_keys if not m.endswith((".low", ".high"))]
    if left or missing.unexpected_keys:
        raise ValueError(f"the graph lacks {left} and has {missing.unexpected_keys} besides")
    return trunk


def store(trunk, base, path):
    """Write the base graph at base with the trunk's weights to path."""
    model = onnx.load(base)
    tensors = {t.name: t for t in model.graph.initializer}
    state = trunk.state_dict()
    for name, target, transposed in _places(model):
        array = state[name].float().cpu().numpy()
        array = np.ascontiguousarray(array.T if transposed else array)
        tensors[target].CopyFrom(numpy_helper.from_array(array, target))
    onnx.save(model, path)


def temperature_scale():
    """Return the learned scale and bias by which a cosine becomes a probability."""
    return nn.Parameter(torch.tensor([math.log(20.0), -10.0]))
