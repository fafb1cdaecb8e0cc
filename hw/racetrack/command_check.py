"""Refuses commands before anything is done."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import CONSTANT_WEIGHT, RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Engine, Error, command, count_ones, engine_code, journal


class CommandCheck(wiring.Component):
    """Tell why a command cannot be done, in the same cycle.

    Computes :func:`racelet.golden.racetrack.command.refusal`.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    command : In(command(config))
        What is asked for.
    known : In(1)
        It is known where its track is.
    home : In(1)
        It is at home.
    stored : In(journal(config))
        Journal; without one it is not looked at.
    error : Out(Error)
        Why not; ``NONE`` where nothing speaks against it.
    """

    command: View
    known: Value
    home: Value
    stored: View
    error: Any

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        super().__init__(
            {
                "command": In(command(config)),
                "known": In(1),
                "home": In(1),
                "stored": In(journal(config)),
                "error": Out(Error),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, asked, stored = self.config, self.command, self.stored
        is_home, is_read, is_write, is_sweep, is_recover = (
            asked.code == code for code in (Code.HOME, Code.READ, Code.WRITE, Code.SWEEP, Code.RECOVER)
        )
        offered = [is_home, is_read, is_write]
        if config.sweep:
            offered.append(is_sweep)
        if config.journal:
            offered.append(is_recover)
        engines = [engine_code(engine) for engine in config.engines]
        elsewhere = Cat(asked[name] != stored[name] for name in ("track", "port", "slot")).any()
        other = (stored.going != is_recover) | (is_recover & elsewhere) if config.journal else Const(0)
        reasons: list[tuple[Error, Value]] = [
            (Error.COMMAND, ~Cat(offered).any()),
            (Error.TRACK, _beyond(asked.track, config.tracks)),
            (Error.PORT, _beyond(asked.port, config.ports)),
            (Error.SLOT, ~is_home & Value.cast(self._no_slot(is_sweep))),
            (Error.ENGINE, is_write & ~Cat(asked.engine == engine for engine in engines).any()),
            (Error.JOURNAL, other),
            (Error.NOT_HOMED, ((is_read | is_write) & ~self.home) | (is_sweep & ~self.known)),
            (Error.WORD_COUNT, self._wrong_count(is_write, is_recover)),
        ]
        if config.guard:
            reasons.append((Error.WORD_GUARD, (is_write | is_recover) & ~asked.word[0]))
        m.d.comb += self.error.eq(Error.NONE)
        for error, holds in reversed(reasons):
            with m.If(holds):
                m.d.comb += self.error.eq(error)
        return m

    def _no_slot(self, is_sweep: Value) -> Value:
        """A word that there is not, or a sweep of none or of more than there are."""
        asked, most = self.command, self.config.words_per_port
        one = _beyond(asked.slot, most)
        if not self.config.sweep:
            return one
        many = (asked.slots == 0) | (asked.slot + asked.slots > most)
        return (is_sweep & many) | (~is_sweep & one)

    def _wrong_count(self, is_write: Value, is_recover: Value) -> Value:
        """Too few ones, or too many, of a word that is permuted."""
        asked, config = self.command, self.config
        here = [engine for engine in config.engines if engine in CONSTANT_WEIGHT]
        if not here:
            return Const(0)
        permutes = is_write & Cat(asked.engine == engine_code(engine) for engine in here).any()
        wrong = (permutes | is_recover) & (count_ones(asked.word) != asked.ones)
        if "cw_known" in here:
            known = is_write & (asked.engine == Engine.CW_KNOWN)
            wrong |= known & (count_ones(asked.old) != asked.ones)
        return wrong


def _beyond(number: Value, count: int) -> Value:
    """A number that there is not; none where every one is."""
    return Const(0) if 1 << len(number) == count else number >= count
