"""Where the tracks are."""

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import word_place


class TrackPositions(wiring.Component):
    """Remember how far each track is from home, if it is known, which it is not at first.

    Computes :func:`racelet.golden.racetrack.track_positions.positions`. Without ``sweep`` all that are known are at
    home.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    track : In(max((config.tracks - 1).bit_length(), 1))
        Which one is worked on.
    known : Out(1)
        It is known where it is.
    at : Out(range(config.segment + 1))
        How far it is from home; stays as it was while it is not known.
    lose : In(1)
        It is no longer known at the next cycle.
    find : In(1)
        It is, at the next cycle; goes before ``lose``.
    where : In(range(config.segment + 1))
        How far it is from home then.
    """

    track: Signal
    known: Signal
    at: Signal
    lose: Signal
    find: Signal
    where: Signal

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        super().__init__(
            {
                "track": In(max(word_place(config)["track"], 1)),
                "known": Out(1),
                "at": Out(range(config.segment + 1)),
                "lose": In(1),
                "find": In(1),
                "where": In(range(config.segment + 1)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        count = self.config.tracks
        known = Signal(count)
        track = self.track if count > 1 else Const(0)
        m.d.comb += self.known.eq(known.bit_select(track, 1) & (track < count))
        with m.If(self.find | self.lose):
            m.d.sync += known.bit_select(track, 1).eq(self.find)
        if self.config.sweep:
            m.submodules.places = places = Memory(shape=len(self.at), depth=max(count, 2), init=[])
            reading, writing = places.read_port(domain="comb"), places.write_port()
            m.d.comb += [
                reading.addr.eq(self.track),
                self.at.eq(reading.data),
                writing.addr.eq(self.track),
                writing.data.eq(self.where),
                writing.en.eq(self.find),
            ]
        return m
