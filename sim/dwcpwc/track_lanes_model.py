"""Racetracks behind the pins of a weight store, for simulations without Python in them."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.racetrack.config import KINDS
from racelet.hw.dwcpwc.track_lanes import LanesSignature
from racelet.hw.racetrack.layouts import Direction, Kind, Span


class TrackLanesModel(wiring.Component):
    """Tracks of all bytes of a beat; at first each has its marker at home, and nothing else. A reset leaves them alone.

    Each behaves as :class:`racelet.golden.racetrack.device.Track`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    device : In(LanesSignature(config))
        The pins.
    pulses_detect, pulses_shift, pulses_remove, pulses_insert : Out(32)
        Operations that were done since the simulation began, modulo 2**32; those of all bytes at once count once.
    """

    device: Any

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config, self.tracks = config, config.store_tracks
        super().__init__(
            {"device": In(LanesSignature(config)), **{f"pulses_{kind}": Out(32) for kind in KINDS}},
        )

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        device, strobe = self.device, self.device.valid & self.device.strobe
        at_port, span = self._masks(m)
        faults = []
        for lane in range(self.config.weight_beat_bytes):
            takes_part = ~device.single | (device.lane == lane)
            sites, after = self._held(m, lane, strobe & takes_part)
            there, lost = (sites & at_port).any(), Signal(name=f"lost_{lane}")
            self._move(m, sites, after, at_port, span, lost)
            fault = Mux(device.kind == Kind.REMOVE, ~there, (device.kind == Kind.INSERT) & there)
            faults.append(takes_part & Mux(device.kind == Kind.SHIFT, lost, fault))
            m.d.comb += device.bit[lane].eq(there)
            if self.config.store_reads == "serpentine":
                for port, site in enumerate(self.tracks.port_sites):
                    m.d.comb += device.bits[port * self.config.weight_beat_bytes + lane].eq(sites[site])
        m.d.comb += device.fault.eq(Cat(faults).any())
        for kind in KINDS:
            count = getattr(self, f"pulses_{kind}")
            counted = Signal(32, name=f"counted_{kind}", reset_less=True)
            m.d.comb += count.eq(counted)
            with m.If(strobe & (device.kind == Kind[kind.upper()])):
                m.d.sync += counted.eq(counted + 1)
        return m

    def _masks(self, m: Module) -> tuple[Signal, Signal]:
        """The site of the port that is named, and the sites that a shift moves."""
        device, sites = self.device, self.tracks.sites
        at_port, upwards, span = (Signal(sites, name=name) for name in ("at_port", "upwards", "span"))
        whole = (1 << sites) - 1
        with m.If(device.home):
            m.d.comb += [at_port.eq(1), upwards.eq(whole)]
        with m.Else(), m.Switch(device.port):
            for port, site in enumerate(self.tracks.port_sites):
                with m.Case(port):
                    m.d.comb += [at_port.eq(1 << site), upwards.eq(whole >> site << site)]
        with m.Switch(device.span):
            with m.Case(Span.ALL):
                m.d.comb += span.eq(whole)
            with m.Case(Span.RIGHT):
                m.d.comb += span.eq(upwards)
            with m.Case(Span.LEFT):
                m.d.comb += span.eq(~upwards | at_port)
        return at_port, span

    def _move(self, m: Module, sites: Value, after: Signal, at_port: Value, span: Value, lost: Signal) -> None:
        """What an operation makes of the sites of a track."""
        device = self.device
        moved = sites & span
        m.d.comb += after.eq(sites)
        with m.Switch(device.kind):
            with m.Case(Kind.SHIFT):
                with m.If(device.direction == Direction.RIGHT):
                    m.d.comb += [after.eq((sites & ~span) | ((moved << 1)[: len(sites)] & span))]
                    m.d.comb += lost.eq((moved & ~(span >> 1)).any())
                with m.Else():
                    m.d.comb += [after.eq((sites & ~span) | ((moved >> 1) & span))]
                    m.d.comb += lost.eq((moved & ~(span << 1)[: len(sites)]).any())
            with m.Case(Kind.REMOVE):
                m.d.comb += after.eq(sites & ~at_port)
            with m.Case(Kind.INSERT):
                m.d.comb += after.eq(sites | at_port)

    def _held(self, m: Module, lane: int, write: Value) -> tuple[Signal, Signal]:
        """Sites of the track that is named, and what they become if ``write``."""
        sites, after = (Signal(self.tracks.sites, name=f"{name}_{lane}") for name in ("sites", "after"))
        count = self.tracks.tracks
        m.submodules[f"held_{lane}"] = held = Memory(shape=self.tracks.sites, depth=max(count, 2), init=[1] * count)
        reading, writing = held.read_port(domain="comb"), held.write_port()
        track = self.device.track if count > 1 else Const(0)
        m.d.comb += [
            reading.addr.eq(track),
            sites.eq(reading.data),
            writing.addr.eq(track),
            writing.data.eq(after),
            writing.en.eq(write),
        ]
        return sites, after
