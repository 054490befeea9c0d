"""Tests of what ships: temperatures, head graphs, the rows that calibration is fitted on."""

import pathlib
import unittest

import numpy as np
import onnxruntime

import fixtures

fixtures.need_training()

import evaluate  # noqa: E402
import export  # noqa: E402
import sources  # noqa: E402
import train  # noqa: E402


class Temperature(unittest.TestCase):
    def draw(self, count=4000, by=1.0):
        """Return (logits, labels) whose true probabilities are the softmax of logits / by."""
        rng = np.random.default_rng(1)
        logits = rng.normal(size=(count, 4)) * 2
        probs = evaluate.softmax(logits)
        right = (probs.cumsum(1) > rng.random((count, 1))).argmax(1)
        return logits * by, right

    def test_calibrated_logits_stay(self):
        self.assertAlmostEqual(export.temperature(*self.draw()), 1.0, delta=0.06)

    def test_what_was_sharpened_is_found(self):
        for by in (0.3, 2.0, 5.0):
            logits, right = self.draw(by=by)
            found = export.temperature(logits, right)
            self.assertAlmostEqual(found / by, 1.0, delta=0.06)
            probs = evaluate.softmax(logits / found)
            self.assertLess(evaluate.calibration_error(probs.max(1), probs.argmax(1) == right), 0.03)

    def test_no_other_temperature_loses_less(self):
        logits, right = self.draw(by=3.0)

        def loss(t):
            return -np.mean(np.log(evaluate.softmax(logits / t)[np.arange(len(right)), right]))

        least = loss(export.temperature(logits, right))
        for t in np.geomspace(0.2, 11, 60):
            self.assertLessEqual(least, loss(t) + 1e-7)


class HeadGraph(unittest.TestCase):
    def test_one_gemm(self):
        rng = np.random.default_rng(2)
        weight, bias, state = rng.normal(size=(5, 12)), rng.normal(size=5), rng.normal(size=(3, 12)).astype(np.float32)
        graph = export.head_graph(weight, bias)
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        self.assertEqual(([i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]), (["embedding"], ["logits"]))
        np.testing.assert_allclose(session.run(None, {"embedding": state})[0], state @ weight.T + bias, rtol=1e-5, atol=1e-5)
        self.assertEqual(graph, export.head_graph(weight, bias))


class Texts(unittest.TestCase):
    def test_what_the_ranges_are_measured_on(self):
        found = export.texts(300)
        self.assertEqual(len(found), 300)
        self.assertTrue(all(isinstance(t, str) and t for t in found))
        self.assertEqual(found, export.texts(300))
        self.assertEqual(found, export.texts(600)[:300])


@fixtures.with_data
class Kept(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = pathlib.Path(fixtures.DATA)

    def test_rows_fit_the_heads(self):
        labels = train.label_sets(self.data)
        for name in export.SHIPPED:
            kept = export.held_rows(self.data, name)
            if name == "risk":
                self.assertIsNone(kept)
                continue
            texts, prevs, right = kept
            self.assertGreater(len(texts), 50, name)
            self.assertEqual(len(texts), len(right), name)
            self.assertEqual(prevs is not None, name == "intent_context")
            self.assertLessEqual(set(right), set(labels[name]), name)

    def test_emotion_and_context_rows_are_not_trained_on(self):
        held = {t for t in export.held_rows(self.data, "emotion")[0]}
        self.assertFalse(held & {r["text"] for r in sources.emotions() if not train.held(r["text"])})
        texts, prevs, _ = export.held_rows(self.data, "intent_context")
        authored = {(r["text"], r["prev"]) for r in sources.contexts()}
        trained = {(t, p) for t, p, *_ in train.intent_rows(self.data)}
        self.assertFalse({pair for pair in zip(texts, prevs) if pair in authored} & trained)


if __name__ == "__main__":
    unittest.main()
