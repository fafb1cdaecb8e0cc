import dataclasses
from pathlib import Path
from typing import Literal

import pytest

from racelet.cli.blocks import BLOCKS, Block
from racelet.cli.config import ConfigError, load


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    lanes: int = 8
    ratio: float = 0.5
    fast: bool = False
    store: Literal["bram", "stream"] = "bram"
    taps: tuple[int, ...] = (1, 2)
    names: tuple[str, ...] = ("a",)
    width: int | Literal["exact"] = "exact"

    def __post_init__(self) -> None:
        if not isinstance(self.lanes, int):
            raise TypeError(f"Config.lanes must be int, not {self.lanes!r}")
        if not 1 <= self.lanes <= 32:
            raise ValueError(f"Config.lanes must be in 1..32, not {self.lanes}")


class Sample(Block):
    def presets(self) -> dict[str, Config]:
        return {"small": Config(), "large": Config(lanes=16)}


FIELDS = "lanes, ratio, fast, store, taps, names, width"
BLOCK = Sample(name="sample", summary="", config_class="Config", component_class="")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "f.toml"


def test_nothing_is_the_default_preset() -> None:
    assert load(BLOCK) == Config()


def test_a_preset_is_taken_by_name() -> None:
    assert load(BLOCK, "large").lanes == 16


@pytest.mark.parametrize("block", BLOCKS.values(), ids=lambda block: block.name)
def test_every_preset_of_every_block_loads(block: Block) -> None:
    for name, config in block.presets().items():
        assert load(block, name) == config
        assert isinstance(config, block.config_type())
    assert block.default in block.presets()


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("lanes=4", "lanes", 4),
        ("lanes = 0x10", "lanes", 16),
        ("ratio=2", "ratio", 2.0),
        ("fast=true", "fast", True),
        ("fast=False", "fast", False),
        ("store=stream", "store", "stream"),
        ("taps=[3]", "taps", [3]),
        ("names=a, b", "names", ("a", "b")),
        ("names=['c']", "names", ["c"]),
        ("width=24", "width", 24),
        ("width=exact", "width", "exact"),
    ],
)
def test_a_setting_is_read_as_its_field_is_typed(setting: str, field: str, value: object) -> None:
    found = getattr(load(BLOCK, settings=[setting]), field)
    assert (found, type(found)) == (value, type(value))


def test_settings_go_on_top_of_the_file_and_the_last_one_counts(file: Path) -> None:
    file.write_text('preset = "large"\nratio = 1\nfast = true\n')
    config = load(BLOCK, file=file, settings=["ratio=3", "ratio=4"])
    assert config == Config(lanes=16, ratio=4.0, fast=True)
    assert type(load(BLOCK, file=file).ratio) is float


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lane=4", f"--set: a field of Config must be one of {FIELDS}, not lane (did you mean lanes?)"),
        ("=4", f"--set: a field of Config must be one of {FIELDS}, not empty"),
        ("lanes", "--set must be field=value, not lanes"),
        ("lanes=four", "--set lanes must be a whole number, not four"),
        ("lanes=", "--set lanes must be a whole number, not empty"),
        ("lanes=4.0", "--set lanes must be a whole number, not 4.0"),
        ("ratio=much", "--set ratio must be a number, not much"),
        ("fast=1", "--set fast must be true or false, not 1"),
        ("taps=[", "--set taps must be a TOML value, not ["),
        ("width=wide", "--set width must be a whole number or exact, not wide"),
        ("lanes=64", "Config.lanes must be in 1..32, not 64"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(BLOCK, settings=[setting])
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lane = 4", "a field of Config must be one of lanes, ratio"),
        ("lanes = 'four'", "Config.lanes must be int, not 'four'"),
        ("lanes = 0", "Config.lanes must be in 1..32, not 0"),
        ("lanes: 4", "is no TOML"),
        ("preset = 'huge'", "the preset of sample must be one of small, large, not huge"),
        ("preset = 3", "the preset of sample must be one of small, large, not 3"),
    ],
)
def test_a_wrong_file_is_named(text: str, message: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(BLOCK, file=file)


def test_a_file_that_is_not_there_or_no_text_is_named(file: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        load(BLOCK, file=file)
    assert raised.value.filename == str(file)
    file.write_bytes(b"lanes\xff")
    with pytest.raises(ConfigError, match="byte 5 is not"):
        load(BLOCK, file=file)


def test_preset_and_file_exclude_each_other(file: Path) -> None:
    with pytest.raises(ConfigError, match="--preset and --config exclude each other"):
        load(BLOCK, "small", file)
