"""Tracks as hardware, for simulations and proofs without Python in them."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.layouts import DeviceSignature, Direction, Kind, Span


class TrackModel(wiring.Component):
    """Tracks behind a controller's pins; at first each has its marker at home, and nothing else.

    Behaves as :class:`racelet.golden.racetrack.device.Track`.

    Parameters
    ----------
    config : RacetrackConfig

    Attributes
    ----------
    sites : Signal(config.sites)
        Of the track that the pins name, the home port's site the lowest bit.

    Members
    -------
    device : In(DeviceSignature(config))
        The pins.
    """

    device: Any

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        self.sites = Signal(config.sites)
        super().__init__({"device": In(DeviceSignature(config))})

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        config, device = self.config, self.device
        here = [Mux(device.home, 0, device.port == port) for port in range(config.ports)]
        at_port = Const(0, config.sites)
        for port, site in enumerate(config.port_sites):
            at_port |= Value.cast(here[port]) << site
        at_port = (at_port | device.home)[: config.sites]
        # Sites from the port on: all bits from its own upwards.
        right_of = Cat(at_port[: site + 1].any() for site in range(config.sites))
        span = Mux(device.span == Span.ALL, ~Const(0, config.sites), Mux(device.span == Span.RIGHT, right_of, 0))
        span |= Mux(device.span == Span.LEFT, ~right_of | at_port, 0)
        moved = self.sites & span
        outwards = device.direction == Direction.RIGHT
        shifted = Mux(outwards, moved << 1, moved >> 1)[: config.sites]
        # What leaves the span is lost, or runs over a site that is not moved.
        lost = (Mux(outwards, moved & ~(span >> 1), moved & ~(span << 1)[: config.sites])).any()
        there = (self.sites & at_port).any()
        after = Signal(config.sites)
        m.d.comb += [after.eq(self.sites), device.bit.eq(there)]
        with m.Switch(device.kind):
            with m.Case(Kind.SHIFT):
                m.d.comb += [after.eq((self.sites & ~span) | (shifted & span)), device.fault.eq(lost)]
            with m.Case(Kind.REMOVE):
                m.d.comb += [after.eq(self.sites & ~at_port), device.fault.eq(~there)]
            with m.Case(Kind.INSERT):
                m.d.comb += [after.eq(self.sites | at_port), device.fault.eq(there)]
        if config.sweep:
            m.d.comb += device.bits.eq(Cat(self.sites[site] for site in config.port_sites))
        self._keep(m, after)
        return m

    def _keep(self, m: Module, after: Value) -> None:
        """Hold the sites of all tracks; only those of one that is named can change."""
        strobe = self.device.valid & self.device.strobe
        if self.config.tracks == 1:
            sites = Signal(self.config.sites, init=1, reset_less=True, name="held")
            m.d.comb += self.sites.eq(sites)
            with m.If(strobe):
                m.d.sync += sites.eq(after)
            return
        tracks = self.config.tracks
        m.submodules.held = held = Memory(shape=self.config.sites, depth=tracks, init=[1] * tracks)
        reading, writing = held.read_port(domain="comb"), held.write_port()
        m.d.comb += [
            reading.addr.eq(self.device.track),
            self.sites.eq(reading.data),
            writing.addr.eq(self.device.track),
            writing.data.eq(after),
            writing.en.eq(strobe),
        ]
