"""Tests of the trunk in PyTorch against the graph it comes from."""

import pathlib
import tempfile
import unittest

import numpy as np

import fixtures

fixtures.need_training()

import onnx  # noqa: E402
import torch  # noqa: E402
from onnx import numpy_helper  # noqa: E402

import reference  # noqa: E402
import trunk as trunks  # noqa: E402

torch.set_num_threads(1)
TEXTS = ["怎么退货", "在吗", "我的快递三天没有动了，你们能不能帮我催一下？订单12345", "ok", "发票抬头开错了可以重开吗"]


def padded(rows):
    """Return (ids, lengths, types) of lists of ids as tensors."""
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return ids, torch.tensor([len(r) for r in rows]), torch.zeros_like(ids)


class Rounded(unittest.TestCase):
    def layer(self, low=-2.0, high=3.0):
        torch.manual_seed(2)
        layer = trunks.Rounded(24, 8)
        torch.nn.init.normal_(layer.weight)
        layer.low.fill_(low)
        layer.high.fill_(high)
        return layer, torch.rand(16, 24) * (high - low) + low

    def test_off_it_is_a_linear_layer(self):
        layer, x = self.layer()
        torch.testing.assert_close(layer(x), torch.nn.functional.linear(x, layer.weight, layer.bias))

    def test_on_it_rounds_as_the_served_graph(self):
        layer, x = self.layer()
        plain = layer(x)
        layer.on = True
        scale, zero = (t.item() for t in layer.step())
        self.assertAlmostEqual(scale, 5 / 255)
        whole = np.clip(np.rint(x.numpy() / np.float32(scale)) + zero, 0, 255) - zero
        by = layer.weight.detach().abs().amax(1, keepdim=True).numpy() / 127
        want = (whole * scale) @ (np.rint(layer.weight.detach().numpy() / by) * by).T
        np.testing.assert_allclose(layer(x).detach().numpy(), want, atol=2e-3)
        self.assertGreater((layer(x) - plain).abs().max().item(), 1e-4)
        self.assertLess((layer(x) - plain).abs().max().item(), 0.5)

    def test_outside_its_range_a_value_is_cut(self):
        layer, _ = self.layer()
        layer.on = True
        torch.testing.assert_close(layer(torch.full((1, 24), 99.0)), layer(torch.full((1, 24), 3.0)), atol=0.2, rtol=0)

    def test_the_gradient_passes(self):
        layer, x = self.layer()
        x.requires_grad_(True)
        layer(x).square().sum().backward()
        plain = [g.clone() for g in (x.grad, layer.weight.grad, layer.bias.grad)]
        x.grad = layer.weight.grad = layer.bias.grad = None
        layer.on = True
        layer(x).square().sum().backward()
        for before, after in zip(plain, (x.grad, layer.weight.grad, layer.bias.grad)):
            cosine = torch.nn.functional.cosine_similarity(before.flatten(), after.flatten(), 0).item()
            self.assertGreater(cosine, 0.999)

    def test_what_watches_sees_the_input(self):
        layer, x = self.layer()
        seen = []
        layer.watch = seen.append
        layer(x)
        self.assertIs(seen[0], x)


class Weights(unittest.TestCase):
    def test_stored_and_loaded_again(self):
        with tempfile.TemporaryDirectory() as folder:
            base, made = pathlib.Path(folder) / "base.onnx", pathlib.Path(folder) / "made.onnx"
            options = fixtures.base_layout(base)
            trunk = trunks.load(base, **options)
            with torch.no_grad():
                for parameter in trunk.parameters():
                    parameter.add_(torch.randn_like(parameter))
            trunks.store(trunk, base, made)
            back = trunks.load(made, **options)
            for name, value in trunk.state_dict().items():
                self.assertTrue(torch.equal(value, back.state_dict()[name]), name)
            before, after = onnx.load(base), onnx.load(made)
            self.assertEqual([n.name for n in before.graph.node], [n.name for n in after.graph.node])
            self.assertEqual([(t.name, list(t.dims)) for t in before.graph.initializer],
                             [(t.name, list(t.dims)) for t in after.graph.initializer])

    def test_a_matrix_lies_in_the_graph_transposed(self):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder) / "base.onnx"
            trunk = trunks.load(base, **fixtures.base_layout(base))
            weights = {t.name: numpy_helper.to_array(t) for t in onnx.load(base).graph.initializer}
            np.testing.assert_array_equal(trunk.layers[1].up.weight.detach().numpy().T,
                                          weights["/encoder/layer.1/intermediate/dense/MatMul_weight"])

    def test_another_layout_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder) / "base.onnx"
            options = fixtures.base_layout(base)
            with self.assertRaisesRegex(ValueError, "layers.2"):
                trunks.load(base, **{**options, "layers": 3})


class Tiny(unittest.TestCase):
    def test_padding_changes_nothing(self):
        trunk = fixtures.learner({"h": ["a", "b"]}).trunk.eval()
        rows = [[101, 120, 130, 102], [101, 140, 141, 142, 143, 144, 102], [101, 102]]
        with torch.no_grad():
            together = trunk(*padded(rows))
            for i, row in enumerate(rows):
                for all_, one in zip(together, trunk(*padded([row]))):
                    torch.testing.assert_close(all_[i], one[0], atol=1e-5, rtol=1e-4)

    def test_the_first_of_all_rows_is_the_cls_row(self):
        trunk = fixtures.learner({"h": ["a", "b"]}).trunk.eval()
        batch = padded([[101, 120, 130, 102], [101, 150, 102]])
        with torch.no_grad():
            embedding, state = trunk(*batch)
            rows = trunk.rows(*batch)
        torch.testing.assert_close(rows[:, 0], state[:, : trunk.width], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(embedding.norm(dim=1), torch.ones(2))
        torch.testing.assert_close(torch.nn.functional.normalize(state[:, : trunk.width], dim=1), embedding)

    def test_scale_starts_where_a_cosine_of_a_half_is_even(self):
        scale, bias = trunks.temperature_scale().tolist()
        self.assertAlmostEqual(np.exp(scale) * 0.5 + bias, 0, places=4)


@fixtures.with_base
class Base(unittest.TestCase):
    def test_equals_the_graph(self):
        tokenizer = reference.load_tokenizer(fixtures.BASE / "tokenizer.json")
        rows = [reference.token_ids(tokenizer, t) for t in TEXTS]
        original = reference.session(fixtures.BASE / "model.onnx")
        want = np.stack([reference.embed(original, r) for r in rows])
        with torch.no_grad():
            found, state = trunks.load(fixtures.BASE / "model.onnx").eval()(*padded(rows))
        cosines = (found.numpy() * want).sum(1)
        self.assertGreaterEqual(cosines.min(), 0.999999, cosines)
        self.assertEqual(state.shape, (len(TEXTS), 1024))


if __name__ == "__main__":
    unittest.main()
