"""The configuration file and the folders of a run."""

import argparse
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

TRAINING = Path(__file__).resolve().parent.parent
REPOSITORY = TRAINING.parent
UNKNOWN = "unknown"  # the label of everything that has none of the labels


@dataclass(frozen=True)
class Settings:
    """`config` is the parsed config.toml; `data` the folder of the data sets; `work` the folder of all
    results.
    """

    config: dict
    data: Path
    work: Path

    @property
    def labels(self) -> list[str]:
        return self.config["labels"]

    @property
    def unknown(self) -> int:
        """The index of the output for "none of the labels"."""
        return len(self.labels)

    @property
    def outputs(self) -> list[str]:
        """The name of each output in order."""
        return [*self.labels, UNKNOWN]

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of the configured model, in pixels."""
        return self.config["model"]["width"], self.config["model"]["height"]

    @property
    def cache(self) -> Path:
        return self.work / "cache"

    @property
    def run(self) -> Path:
        """The folder for checkpoints and metrics of the configured model."""
        model = self.config["model"]
        name = f"{model['start']}-{model['channels']}-{model['width']}x{model['height']}"
        return self.work / "runs" / (self.config["run_name"] or name)

    def stages(self) -> list["Settings"]:
        """The settings of each stage of training; each draws other pictures and views than the others.
        """
        staged = []
        for number, stage in enumerate(self.config["stages"]):
            changes = {table: self.config[table] | values for table, values in stage.items()}
            staged.append(replace(self, config=self.config | {"seed": self.config["seed"] + number} | changes))
        return staged

    @property
    def exports(self) -> Path:
        return self.run / "export"

    @property
    def shipped(self) -> Path:
        return REPOSITORY / "models" / self.config["model"]["id"]

    @property
    def start(self) -> Path:
        """The float export from which `adapt` continues."""
        return self.work / "start.onnx"

    @property
    def backbone(self) -> Path:
        return self.data / "weights" / "mobilenet_v2_1.0_224_from_coral_ptq_notop.weights.h5"


def from_arguments(description: str) -> Settings:
    """Reads --data, --work and --config; `--set key=value` overrides the file (dotted keys, TOML
    values).
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for caches, checkpoints and metrics")
    parser.add_argument("--config", type=Path, default=TRAINING / "config.toml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="changes")
    given = parser.parse_args()
    config = tomllib.loads(given.config.read_text())
    try:
        for change in given.changes:
            set_value(config, change)
    except ValueError as error:
        parser.error(str(error))
    return Settings(config, given.data.resolve(), given.work.resolve())


def set_value(config: dict, change: str) -> None:
    """Changes `config` by a text such as `train.batch=32`. Raises ValueError if it has no such setting or the value is not
    TOML.
    """
    key, _, value = change.partition("=")
    *tables, last = key.split(".")
    table = config
    for name in tables:
        table = table.get(name) if isinstance(table, dict) else None
    if not isinstance(table, dict) or last not in table:
        raise ValueError(f"Expected KEY=VALUE with a setting of the configuration for --set but received {change}")
    try:
        table[last] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"Expected a TOML value for --set {key} but received {value}: {error}") from error
