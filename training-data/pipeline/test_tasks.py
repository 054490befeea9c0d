"""Tests of the tasks: decks, batches, targets, and losses that fall."""

import collections
import random
import unittest

import numpy as np

import fixtures

fixtures.need_training()

import torch  # noqa: E402

import sources  # noqa: E402
import tasks  # noqa: E402

torch.set_num_threads(1)
LABELS = {"intent": ["a", "b", "c"], "sentiment": ["negative", "neutral", "positive"]}


def plain(text, _rate=0.0):
    """Noise that makes none."""
    return text


class Groups(unittest.TestCase):
    def test_every_row_once_and_never_dearer_than_one_run(self):
        rng = random.Random(1)
        for _ in range(300):
            lengths = sorted(rng.randint(2, rng.choice((8, 64, 128))) for _ in range(rng.randint(1, 60)))
            found = tasks.groups(lengths)
            self.assertEqual([i for start, end in found for i in range(start, end)], list(range(len(lengths))))
            self.assertTrue(1 <= len(found) <= 3)
            cost = sum((end - start) * lengths[end - 1] for start, end in found) + 120 * (len(found) - 1)
            self.assertLessEqual(cost, len(lengths) * lengths[-1])

    def test_two_lengths_far_apart_are_two_runs(self):
        self.assertEqual(tasks.groups([4] * 30 + [60] * 10), [(0, 30), (30, 40)])
        self.assertEqual(tasks.groups([8] * 10), [(0, 10)])
        self.assertEqual(tasks.groups([4] * 30 + [60] * 10, most=1), [(0, 40)])


class Deck(unittest.TestCase):
    def test_every_item_once_a_round(self):
        deck = tasks.Deck(list("abcdefg"), random.Random(2))
        rounds = [deck.draw(7) for _ in range(5)]
        for found in rounds:
            self.assertEqual(sorted(found), list("abcdefg"))
        self.assertGreater(len({"".join(r) for r in rounds}), 1)

    def test_a_draw_goes_over_the_end(self):
        deck = tasks.Deck([1, 2, 3], random.Random(2))
        self.assertEqual(collections.Counter(deck.draw(9)), {1: 3, 2: 3, 3: 3})

    def test_weights(self):
        deck = tasks.Deck(["often", "once", "seldom", "never"], random.Random(3), [3, 1, 0.25, 0])
        counts = collections.Counter(deck.draw(4250))
        self.assertTrue(2900 < counts["often"] < 3100, counts)
        self.assertTrue(950 < counts["once"] < 1050, counts)
        self.assertTrue(200 < counts["seldom"] < 300, counts)
        self.assertEqual(counts["never"], 0)

    def test_small_weights_alone_still_give_items(self):
        self.assertEqual(tasks.Deck(["x"], random.Random(4), [0.01]).draw(2), ["x", "x"])

    def test_nothing_to_draw_is_an_error(self):
        for items, weights in (([], None), (["x"], [0])):
            with self.assertRaisesRegex(ValueError, "nothing to draw"):
                tasks.Deck(items, random.Random(5), weights).draw(1)


class Targets(unittest.TestCase):
    def test_one_hot(self):
        names = ["a", "b", "c"]
        np.testing.assert_array_equal(tasks.one_hot(names, "b"), [0, 1, 0])
        np.testing.assert_array_equal(tasks.one_hot(names, "b", "c"), [0, 0.75, 0.25])
        np.testing.assert_array_equal(tasks.one_hot(names, "b", "b"), [0, 1, 0])
        np.testing.assert_array_equal(tasks.one_hot(names, "b", None), [0, 1, 0])
        np.testing.assert_array_equal(tasks.one_hot(names, "b", "unknown"), [0, 1, 0])
        with self.assertRaises(ValueError):
            tasks.one_hot(names, "unknown")

    def test_balance(self):
        rows = np.eye(2)[[0] * 9 + [1]]
        weights = tasks.balance(rows, 0.5)
        self.assertAlmostEqual(weights[1] / weights[0], 3.0)
        self.assertAlmostEqual((weights * rows.sum(0)).sum() / 10, 1.0)
        np.testing.assert_allclose(tasks.balance(rows, 0.0), [1, 1])
        capped = tasks.balance(np.eye(2)[[0] * 999 + [1]], 1.0, cap=4.0)
        self.assertAlmostEqual(capped[1] / capped[0], 4.0 / (1000 / 999 / 2))

    def test_conversation(self):
        turns = [{"role": "customer", "text": "一"}, {"role": "agent", "text": "二"}, {"role": "customer", "text": "三"},
                 {"role": "agent", "text": "四"}]
        self.assertEqual(tasks.conversation(turns), ("三", "问：一 答：二 答：四"))
        self.assertEqual(tasks.conversation(turns[1:2]), ("二", ""))


class Reading(unittest.TestCase):
    def setUp(self):
        self.learner = fixtures.learner(LABELS).eval()

    def test_a_pair_keeps_the_end_of_the_turn_before(self):
        (ids, own), = self.learner.read(["你好"], ["一二三四五六"], keep=3)
        self.assertEqual(own, 4)
        self.assertEqual(ids.tolist(), [*fixtures.Tokenizer().encode("你好").ids, *fixtures.Tokenizer().encode("五六").ids[1:]])
        tensor, lengths, types = self.learner.padded([(ids, own), (ids[:2], 2)])
        self.assertEqual((tensor.shape, lengths.tolist()), ((2, 7), [7, 2]))
        self.assertEqual(types.tolist(), [[0, 0, 0, 0, 1, 1, 1], [0] * 7])

    def test_a_long_text_is_cut_before_its_last_mark(self):
        ids = self.learner.ids("一" * 50, 10)
        self.assertEqual((len(ids), ids[0], ids[-1]), (10, tasks.CLS, tasks.SEP))

    def test_order_is_that_of_the_texts(self):
        texts = ["一" * n for n in (40, 2, 17, 3, 30, 2)]
        with torch.no_grad():
            together = self.learner.encode(texts)[0]
            alone = torch.cat([self.learner.encode([t])[0] for t in texts])
        self.assertGreater((together * alone).sum(1).min().item(), 0.999)

    def test_pooled_says_what_the_heads_read(self):
        state = torch.randn(3, 64)
        both = self.learner.logits("intent", state)
        for pooled, kept in (("cls", slice(0, 32)), ("mean", slice(32, 64))):
            self.learner.pooled = pooled
            half = torch.zeros_like(state)
            half[:, kept] = state[:, kept]
            self.assertFalse(torch.allclose(self.learner.logits("intent", state), both))
            torch.testing.assert_close(self.learner.logits("intent", state), self.learner.heads["intent"](half))


class Losses(unittest.TestCase):
    """Each task on a tiny random trunk: finite, and lower after twenty steps."""

    WORDS = ["退货", "发票", "快递", "优惠", "尺码", "换货", "地址", "赠品"]

    def falls(self, task, steps=20, rate=3e-3):
        learner = fixtures.learner(LABELS)
        words = learner.trunk.words.weight
        dense = torch.optim.AdamW([p for p in learner.parameters() if p is not words], lr=rate)
        sparse = torch.optim.SparseAdam([words], lr=rate)
        found = []
        for _ in range(steps + 1):
            loss = task.loss(learner)
            self.assertTrue(torch.isfinite(loss).item(), task.name)
            found.append(loss.item())
            loss.backward()
            for optimiser in (dense, sparse):
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
        self.assertLess(np.mean(found[-3:]), np.mean(found[:3]), f"{task.name}: {found}")

    def rows(self):
        return [(w + end, "上一句" if i % 2 else "", tasks.one_hot(LABELS["intent"], LABELS["intent"][i % 3]))
                for i, w in enumerate(self.WORDS) for end in ("吗", "呢", "怎么办")]

    def test_labels(self):
        rows = self.rows()
        self.falls(tasks.Labels("intent", "intent", rows, plain, random.Random(1), 1, size=12,
                                classes=tasks.balance([t for _, _, t in rows])))

    def test_two_way(self):
        rows = [(w + ("很好" if i % 2 else "太差"), "", i % 2) for i, w in enumerate(self.WORDS * 2)]
        self.falls(tasks.TwoWay("reviews", "sentiment", rows, plain, random.Random(2), 1, size=8))

    def base(self):
        base = sources.Base("tiny", [{"id": w, "question": w + "怎么弄", "similar": ["如何" + w]} for w in self.WORDS])
        for word in self.WORDS:
            base.add([f"我想{word}", f"{word}可以吗"], [word])
        base.add(["退货还要发票"], ["退货", "发票"])
        base.add(["今天天气", "唱首歌"], [])
        return base

    def test_retrieval(self):
        self.falls(tasks.Retrieval([self.base()], plain, random.Random(3), 1, seeds=2, near=3, others=3, absent=2, refresh=5))

    def test_retrieval_without_messages_that_nothing_answers(self):
        base = self.base()
        base.messages = [m for m in base.messages if m[1]]
        loss = tasks.Retrieval([base], plain, random.Random(3), 1, seeds=2, near=3, others=3).loss(fixtures.learner(LABELS))
        self.assertTrue(torch.isfinite(loss).item())

    def test_neighbours_are_found_again_when_old(self):
        task, learner = tasks.Retrieval([self.base()], plain, random.Random(3), 1, refresh=2), fixtures.learner(LABELS)
        first = task._neighbours(learner, 0)
        self.assertTrue(learner.training)
        self.assertEqual(first[:, 0].tolist(), list(range(len(self.WORDS))))
        self.assertIs(task._neighbours(learner, 0), first)
        self.assertIsNot(task._neighbours(learner, 0), first)

    def test_pairs(self):
        rows = [(f"{w}怎么弄", f"如何{w}", 1) for w in self.WORDS] + [(f"{w}吗", f"{v}呢", 0) for w, v in zip(self.WORDS, self.WORDS[1:])]
        self.falls(tasks.Pairs(rows, random.Random(4), 1, size=6))

    def test_answers(self):
        self.falls(tasks.Answers([(f"{w}吗", f"可以{w}的") for w in self.WORDS], random.Random(5), 1, size=6))

    def test_words(self):
        self.falls(tasks.Words([f"{w}{v}可以吗" for w in self.WORDS for v in self.WORDS], random.Random(6), 1, size=16), steps=30)


if __name__ == "__main__":
    unittest.main()
