"""Tests of the noise."""

import random
import unittest

import fixtures

fixtures.need_training()

import augment  # noqa: E402

TEXTS = ["这个怎么退货？", "发票什么时候开", "是不是市场试用的事", "是", "订单[数字x]到了吗", "12.5元的运费谁出!!", "hi", "，", "😭😭",
         "他的她的它的", "台湾能发货吗", ""]


def noise(seed=7):
    return augment.Noise(TEXTS + ["是事市试"] * 3 + ["他她它"] * 3, random.Random(seed))


class Noise(unittest.TestCase):
    def test_no_kind_empties_a_text(self):
        made = noise()
        for kind, _ in augment.Noise.KINDS:
            for text in TEXTS[:-1]:
                for _ in range(30):
                    self.assertTrue(kind(made, text), f"{kind.__name__} of {text!r}")

    def test_an_empty_text_breaks_nothing(self):
        made = noise()
        for kind, _ in augment.Noise.KINDS:
            self.assertIsInstance(kind(made, ""), str, kind.__name__)

    def test_a_seed_decides(self):
        first, second, other = noise(), noise(), noise(8)
        one = [first(t, 0.9) for t in TEXTS * 5]
        self.assertEqual(one, [second(t, 0.9) for t in TEXTS * 5])
        self.assertNotEqual(one, [other(t, 0.9) for t in TEXTS * 5])

    def test_rate_nought_changes_nothing(self):
        self.assertEqual([noise()(t, 0) for t in TEXTS], TEXTS)

    def test_homophones_come_from_the_texts(self):
        made = noise()
        self.assertEqual(sorted(made.same["是"]), sorted("事市试"))
        self.assertNotIn("是", made.same["是"])
        for _ in range(20):
            self.assertIn(made.homophone("是"), "事市试")
        self.assertEqual(made.homophone("abc"), "abc")

    def test_lengths(self):
        made = noise()
        for _ in range(30):
            self.assertEqual(len(made.missing("这个怎么退货")), 5)
            self.assertEqual(len(made.doubled("这个怎么退货")), 7)
            self.assertEqual(sorted(made.swapped("这个怎么退货")), sorted("这个怎么退货"))
        self.assertEqual(made.missing("怎么退货"), "怎么退货")
        self.assertEqual(made.swapped("退货啊"), "退货啊")

    def test_what_each_writes(self):
        made = noise()
        self.assertRegex(made.pinyin("怎么退货"), "[a-z]{2,}")
        self.assertEqual(made.traditional("发货"), "發貨")
        self.assertEqual(made.masked("订单123，12.5元"), "订单[数字x]，[数字x]元")
        self.assertNotRegex(made.bare("好，的。吗？"), "[，。？]")
        self.assertEqual(made.bare("，"), "，")
        self.assertTrue(made.opened("退货").endswith("退货"))
        self.assertTrue(made.closed("退货。").startswith("退货"))

    def test_half_the_texts_stay_at_half(self):
        made = noise()
        same = sum(made("这个怎么退货？", 0.5) == "这个怎么退货？" for _ in range(400))
        self.assertTrue(150 < same < 280, same)


if __name__ == "__main__":
    unittest.main()
