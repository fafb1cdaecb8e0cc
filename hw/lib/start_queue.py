"""Remembers starts that come while something runs."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class StartQueue(wiring.Component):
    """Count starts and give them out one by one.

    A start is given in the cycle after it came, or as soon as ``ready`` is high. Computes
    :func:`racelet.golden.lib.start_queue.queue`.

    Parameters
    ----------
    depth : int
        Starts that can wait.

    Members
    -------
    start : In(1)
        One more. Refused where ``depth`` wait already.
    ready : In(1)
        A start would be taken.
    go : Out(1)
        Start now. Combinational from ``ready``.
    pending : Out(range(depth + 1))
        Starts that wait.
    refused : Out(1)
        A start was refused. Stays until reset.
    """

    start: Signal
    ready: Signal
    go: Signal
    pending: Signal
    refused: Signal

    def __init__(self, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {
                "start": In(1),
                "ready": In(1),
                "go": Out(1),
                "pending": Out(range(depth + 1)),
                "refused": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        accepted = Signal()
        m.d.comb += [
            self.go.eq(self.ready & (self.pending != 0)),
            accepted.eq(self.start & (self.go | (self.pending != self.depth))),
        ]
        m.d.sync += self.pending.eq(self.pending + accepted - self.go)
        with m.If(self.start & ~accepted):
            m.d.sync += self.refused.eq(1)
        return m
