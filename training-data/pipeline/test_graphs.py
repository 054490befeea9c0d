"""Tests of what is done to graphs: surgery, fixed 8-bit ranges, heads."""

import json
import pathlib
import tempfile
import unittest

import numpy as np
import onnx
from onnx import helper, numpy_helper

import calibrate
import fixed
import fixtures
import graph_surgery
import quantise
import reference

TEXTS = ["怎么退货", "在吗", "我的快递三天没有动了，你们能不能帮我催一下？订单12345", "ok", "发票抬头开错了可以重开吗"]


def run(model, rows):
    """Return the outputs of model (bytes) on rows of ids, padded to the longest."""
    size = max(map(len, rows))
    ids = np.array([r + [0] * (size - len(r)) for r in rows], np.int64)
    mask = np.array([[1] * len(r) + [0] * (size - len(r)) for r in rows], np.int64)
    return reference.session(model).run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})


@fixtures.with_base
class State(unittest.TestCase):
    """The pruned graph against the full one, whose last layer's input is made an output."""

    @classmethod
    def setUpClass(cls):
        full = onnx.load(fixtures.BASE / "model.onnx")
        cls.pruned = graph_surgery.prune(full).SerializeToString()
        last = graph_surgery.layer_count(full.graph) - 1
        query = next(n for n in full.graph.node if n.name == f"/encoder/layer.{last}/attention/self/query/MatMul")
        full.graph.output.append(helper.make_tensor_value_info(query.input[0], onnx.TensorProto.FLOAT, None))
        cls.full = full.SerializeToString()
        tokenizer = reference.load_tokenizer(fixtures.BASE / "tokenizer.json")
        cls.rows = [reference.token_ids(tokenizer, t) for t in TEXTS]

    def test_state_is_cls_beside_the_masked_mean(self):
        rows, hidden = run(self.full, self.rows)
        cls = rows[:, 0]
        mean = np.stack([hidden[i, : len(r)].mean(0) for i, r in enumerate(self.rows)])
        embedding, state = run(self.pruned, self.rows)
        np.testing.assert_allclose(state, np.c_[cls, mean], atol=2e-4)
        np.testing.assert_allclose(embedding, cls / np.linalg.norm(cls, axis=1, keepdims=True), atol=1e-5)

    def test_alone_as_beside_others(self):
        together = run(self.pruned, self.rows)
        for i, row in enumerate(self.rows):
            for all_, one in zip(together, run(self.pruned, [row])):
                np.testing.assert_allclose(all_[i], one[0], atol=2e-4)

    def test_outputs(self):
        self.assertEqual([o.name for o in onnx.ModelProto.FromString(self.pruned).graph.output], ["embedding", "state"])


class Ranges(unittest.TestCase):
    def test_an_outlier_is_cut_off(self):
        values = np.append(np.random.default_rng(1).normal(size=20_000), [9.0]).astype(np.float32)
        low, high = calibrate.best(values)
        self.assertLess(high, 9.0)
        self.assertLess(low, -2.5)
        self.assertLess(calibrate.error(values, low, high), calibrate.error(values, values.min(), values.max()))

    def test_no_candidate_is_better(self):
        values = np.random.default_rng(2).exponential(size=5_000)
        low, high = calibrate.best(values)
        self.assertEqual(low, 0.0)
        least = calibrate.error(values, low, high)
        for by in np.linspace(0.5, 1.0, calibrate.CANDIDATES):
            self.assertLessEqual(least, calibrate.error(values, 0.0, values.max() * by))

    def test_the_range_holds_nought(self):
        low, high = calibrate.best(np.array([3.0, 4.0]))
        self.assertEqual(low, 0.0)
        self.assertGreater(high, 3.0)
        self.assertEqual(calibrate.best(np.zeros(5)), (0.0, 0.0))

    def test_of_a_graph(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "m.onnx"
            fixtures.linear_graph(path)
            found = calibrate.ranges(path, fixtures.Tokenizer(), TEXTS)
            self.assertEqual(sorted(found), ["rows", "sum"])
            self.assertEqual(found, calibrate.ranges(path, fixtures.Tokenizer(), TEXTS))
            for low, high in found.values():
                self.assertLess(low, -1.0)
                self.assertGreater(high, 1.0)


class Fixed(unittest.TestCase):
    def test_columns(self):
        weight = np.random.default_rng(3).normal(size=(32, 5)).astype(np.float32) * [1, 10, 0.1, 1, 0]
        rows, by = fixed.columns(weight)
        self.assertEqual((rows.dtype, by.dtype, by.shape), (np.uint8, np.float32, (5,)))
        back = (rows.astype(np.float32) - 128) * by
        self.assertTrue((np.abs(back - weight) <= by * 0.5001).all())
        levels = np.abs(rows.astype(int) - 128).max(0)
        self.assertEqual(levels.tolist(), [127, 127, 127, 127, 0])

    def fix(self, folder):
        path = pathlib.Path(folder) / "m.onnx"
        model = fixtures.linear_graph(path)
        plain = model.SerializeToString()
        fixed.fix(model, calibrate.ranges(path, fixtures.Tokenizer(), TEXTS))
        quantise.strip(model)
        return plain, model

    def test_near_the_float_graph(self):
        with tempfile.TemporaryDirectory() as folder:
            plain, model = self.fix(folder)
        rows = [fixtures.Tokenizer().encode(t).ids for t in TEXTS]
        want, found = run(plain, rows)[0], run(model.SerializeToString(), rows)[0]
        for i, row in enumerate(rows):
            a, b = want[i, : len(row)].ravel(), found[i, : len(row)].ravel()
            self.assertGreater(a @ b / np.linalg.norm(a) / np.linalg.norm(b), 0.999)

    def test_alone_as_beside_others(self):
        with tempfile.TemporaryDirectory() as folder:
            model = self.fix(folder)[1].SerializeToString()
        rows = [fixtures.Tokenizer().encode(t).ids for t in TEXTS]
        together = run(model, rows)[0]
        for i, row in enumerate(rows):
            np.testing.assert_array_equal(together[i, : len(row)], run(model, [row])[0][0])

    def test_layers_of_one_input_share_its_rounding(self):
        with tempfile.TemporaryDirectory() as folder:
            model = self.fix(folder)[1]
        kinds = [n.op_type for n in model.graph.node]
        self.assertEqual((kinds.count("QuantizeLinear"), kinds.count("MatMulIntegerToFloat"), kinds.count("MatMul")), (2, 3, 0))
        self.assertFalse([t.name for t in model.graph.initializer if t.name in ("w1", "w2", "w3")])

    def test_the_same_bytes_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.fix(folder)[1].SerializeToString(), self.fix(folder)[1].SerializeToString())

    def test_a_layer_without_a_range_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            model = fixtures.linear_graph(pathlib.Path(folder) / "m.onnx")
        with self.assertRaisesRegex(KeyError, "rows"):
            fixed.fix(model, {})


class Strip(unittest.TestCase):
    def test_what_nothing_reads_goes(self):
        with tempfile.TemporaryDirectory() as folder:
            model = fixtures.linear_graph(pathlib.Path(folder) / "m.onnx")
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(3, np.float32), "left"))
        model.graph.node[0].doc_string = "/home/someone/model.py(12)"
        quantise.strip(model)
        self.assertEqual(sorted(t.name for t in model.graph.initializer), ["table", "w1", "w2", "w3"])
        self.assertFalse(any(n.doc_string for n in model.graph.node))

    def test_vocabulary(self):
        with tempfile.TemporaryDirectory() as folder:
            source, made = pathlib.Path(folder) / "tokenizer.json", pathlib.Path(folder) / "vocab.txt"

            def write(vocabulary):
                source.write_text(json.dumps({"model": {"vocab": vocabulary}}), "utf-8")
                quantise.write_vocabulary(source, made)

            write({"退": 1, "[PAD]": 0, "##货": 2})
            self.assertEqual(made.read_text("utf-8"), "[PAD]\n退\n##货\n")
            with self.assertRaisesRegex(ValueError, "not 0..1"):
                write({"退": 2, "[PAD]": 0})
            with self.assertRaisesRegex(ValueError, "line break"):
                write({"a\nb": 0})


if __name__ == "__main__":
    unittest.main()
