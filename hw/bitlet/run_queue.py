"""Queue of runs that software asks for."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import RUN, RunError, run
from racelet.hw.lib.start_queue import StartQueue
from racelet.hw.lib.stream_queue import StreamQueue


class RunQueue(wiring.Component):
    """Check runs, and keep them until the array gets to them.

    A run is offered in the cycle after its start. One that the array cannot do is refused, and every one after it,
    until reset; those that wait are kept. Computes :func:`racelet.golden.bitlet.run_queue.queue`.

    Parameters
    ----------
    config : BitletConfig
    depth : int
        Runs that can wait. 1..15.

    Members
    -------
    start : In(1)
        A run is asked for. Refused where ``depth`` wait already.
    wanted : In(RUN)
        Which one.
    o : Out(stream.Signature(run(config)))
        Runs. Held while ``o.valid`` is high and ``o.ready`` is low.
    pending : Out(range(depth + 1))
        Runs that wait.
    refused : Out(1)
        A start was refused as too many waited. Stays until reset.
    error : Out(RunError)
        Why a run was refused. Stays until reset.
    """

    start: Signal
    wanted: View
    o: stream.Interface
    pending: Signal
    refused: Signal
    error: Any

    def __init__(self, config: BitletConfig, depth: int) -> None:
        self.config = config
        self.depth = depth
        super().__init__(
            {
                "start": In(1),
                "wanted": In(RUN),
                "o": Out(stream.Signature(run(config))),
                "pending": Out(range(depth + 1)),
                "refused": Out(1),
                "error": Out(RunError),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layout = run(self.config)
        m.submodules.starts = starts = StartQueue(self.depth)
        m.submodules.runs = runs = StreamQueue(layout.size, max(1 << (self.depth - 1).bit_length(), 2))
        asked, wrong = self.wanted, Signal(RunError, name="wrong")
        m.d.comb += wrong.eq(RunError.NONE)
        with m.If(asked.form >= len(self.config.formats)):
            m.d.comb += wrong.eq(RunError.FORMAT)
        with m.Elif((asked.terms == 0) | (asked.terms > self.config.terms)):
            m.d.comb += wrong.eq(RunError.TERMS)
        with m.Elif(asked.products == 0):
            m.d.comb += wrong.eq(RunError.PRODUCTS)
        healthy = self.error == RunError.NONE
        with m.If(self.start & healthy):
            m.d.sync += self.error.eq(wrong)
        coming = View(layout, runs.i.p)
        m.d.comb += [
            starts.start.eq(self.start & healthy & (wrong == RunError.NONE)),
            starts.ready.eq(self.o.ready),
            # Where the queue of starts refuses one.
            runs.i.valid.eq(starts.start & (starts.go | (starts.pending != self.depth))),
            *(coming[name].eq(asked[name]) for name in layout.members),
            self.o.valid.eq(runs.o.valid),
            self.o.p.eq(runs.o.p),
            runs.o.ready.eq(self.o.ready),
            self.pending.eq(starts.pending),
            self.refused.eq(starts.refused),
        ]
        return m
