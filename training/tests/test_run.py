"""Run in `training`, with the packages of the training: python -m unittest tests.test_run. It needs no data sets."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from torch import nn

from hangtag_training.run import Run
from hangtag_training.settings import TRAINING, set_value

WORDS = """
import sys
from pathlib import Path
from hangtag_training.pictures import title_targets
from hangtag_training.settings import Settings
print(*title_targets(Settings({"train": {"title_words": 5}}, Path(sys.argv[1]), Path()))[0])
"""


class Noisy(Run):
    """Learns from random numbers, with dropout. It ends after the epoch `last`, as by an interruption."""

    def __init__(self, last: int):
        torch.manual_seed(1)
        super().__init__({"epochs": 4, "average_decay": 0.9}, nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)))
        self.optimizer, self.last = torch.optim.AdamW(self.model.parameters()), last

    def train_epoch(self) -> float:
        if self.epoch == self.last:
            raise InterruptedError
        for _ in range(3):
            loss = self.model(torch.randn(4, 3)).square().mean()
            self.learn(loss)
        return loss.item()

    def measured(self) -> dict:
        return {}


class Training(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def average_of(self, run: Run, name: str) -> list[torch.Tensor]:
        run.train_epochs(self.folder / name)
        return list(run.average.parameters())

    def test_an_interrupted_run_ends_with_the_weights_of_one_that_was_not(self):
        expected = self.average_of(Noisy(last=4), "whole.pt")
        with self.assertRaises(InterruptedError):
            Noisy(last=2).train_epochs(self.folder / "parts.pt")
        continued = self.average_of(Noisy(last=4), "parts.pt")
        torch.testing.assert_close(continued, expected, rtol=0, atol=0)

    def test_the_words_of_titles_are_the_same_in_each_process(self):
        (self.folder / "fashion").mkdir()
        table = "id,split,productDisplayName\n1,train,polo shirt blue cotton printed slim\n2,train,watch steel round dial\n"
        (self.folder / "fashion" / "labels.csv").write_text(table)
        words = {
            subprocess.check_output([sys.executable, "-c", WORDS, self.folder], cwd=TRAINING, env=os.environ | {"PYTHONHASHSEED": seed})
            for seed in "1234"
        }
        self.assertEqual(words, {b"blue cotton dial polo printed\n"})


class Changes(unittest.TestCase):
    def test_a_setting_is_changed(self):
        config = {"train": {"batch": 64}}
        set_value(config, "train.batch=32")
        self.assertEqual(config, {"train": {"batch": 32}})

    def test_a_setting_that_does_not_exist_is_refused(self):
        for change in ("train.bach=32", "trian.batch=32", "train.batch.size=32", "batch", "train.batch=thirty"):
            with self.subTest(change), self.assertRaisesRegex(ValueError, "Expected"):
                set_value({"train": {"batch": 64}}, change)


if __name__ == "__main__":
    unittest.main()
