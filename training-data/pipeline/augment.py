"""Noise as customers make it: typos, homophones, pinyin, missing and doubled characters, traditional, emoji, masks."""

import collections
import re

from pypinyin import lazy_pinyin
from zhconv import convert

FILLERS = ("亲", "你好", "那个", "我说", "请问", "哎", "麻烦", "客服", "老板", "在吗", "就是", "hi")
TAILS = ("啊", "呢", "呀", "哦", "吗", "？", "??", "。", "！！", "~", "亲", "谢谢", "😭", "🙏", "[图片]", "哈")
HAN = re.compile(r"[\u4e00-\u9fff]")


class Noise:
    """Noise drawn from random.Random; homophones are characters that the texts themselves use."""

    def __init__(self, texts, random):
        counts = collections.Counter(c for t in texts for c in t if HAN.match(c))
        sounds = collections.defaultdict(list)
        for char, count in counts.items():
            if count >= 3:
                sounds[lazy_pinyin(char)[0]].append(char)
        self.same = {c: [o for o in others if o != c] for others in sounds.values() for c in others if len(others) > 1}
        self.random = random

    def homophone(self, text):
        """Replace one character by another of the same sound."""
        places = [i for i, c in enumerate(text) if self.same.get(c)]
        if not places:
            return text
        at = self.random.choice(places)
        return text[:at] + self.random.choice(self.same[text[at]]) + text[at + 1:]

    def missing(self, text):
        """Leave one character out of five or more."""
        if len(text) < 5:
            return text
        at = self.random.randrange(len(text))
        return text[:at] + text[at + 1:]

    def doubled(self, text):
        """Type one character twice."""
        at = self.random.randrange(len(text)) if text else 0
        return text[:at + 1] + text[at:]

    def swapped(self, text):
        """Swap two neighbours."""
        if len(text) < 4:
            return text
        at = self.random.randrange(len(text) - 1)
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]

    def pinyin(self, text):
        """Write one or two characters as they sound."""
        places = [i for i, c in enumerate(text) if HAN.match(c)]
        if len(places) < 3:
            return text
        at = self.random.choice(places[:-1])
        end = at + self.random.choice((1, 2))
        return text[:at] + "".join(lazy_pinyin(text[at:end])) + text[end:]

    def traditional(self, text):
        """Write traditional characters."""
        return convert(text, "zh-hant")

    def opened(self, text):
        """Begin with a filler."""
        return self.random.choice(FILLERS) + self.random.choice(("", " ", "，")) + text

    def closed(self, text):
        """End with a particle, a sign or an emoji."""
        return text.rstrip("。？?！! ") + self.random.choice(TAILS)

    def masked(self, text):
        """Write numbers as a log masks them."""
        return re.sub(r"\d+(?:\.\d+)?", "[数字x]", text)

    def bare(self, text):
        """Leave the punctuation out."""
        return re.sub(r"[，。？！、,?!~…]+", self.random.choice(("", " ")), text).strip() or text

    KINDS = ((homophone, 4), (missing, 2), (doubled, 1), (swapped, 1), (pinyin, 1), (traditional, 1), (opened, 3),
             (closed, 4), (masked, 2), (bare, 3))

    def __call__(self, text, rate=0.5):
        """Return text with one kind of noise, seldom two, or as it is."""
        while self.random.random() < rate:
            kind = self.random.choices([k for k, _ in self.KINDS], [w for _, w in self.KINDS])[0]
            text = kind(self, text) or text
            rate *= 0.3
        return text
