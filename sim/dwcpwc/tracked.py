"""Components with a weight store on racetracks, and the tracks that it needs."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.racetrack.config import KINDS
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.racetrack_weight_store import RacetrackWeightStore
from racelet.hw.dwcpwc.track_lanes import LanesSignature
from racelet.sim.dwcpwc.track_lanes_model import TrackLanesModel


class _Tracked(wiring.Component):
    """A component whose pins of tracks end at tracks; all its other members are its own.

    Members that it has besides: ``pulses_detect``, ``pulses_shift``, ``pulses_remove`` and ``pulses_insert``, see
    :class:`TrackLanesModel`.
    """

    def __init__(self, inner: Any, pins: str, more: Mapping[str, wiring.Member] | None = None) -> None:
        self.inner, self.pins, self.config = inner, pins, inner.config
        kept = {name: member for name, member in inner.signature.members.items() if name != pins}
        self.kept = tuple(kept)
        super().__init__({**kept, **{f"pulses_{kind}": Out(32) for kind in KINDS}, **(more or {})})

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        m.submodules.inner = self.inner
        m.submodules.tracks = tracks = TrackLanesModel(self.config)
        self._connect_tracks(m, getattr(self.inner, self.pins), tracks)
        for name in self.kept:
            mine, member = getattr(self, name), self.inner.signature.members[name]
            its = getattr(self.inner, name)
            if member.is_signature:
                connect(m, *((flipped(mine), its) if member.flow == wiring.In else (its, flipped(mine))))
            else:
                m.d.comb += its.eq(mine) if member.flow == wiring.In else mine.eq(its)
        m.d.comb += [getattr(self, f"pulses_{kind}").eq(getattr(tracks, f"pulses_{kind}")) for kind in KINDS]
        return m

    def _connect_tracks(self, m: Module, pins: Any, tracks: TrackLanesModel) -> None:
        connect(m, pins, tracks.device)


class TrackedStore(_Tracked):
    """A weight store on racetracks with its tracks, on which something may go wrong.

    Parameters
    ----------
    config : DwcPwcConfig

    Members that it has besides: the tracks of bytes that ``hidden`` has a one for show no skyrmion at their access
    ports; with ``faulty`` the tracks tell a fault.
    """

    hidden: Signal
    faulty: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        more = {"hidden": In(config.weight_beat_bytes), "faulty": In(1)}
        super().__init__(RacetrackWeightStore(config), "device", more)

    def _connect_tracks(self, m: Module, pins: Any, tracks: TrackLanesModel) -> None:
        outer = tracks.device
        for name, member in LanesSignature(self.config).members.items():
            if member.flow == wiring.Out:
                m.d.comb += getattr(outer, name).eq(getattr(pins, name))
        hidden = Mux(pins.home, 0, self.hidden)
        m.d.comb += [pins.bit.eq(outer.bit & ~hidden), pins.fault.eq(outer.fault | self.faulty)]
        if self.config.store_reads == "serpentine":
            shown = Cat(each & ~hidden for each in (outer.bits.word_select(k, len(hidden)) for k in self._ports))
            m.d.comb += pins.bits.eq(shown)

    @property
    def _ports(self) -> range:
        return range(self.config.store_ports)


class TrackedAccelerator(_Tracked):
    """An accelerator whose weights are on racetracks, with its tracks.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    def __init__(self, config: DwcPwcConfig) -> None:
        super().__init__(Accelerator(config), "tracks")


def complete(config: DwcPwcConfig) -> wiring.Component:
    """An accelerator with all that it needs at its pins and has no stream for.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    Component
        With the members of :class:`racelet.hw.dwcpwc.accelerator.Accelerator`, or all of them but ``tracks``.
    """
    return TrackedAccelerator(config) if config.store == "racetrack" else Accelerator(config)
