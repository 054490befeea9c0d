"""Tests of the readers on tiny folders."""

import gzip
import pathlib
import tempfile
import unittest
from unittest import mock

import fixtures
import sources

MEASURED = "这条只用来测量吗"


def dialogue(name, texts, split="train", **more):
    """Return a dialogue whose turns alternate, the customer first."""
    turns = [{"role": "agent" if i % 2 else "customer", "text": t} for i, t in enumerate(texts)]
    return {"id": name, "split": split, "turns": turns, **more}


class Rows(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_plain_and_compressed(self):
        for name in ("a.jsonl", "a.jsonl.gz"):
            fixtures.write_rows(self.folder / name, [{"text": "退货"}, {"text": "a\u2028b"}])
            self.assertEqual(sources.rows(self.folder / name), [{"text": "退货"}, {"text": "a\u2028b"}])

    def test_blank_lines_are_nothing(self):
        (self.folder / "a.jsonl").write_text('\n{"a": 1}\n  \n', "utf-8")
        self.assertEqual(sources.rows(self.folder / "a.jsonl"), [{"a": 1}])

    def test_a_broken_line_is_named(self):
        (self.folder / "a.jsonl").write_text('{"a": 1}\n\n{"a": \n', "utf-8")
        with self.assertRaisesRegex(ValueError, r"a\.jsonl:3: not JSON: "):
            sources.rows(self.folder / "a.jsonl")
        with gzip.open(self.folder / "b.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write("nonsense\n")
        with self.assertRaisesRegex(ValueError, r"b\.jsonl\.gz:1: not JSON: "):
            sources.rows(self.folder / "b.jsonl.gz")

    def test_what_is_no_object_is_named(self):
        (self.folder / "a.jsonl").write_text('{"a": 1}\n[1]\n', "utf-8")
        with self.assertRaisesRegex(ValueError, r"a\.jsonl:2: list, expected an object"):
            sources.rows(self.folder / "a.jsonl")

    def test_a_missing_file_is_an_error(self):
        with self.assertRaises(FileNotFoundError):
            sources.rows(self.folder / "none.jsonl")


class Key(unittest.TestCase):
    def test_what_counts_as_the_same_message(self):
        self.assertEqual(sources.key("ＯＫ ，退货！！"), sources.key("ok退货"))
        self.assertEqual(sources.key("？！~ _"), "")
        self.assertNotEqual(sources.key("退货"), sources.key("退款"))


class Folder(unittest.TestCase):
    """A folder of open data and one of authored files, with a row of each kind."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data, self.authored = pathlib.Path(folder.name) / "data", pathlib.Path(folder.name) / "authored"
        patch = mock.patch.object(sources, "AUTHORED", self.authored)
        patch.start()
        self.addCleanup(patch.stop)
        fixtures.write_rows(self.data / "intent/messages_dev.jsonl", [{"text": MEASURED + "？"}, {"text": "在吗"}])
        fixtures.write_rows(self.data / "dialog/taobao_ecd.jsonl.gz", [
            dialogue("t1", ["这个怎么退货呀", "可以七天退货", MEASURED, "好的亲稍等"], response="没有回应的"),
            dialogue("t2", ["在吗", "在的亲", "什么时候发货"], response="今天下午发货"), dialogue("t3", ["开发集的一句", "不要读"], "dev")])
        fixtures.write_rows(self.data / "dialog/weibo_helpdesk.jsonl.gz", [
            dialogue("w1", ["网络一直断线", "请私信我们"], satisfaction=-2),
            dialogue("w2", ["谢谢已经好了", "不客气"], "dev", satisfaction=2)])

    def test_measured_leaves_stock_phrases_out(self):
        self.assertEqual(sources.measured(self.data), {sources.key(MEASURED)})

    def test_turns_know_the_one_before(self):
        found = sources.turns(self.data)
        self.assertEqual(found["t1#0"], ("这个怎么退货呀", "", "customer"))
        self.assertEqual(found["t1#1"], ("可以七天退货", "这个怎么退货呀", "agent"))
        self.assertEqual(len(found), 4 + 3 + 2)
        self.assertNotIn("t3#0", found)

    def test_labelled(self):
        fixtures.write_rows(self.authored / "labels/turns_01.jsonl", [
            {"id": "t1#0", "intent": "return"}, {"id": "t1#2", "intent": "measured"}, {"id": "t2#0", "intent": "agent", "role_ok": False},
            {"id": "t2#2", "intent": "ship", "role_ok": True}, {"id": "t3#0", "intent": "dev"}])
        fixtures.write_rows(self.authored / "labels/second_01.jsonl", [{"id": "w1#0", "intent": "again"}])
        fixtures.write_rows(self.authored / "labels/links.jsonl", [{"id": "w1#0", "links": {}}])
        self.assertEqual([(r["text"], r["prev"], r["intent"]) for r in sources.labelled(self.data)],
                         [("这个怎么退货呀", "", "return"), ("什么时候发货", "在的亲", "ship")])

    def test_answers_of_train_dialogues(self):
        self.assertEqual(sources.answers(self.data), [("这个怎么退货呀", "可以七天退货"), ("什么时候发货", "今天下午发货"),
                                                      ("网络一直断线", "请私信我们")])

    def test_satisfaction_by_split(self):
        self.assertEqual([s for _, s in sources.satisfaction(self.data)], [-2])
        self.assertEqual([s for _, s in sources.satisfaction(self.data, "dev")], [2])

    def write_bases(self):
        for name in ("mk", "fd", "fa"):
            fixtures.write_rows(self.authored / f"faq/authored/kb_{name}.jsonl", [
                {"id": name + "1", "question": "怎么退货", "similar": ["如何退货"]}, {"id": name + "2", "question": "何时发货"}])
            fixtures.write_rows(self.authored / f"faq/authored/kb_{name}_messages.jsonl", [
                {"kb_id": name + "1", "messages": ["不想要了", "退掉"]}, {"kb_ids": [name + "1", name + "2"], "messages": ["两样"]},
                {"kb_ids": [], "messages": ["天气"]}])
        fixtures.write_rows(self.authored / "faq/demo.jsonl", [{"id": "d1", "question": "开发票吗", "similar": ["发票怎么开"]}])

    def test_bases(self):
        self.write_bases()
        found = {b.name: b for b in sources.bases(self.data)}
        self.assertEqual(sorted(found), ["demo", "fa", "fd", "mk"])
        self.assertEqual(found["mk"].wordings, [["怎么退货", "如何退货"], ["何时发货"]])
        self.assertEqual(found["mk"].messages, [("不想要了", (0,)), ("退掉", (0,)), ("两样", (0, 1)), ("天气", ())])
        self.assertEqual(found["demo"].messages, [("发票怎么开", (0,))])

    def test_linked_turns(self):
        self.write_bases()
        links = self.authored / "labels/links.jsonl"
        fixtures.write_rows(links, [{"id": "t2#2", "kind": "A", "links": {"mk": ["mk2"]}}, {"id": "w1#0", "kind": "C", "links": {}},
                                    {"id": "t1#2", "kind": "A", "links": {"mk": ["mk1"]}}])
        found = {b.name: b.messages[4:] for b in sources.bases(self.data)}
        self.assertEqual(found["mk"], [("什么时候发货", (1,)), ("网络一直断线", ())])
        self.assertEqual(found["fd"], [("网络一直断线", ())])
        fixtures.write_rows(links, [{"id": "t9#0", "kind": "A", "links": {}}])
        with self.assertRaisesRegex(ValueError, "no turn t9#0"):
            sources.bases(self.data)

    def test_an_unknown_entry_is_named(self):
        base = sources.Base("mk", [{"id": "mk1", "question": "怎么退货"}])
        with self.assertRaisesRegex(ValueError, "mk has no entry mk7"):
            base.add(["退掉"], ["mk1", "mk7"])

    def test_open_sets_by_split(self):
        for name in ("online_shopping", "chat"):
            fixtures.write_rows(self.data / f"sentiment/{name}.jsonl.gz", [
                {"text": "好", "label": "positive", "split": "train"}, {"text": "差", "label": 0, "split": "train"},
                {"text": "开发", "label": 1, "split": "dev"}])
        self.assertEqual(sources.reviews(self.data)["chat"], [("好", 1), ("差", 0)])
        self.assertEqual(sources.reviews(self.data, "dev")["chat"], [("开发", 1)])
        for name in ("ant", "lcqmc", "xiaobu_assistant"):
            fixtures.write_rows(self.data / f"pairs/{name}_pairs.jsonl.gz", [
                {"a": "甲", "b": "乙", "label": 1, "split": "train"}, {"a": "丙", "b": "丁", "label": 0, "split": "dev"}])
        self.assertEqual(sources.pairs(self.data), [("甲", "乙", 1)] * 3)
        for name in ("weibo_ewect6", "dialogue_emotion8"):
            fixtures.write_rows(self.data / f"emotion/{name}.jsonl.gz", [{"text": "气死", "label": "angry", "split": "train"}])
        self.assertEqual(sources.open_emotions(self.data)["weibo_ewect6"], [("气死", "angry")])
        self.assertEqual(sources.open_emotions(self.data, "dev")["weibo_ewect6"], [])


class Authored(unittest.TestCase):
    """The files that are in the tree."""

    def test_every_reader_reads(self):
        names = set(sources.intents())
        self.assertEqual(len(names), 61)
        for row in [*sources.utterances(), *sources.contexts()]:
            self.assertIn(row["intent"], names, row)
        self.assertLessEqual({r["emotion"] for r in sources.emotions()}, set(sources.EMOTIONS))
        self.assertLessEqual({r["label"] for r in sources.sentences()}, set(sources.SENTIMENTS))
        self.assertTrue(all(isinstance(r["oos"], bool) for r in sources.scopes()))
        self.assertTrue(all(0 <= r["risk"] <= 1 and r["turns"] for r in sources.conversations()))


if __name__ == "__main__":
    unittest.main()
