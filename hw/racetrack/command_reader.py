"""Makes commands of bytes."""

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import ENGINES, RacetrackConfig
from racelet.hw.racetrack.layouts import Code, Error, command, response

NUMBERS = ("code", "engine", "track", "port", "slot", "slots", "ones", "unused")


def command_beat(config: RacetrackConfig) -> StructLayout:
    """A command in whole bytes."""
    words = ["word", "old"] if "cw_known" in config.engines else ["word"]
    fields = {**dict.fromkeys(NUMBERS, 8), **dict.fromkeys(words, 8 * config.word_bytes)}
    rest = 8 * config.command_bytes - sum(fields.values())
    return StructLayout({**fields, "rest": rest})


class CommandReader(wiring.Component):
    """Take the numbers of a command out of its bytes, and answer for the controller where one does not fit.

    Nothing is kept: a command is taken when it is answered. What does not fit is answered in the cycle in which it is
    offered, and the controller sees nothing of it. Computes :func:`racelet.golden.racetrack.packets.misfit` and
    :func:`racelet.golden.racetrack.packets.command_of`.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    i : In(stream.Signature(command_beat(config)))
        Commands in bytes.
    command : Out(stream.Signature(command(config)))
        To the controller.
    done : In(stream.Signature(response(config)))
        From it.
    response : Out(stream.Signature(response(config)))
        What the command is answered with.
    """

    i: stream.Interface
    command: stream.Interface
    done: stream.Interface
    response: stream.Interface

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(command_beat(config))),
                "command": Out(stream.Signature(command(config))),
                "done": In(stream.Signature(response(config))),
                "response": Out(stream.Signature(response(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        given, wrong = self.i.p, Signal(Error, name="wrong")
        layout = command(self.config)
        asked = View(layout, self.command.p.as_value())
        too_long: dict[str, Value] = {}
        for name, field in layout:
            there = Value.cast(given[name]) if name in command_beat(self.config).members else Const(0)
            m.d.comb += asked.as_value()[field.offset : field.offset + field.width].eq(there[: field.width])
            too_long[str(name)] = there[field.width :].any()
        reasons: list[tuple[Error, Value]] = [
            (Error.COMMAND, given.code >= len(Code)),
            (Error.TRACK, too_long["track"]),
            (Error.PORT, too_long["port"]),
            (Error.SLOT, too_long["slot"] | (too_long["slots"] if self.config.sweep else 0)),
            (Error.ENGINE, given.engine >= len(ENGINES)),
            (Error.WORD_COUNT, Cat(too_long[name] for name in ("ones", "word", "old")).any()),
        ]
        m.d.comb += wrong.eq(Error.NONE)
        for error, holds in reversed(reasons):
            with m.If(holds):
                m.d.comb += wrong.eq(error)
        fits = wrong == Error.NONE
        m.d.comb += [
            self.command.valid.eq(self.i.valid & fits),
            self.response.p.eq(self.done.p),
            self.response.valid.eq(self.done.valid),
            self.done.ready.eq(self.response.ready),
            self.i.ready.eq(self.command.ready),
        ]
        with m.If(~fits):
            m.d.comb += [
                self.response.p.data.eq(0),
                self.response.p.error.eq(wrong),
                self.response.valid.eq(self.i.valid),
                self.done.ready.eq(0),
                self.i.ready.eq(self.response.ready),
            ]
        return m
