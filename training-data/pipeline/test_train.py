"""Tests of a training run: what it keeps apart, its parts, and a smoke run that is stopped and resumed."""

import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

import numpy as np

import fixtures

fixtures.need_training()

import torch  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402

import sources  # noqa: E402
import tasks  # noqa: E402
import train  # noqa: E402
import trunk as trunks  # noqa: E402

torch.set_num_threads(1)
HERE = pathlib.Path(__file__).parent
# As build.sh sets them: freed memory stays with the process, which makes a step on a CPU faster.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_TOP_PAD_": "268435456"}


class Parts(unittest.TestCase):
    def test_about_one_in_ten_is_held(self):
        names = [f"taobao_{i}#{j}" for i in range(100, 400) for j in range(5)]
        share = np.mean([train.held(n) for n in names])
        self.assertTrue(0.08 < share < 0.12, share)
        self.assertEqual([train.held(n) for n in names], [train.held(n) for n in names])

    def test_keyboard_noise(self):
        made = train.noise_texts(random.Random(1), 300)
        self.assertGreater(len(made), 290)
        self.assertTrue(all(t.strip() for t in made))
        self.assertEqual(made, train.noise_texts(random.Random(1), 300))

    def test_a_running_mean(self):
        module = torch.nn.Linear(1, 1)
        torch.nn.init.constant_(module.weight, 1.0)
        mean = train.Mean(module, 0.9)
        torch.nn.init.constant_(module.weight, 2.0)
        mean.add(module)
        mean.add(module)
        self.assertAlmostEqual(mean.values["weight"].item(), 1.19, places=6)

    def test_frozen_layers(self):
        made = trunks.Trunk(vocabulary=8, width=4, inner=8, layers=3, positions=4)
        train.freeze(made, 0)
        self.assertTrue(all(p.requires_grad for p in made.parameters()))
        train.freeze(made, 2)
        tuned = {n.split(".")[0] + n.split(".")[1] for n, p in made.named_parameters() if p.requires_grad and n.startswith("layers")}
        self.assertEqual(tuned, {"layers2"})
        self.assertFalse(made.words.weight.requires_grad or made.types.weight.requires_grad)

    def test_place(self):
        self.assertEqual(train.place("cpu").type, "cpu")
        self.assertEqual(train.place("auto").type, "cuda" if torch.cuda.is_available() else "cpu")

    def test_a_reader_keeps_the_order(self):
        learner = fixtures.learner({"intent": ["a", "b"]}).eval()
        texts = ["一" * (1 + i * 7 % 40) for i in range(150)]
        read = train.reader(learner)
        embeddings, states = read(texts, ["上一句" if i % 2 else "" for i in range(150)])
        self.assertEqual((embeddings.shape, states.shape), ((150, 32), (150, 64)))
        for i in (0, 77, 149):
            one = read([texts[i]], ["上一句" if i % 2 else ""])[0][0]
            self.assertGreater(one @ embeddings[i], 0.999)

    def test_heads_give_the_learner_s_logits(self):
        learner = fixtures.learner({"intent": ["a", "b", "c"]}).eval()
        state = torch.randn(5, 64)
        for pooled in ("both", "cls", "mean"):
            learner.pooled = pooled
            np.testing.assert_allclose(train.Heads(learner)("intent", state.numpy()), learner.logits("intent", state).detach().numpy(),
                                       atol=1e-5)


class Rounding(unittest.TestCase):
    def test_ranges_are_found_and_rounding_goes_on(self):
        learner = fixtures.learner({"intent": ["a", "b"]}).eval()
        rows = [(t, "", np.eye(2, dtype=np.float32)[i % 2]) for i, t in enumerate(("怎么退货", "发票什么时候开", "在吗", "尺码偏大"))]
        plain = train.reader(learner)(["怎么退货"])[0][0]
        train.watch(learner, [tasks.Labels("labels", "intent", rows, lambda t, _: t, random.Random(1), 1, size=4)], rounds=6)
        layers = [m for m in learner.trunk.modules() if isinstance(m, trunks.Rounded)]
        self.assertEqual(len(layers), 12)
        for layer in layers:
            self.assertTrue(layer.on and layer.watch is None and layer.low <= 0 < layer.high)
        rounded = train.reader(learner)(["怎么退货"])[0][0]
        self.assertTrue(0.98 < rounded @ plain < 0.9999999, rounded @ plain)


@fixtures.with_data
class Held(unittest.TestCase):
    """What calibration is fitted on and what training sees are two sets of rows."""

    @classmethod
    def setUpClass(cls):
        cls.data = pathlib.Path(fixtures.DATA)
        cls.trained = train.intent_rows(cls.data)

    def test_turns(self):
        kept = [r for r in sources.labelled(self.data) if train.held(r["id"])]
        self.assertGreater(len(kept), 300)
        trained = {(t, p, i) for t, p, i, *_ in self.trained if len(sources.key(t)) > 4 and p}
        # Two customers may type the same words after the same turn: stock phrases, not rows of one id.
        both = sum((r["text"], r["prev"], r["intent"]) in trained for r in kept)
        self.assertLessEqual(both, len(kept) // 100)

    def test_authored_rows(self):
        trained = {(t, p) for t, p, *_ in self.trained}
        for row in sources.contexts():
            self.assertEqual((row["text"], row["prev"]) in trained, not train.held(row["text"] + row["prev"]), row)

    def test_what_only_measures_is_in_no_task(self):
        forbidden = sources.measured(self.data)
        self.assertGreater(len(forbidden), 500)
        texts = {t for t, *_ in self.trained} | {a for a, _ in sources.answers(self.data)}
        texts |= {t for b in sources.bases(self.data) for t, _ in b.messages}
        self.assertFalse(forbidden & set(map(sources.key, texts)))


@fixtures.with_data
@fixtures.with_base
class Smoke(unittest.TestCase):
    """Two steps of every task, stopped on the way and resumed: at most three minutes on two free cores."""

    def start(self, out):
        command = [sys.executable, str(HERE / "train.py"), "--data", fixtures.DATA, "--base", str(fixtures.BASE), "--out", str(out),
                   "--smoke", "--threads", "1", "--device", "cpu"]
        return subprocess.Popen(command, env={**os.environ, **MALLOC}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def test_stopped_and_resumed(self):
        with tempfile.TemporaryDirectory() as folder:
            out, began = pathlib.Path(folder), time.time()
            first = self.start(out)
            seen = []
            for line in first.stdout:
                seen.append(line)
                if line.startswith("step 3 "):
                    first.send_signal(signal.SIGTERM)
            first.stdout.close()
            self.assertEqual(first.wait(), train.STOPPED, "".join(seen))
            stopped = int(re.search(r"stopped at step (\d+)", "".join(seen)).group(1))
            self.assertTrue(3 <= stopped <= 5, stopped)
            self.assertTrue((out / "checkpoint.pt").exists())

            second = self.start(out)
            said, _ = second.communicate()
            self.assertEqual(second.returncode, 0, said)
            self.assertRegex(said, rf"resumed at step {stopped}, ")
            steps = [int(n) for n in re.findall(r"^step (\d+) [a-z]", said, re.M)]
            count = int(re.search(r"^(\d+) tasks: ", said, re.M).group(1))
            self.assertEqual(steps, list(range(stopped + 1, 2 * count + 1)))
            losses = {n: float(v) for n, v in re.findall(r"^step \d+ (\w+) ([\d.a-z]+)$", said, re.M)}
            self.assertEqual(len(losses), count)
            self.assertTrue(np.isfinite(list(losses.values())).all(), losses)

            final = torch.load(out / "final.pt", weights_only=False)
            self.assertEqual(final["pooled"], "both")
            for name in ("intent", "intent_context", "sentiment", "emotion", "scope", "risk"):
                self.assertEqual(tuple(final["learner"][f"heads.{name}.weight"].shape), (len(final["labels"][name]), 1024))
            self.assertIn("ended at step", (out / "log.txt").read_text("utf-8").splitlines()[-1])
            print(f"\nsmoke run, stopped and resumed: {time.time() - began:.0f} s", file=sys.stderr)


class Device(unittest.TestCase):
    """Batches follow the learner: with tensors of another device in between, torch's fake tensors refuse the step."""

    def test_losses_stay_on_the_learner_s_device(self):
        rows = [(w + "吗", "上一句" if i % 2 else "", np.eye(3, dtype=np.float32)[i % 3]) for i, w in enumerate(("退货", "发票", "快递", "尺码"))]
        pairs = [(f"{t}怎么弄", f"如何{t}", i % 2) for i, (t, _, _) in enumerate(rows)]
        with FakeTensorMode(), mock.patch.object(torch, "autocast", lambda *_, **__: contextlib.nullcontext()):
            with torch.device("meta"):
                learner = fixtures.learner({"intent": ["a", "b", "c"]})
            for task in (tasks.Labels("labels", "intent", rows, lambda t, _: t, random.Random(1), 1, size=6, classes=np.ones(3)),
                         tasks.Pairs(pairs, random.Random(2), 1, size=4), tasks.Answers([p[:2] for p in pairs], random.Random(3), 1, size=4)):
                self.assertEqual(task.loss(learner).device.type, "meta", task.name)


if __name__ == "__main__":
    unittest.main()
