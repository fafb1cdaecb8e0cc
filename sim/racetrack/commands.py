"""Commands for a controller: drawn at random, and as they are on its stream."""

from collections.abc import Mapping
from typing import get_args

import numpy as np

from racelet.golden.racetrack.command import Command
from racelet.golden.racetrack.command import Error as ErrorName
from racelet.golden.racetrack.config import CONSTANT_WEIGHT, RacetrackConfig
from racelet.golden.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import Code, Engine, command


def fields(asked: Command, config: RacetrackConfig) -> Mapping[str, int]:
    """Fields of the stream's payload; those that a config has no bits for are left at 0."""
    widths = {name: field.shape for name, field in command(config)}
    values = {
        "code": Code[asked.code.upper()].value,
        "engine": Engine[asked.engine.upper()].value,
        **{name: getattr(asked, name) for name in ("track", "port", "slot", "slots", "ones", "blank", "word", "old")},
    }
    return {name: value if widths[name] != 0 else 0 for name, value in values.items()}


def error_name(code: int) -> ErrorName:
    """Name of an error."""
    names: tuple[ErrorName, ...] = get_args(ErrorName)
    return names[code]


class Draw:
    """Commands that make sense most of the time.

    Parameters
    ----------
    rng : numpy.random.Generator
    config : RacetrackConfig
    ones : int
        Of words of constant weight.
    wild : float
        Share of commands of which something is drawn without regard to what makes sense.
    """

    def __init__(self, rng: np.random.Generator, config: RacetrackConfig, ones: int, wild: float) -> None:
        self.rng, self.config, self.ones, self.wild = rng, config, ones, wild
        self.codes = ["read", "write", "write", "write", "home"]
        self.codes += ["sweep"] * (2 * config.sweep) + ["recover"] * config.journal
        if config.guard and ones == 0:
            raise ValueError("ones must be at least 1 where there are guards, not 0")

    def word(self) -> int:
        """One of the right weight, with its guard."""
        guard = int(self.config.guard)
        places = guard + self.rng.choice(self.config.word_bits - guard, self.ones - guard, replace=False)
        return sum(1 << int(place) for place in places) | guard

    def command(self, model: Controller) -> Command:
        """The next one."""
        rng, config = self.rng, self.config
        wild = rng.random() < self.wild
        track = int(rng.integers(config.tracks))
        position = model.positions[track]
        code = rng.choice(self.codes)
        if model.journal is not None and not wild:
            code = "recover"
        elif not wild and (position is None or (position and code != "sweep")):
            code = "sweep" if position is not None and rng.random() < 0.5 and config.sweep else "home"
        elif code == "recover" and not wild:
            code = "read"
        port, slot = int(rng.integers(config.ports)), int(rng.integers(config.words_per_port))
        if code == "recover" and model.journal is not None and not wild:
            track, port, slot = model.journal.track, model.journal.port, model.journal.slot
        slots = int(rng.integers(1, config.words_per_port - slot + 1))
        engine = config.engines[rng.integers(len(config.engines))]
        word = self.word()
        if engine not in CONSTANT_WEIGHT and code == "write" and rng.random() < 0.3:
            word = int(rng.integers(1 << config.word_bits, dtype=np.uint64)) | int(config.guard)
        old = model.tracks[track].load(port, slot) if position == 0 else self.word()
        place = {"track": track, "port": port, "slot": slot, "slots": slots}
        blank = config.guard and rng.random() < 0.1
        asked = Command(code=code, engine=engine, word=word, old=old, ones=self.ones, blank=blank, **place)
        return self._disturb(asked) if wild else asked

    def _disturb(self, asked: Command) -> Command:
        """Anything its fields can hold."""
        drawn = {
            name: int(self.rng.integers(1 << min(field.width, 63), dtype=np.uint64))
            for name, field in command(self.config)
            if name not in ("code", "engine") and field.width and self.rng.random() < 0.4
        }
        return Command(**{**asked.__dict__, **drawn})
