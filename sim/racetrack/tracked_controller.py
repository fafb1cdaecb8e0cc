"""A controller with its tracks, and with the register that keeps its content without power."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.hw.racetrack.controller import Controller
from racelet.hw.racetrack.layouts import command, journal, response, swept
from racelet.sim.racetrack.track_model import TrackModel


class TrackedController(wiring.Component):
    """What a controller does to its tracks.

    Parameters
    ----------
    config : RacetrackConfig

    Members
    -------
    command : In(stream.Signature(command(config)))
        What to do.
    response : Out(stream.Signature(response(config)))
        What came of it.
    swept : Out(stream.Signature(swept(config)))
        Only with ``sweep`` true: bits that a sweep sees.
    """

    command: stream.Interface
    response: stream.Interface
    swept: stream.Interface

    def __init__(self, config: RacetrackConfig) -> None:
        self.config = config
        self.controller = Controller(config)
        self.tracks = TrackModel(config)
        members = {
            "command": In(stream.Signature(command(config))),
            "response": Out(stream.Signature(response(config))),
        }
        if config.sweep:
            members["swept"] = Out(stream.Signature(swept(config)))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Wire it up."""
        m = Module()
        m.submodules.controller = controller = self.controller
        m.submodules.tracks = tracks = self.tracks
        connect(m, controller.device, tracks.device)
        connect(m, flipped(self.command), controller.command)
        connect(m, controller.response, flipped(self.response))
        if self.config.sweep:
            connect(m, controller.swept, flipped(self.swept))
        if self.config.journal:
            kept = Signal(journal(self.config), reset_less=True, name="kept_journal")
            m.d.comb += controller.journal.stored.eq(kept)
            with m.If(controller.journal.write):
                m.d.sync += kept.eq(controller.journal.value)
        return m
