"""What the training of a stage and the adaptation have in common."""

import copy
import json
import time
from pathlib import Path

import torch
from torch import Tensor, nn


class Run:
    """Trains `model` epoch by epoch and keeps the running average of its weights.

    After each epoch it writes a checkpoint, from which an interrupted run continues as if it had not been interrupted. The subclass
    makes `optimizer`, and trains and measures. `config` has `epochs` and `average_decay`.
    """

    checkpointed = ("model", "average", "optimizer")  # attributes with a state_dict

    optimizer: torch.optim.Optimizer

    def __init__(self, config: dict, model: nn.Module):
        self.config, self.model = config, model
        self.average = copy.deepcopy(model).eval()
        self.epoch, self.step, self.history = 0, 0, []

    def train_epoch(self) -> float:
        """One pass over the pictures. Returns the mean loss."""
        raise NotImplementedError

    def measured(self) -> dict:
        """Figures of the average on val."""
        raise NotImplementedError

    def learning(self, model: nn.Module) -> nn.Module:
        """The part of a network of which the average is kept: all of it, unless the subclass trains a part only."""
        return model

    def train_epochs(self, checkpoint: Path) -> None:
        """Trains to the last epoch, from the checkpoint if it exists. The figures of all epochs are in a JSON file beside it."""
        if checkpoint.exists():
            self._resume(torch.load(checkpoint))
        while self.epoch < self.config["epochs"]:
            start = time.monotonic()
            loss = self.train_epoch()
            self.epoch += 1
            record = {"epoch": self.epoch, "loss": round(loss, 4), "seconds": round(time.monotonic() - start), "val": self.measured()}
            written = json.dumps(record)
            self.history.append(json.loads(written))  # plain numbers, which a checkpoint may contain
            print(written, flush=True)
            save(self._state(), checkpoint)
            checkpoint.with_suffix(".json").write_text(json.dumps(self.history, indent=1))

    def learn(self, loss: Tensor) -> None:
        """One step of the optimizer."""
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        decay = min(self.config["average_decay"], (self.step + 1) / (self.step + 10))
        parts = (self.learning(network).state_dict().values() for network in (self.average, self.model))
        with torch.no_grad():
            for mean, now in zip(*parts, strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - decay)
                else:
                    mean.copy_(now)

    def _state(self) -> dict:
        parts = {name: getattr(self, name).state_dict() for name in self.checkpointed}
        counts = {"epoch": self.epoch, "step": self.step, "history": self.history}
        return parts | counts | {"random": torch.get_rng_state()}

    def _resume(self, state: dict) -> None:
        for name in self.checkpointed:
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
        torch.set_rng_state(state["random"])


def save(value: object, file: Path) -> None:
    """Writes a file of PyTorch. After an interruption it is complete, or as it was before."""
    new = file.with_suffix(".new")
    torch.save(value, new)
    new.replace(file)
