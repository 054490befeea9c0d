"""Tests of the measures, each against brute force or a case made by hand."""

import unittest

import numpy as np

import fixtures

fixtures.need_training()

import evaluate  # noqa: E402


class Auc(unittest.TestCase):
    def test_against_every_pair_with_ties(self):
        rng = np.random.default_rng(1)
        for values in (3, 8, 10_000):
            for _ in range(20):
                good, bad = rng.integers(0, values, rng.integers(1, 30)), rng.integers(0, values, rng.integers(1, 30)) - 1
                want = np.mean([(g > b) + 0.5 * (g == b) for g in good for b in bad])
                self.assertAlmostEqual(evaluate.auc(good, bad), want, places=12)

    def test_ends(self):
        self.assertEqual(evaluate.auc([2.0, 3.0], [1.0]), 1.0)
        self.assertEqual(evaluate.auc([1.0], [1.0, 1.0]), 0.5)
        self.assertEqual(evaluate.auc([0.0], [1.0]), 0.0)

    def test_one_kind_alone_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "both kinds"):
            evaluate.auc([1.0], [])


class Counts(unittest.TestCase):
    def test_macro_f1(self):
        # a: precision 1/2, recall 1; b: precision 1, recall 1/2; c is never right.
        found = evaluate.macro_f1(["a", "b", "b", "c"], ["a", "b", "a", "b"])
        self.assertAlmostEqual(found, (2 / 3 + 1 / 2 + 0) / 3)

    def test_a_label_that_is_only_guessed_has_no_part(self):
        self.assertAlmostEqual(evaluate.macro_f1(["a", "a"], ["a", "z"]), 2 / 3)

    def test_calibration_error(self):
        # Two bins of equal width: 0.2 sure and half right, 0.9 sure and all right.
        found = evaluate.calibration_error([0.2, 0.2, 0.9, 0.9], [True, False, True, True], bins=2)
        self.assertAlmostEqual(found, 0.5 * 0.3 + 0.5 * 0.1)

    def test_sure_and_right_is_calibrated(self):
        self.assertEqual(evaluate.calibration_error([1.0, 1.0], [True, True]), 0.0)

    def test_softmax_of_large_logits(self):
        found = evaluate.softmax(np.array([[1000.0, 1000.0], [0.0, -1000.0]]))
        np.testing.assert_allclose(found, [[0.5, 0.5], [1.0, 0.0]])


def reading(table):
    """Return a reader whose embeddings table gives by text."""
    def read(texts, prevs=None, keep=48):
        found = np.array([table[t] for t in texts], float)
        return found, found
    return read


def angle(degrees):
    """Return the unit vector at degrees."""
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


class Retrieval(unittest.TestCase):
    """Entries a at 0° (also 10°) and b at 90°; a query's score is the cosine of its angle to the nearer one."""

    ENTRIES = [{"id": "a", "question": "a0", "similar": ["a1"]}, {"id": "b", "question": "b0"}]
    TABLE = {"a0": angle(0), "a1": angle(10), "b0": angle(90)}

    def found(self, queries):
        table = {**self.TABLE, **{q: angle(at) for q, at, _ in queries}}
        return evaluate.retrieval(reading(table), self.ENTRIES, [{"query": q, "kb_ids": ids} for q, _, ids in queries])

    def test_by_hand(self):
        # Scores fall in this order: right, right, no answer, right by another wording, wrong.
        found = self.found([("q0", 0, ["a"]), ("q1", 91, ["b"]), ("none", 86, []), ("q2", 17, ["a"]), ("q3", 35, ["b"])])
        self.assertEqual(found["top1"], 0.75)
        self.assertEqual(found["top3"], 1.0)
        # Two of the four answerable scores are above the one without an answer.
        self.assertEqual(found["auc"], 0.5)
        # 2 of 2, then 2 of 3: only the first two are answered at 90 %.
        self.assertEqual(found["answered90"], 0.5)

    def test_answered_goes_as_deep_as_precision_allows(self):
        queries = [(f"q{i}", i / 10, ["a"]) for i in range(18)]
        queries.insert(3, ("odd", 0.25, []))
        found = self.found(queries)
        # One wrong at place 4 of 19: the precision is below 0.9 there, above it at the end.
        self.assertEqual(found["answered90"], 1.0)

    def test_all_answerable_has_no_auc(self):
        self.assertNotIn("auc", self.found([("q0", 0, ["a"])]))

    def test_a_query_may_name_one_entry(self):
        read = reading({**self.TABLE, "q": angle(1)})
        self.assertEqual(evaluate.retrieval(read, self.ENTRIES, [{"query": "q", "kb_id": "a"}])["top1"], 1.0)


if __name__ == "__main__":
    unittest.main()
