"""Which tracks are read next, and in which direction."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.layouts import word_place
from racelet.hw.racetrack.matrix_layouts import Read, plan, port_shape


class PassOrder(wiring.Component):
    """Count passes over the tracks of two matrices.

    Computes :func:`racelet.golden.racetrack.matrix_passes.passes`. No track's position is kept: how often it was read
    before tells it.

    Parameters
    ----------
    config : MatrixConfig

    Members
    -------
    plan : In(plan(config))
        Of the product. Does not change from ``start`` to the last pass.
    start : In(1)
        The next cycle shows the first pass.
    step : In(1)
        It shows the next one.
    row : Out(max(word_place(config.row_tracks)["track"], 1))
        Tile of rows.
    column : Out(max(word_place(config.column_tracks)["track"], 1))
        Tile of columns.
    port : Out(port_shape(config))
        Where it is not all, the one that is read.
    outwards : Out(2)
        Direction of rows (the lower bit) and of columns.
    lead : Out(2)
        They are shifted once before the first look.
    trail : Out(2)
        They are shifted after the last one.
    ends : Out(1)
        Last pass of a tile.
    last : Out(1)
        Last one of all.
    """

    plan: View
    start: Signal
    step: Signal
    row: Signal
    column: Signal
    port: Signal
    outwards: Signal
    lead: Signal
    trail: Signal
    ends: Signal
    last: Signal

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        super().__init__(
            {
                "plan": In(plan(config)),
                "start": In(1),
                "step": In(1),
                "row": Out(max(word_place(config.row_tracks)["track"], 1)),
                "column": Out(max(word_place(config.column_tracks)["track"], 1)),
                "port": Out(port_shape(config)),
                "outwards": Out(2),
                "lead": Out(2),
                "trail": Out(2),
                "ends": Out(1),
                "last": Out(1),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        asked = self.plan
        naive, serpentine = asked.read == Read.NAIVE, asked.read == Read.SERPENTINE
        row_ends, column_ends = self.row == asked.row_tiles - 1, self.column == asked.column_tiles - 1
        m.d.comb += [
            self.ends.eq(serpentine | (self.port == asked.ports - 1)),
            self.last.eq(self.ends & row_ends & column_ends),
        ]
        for side, before in enumerate((self.column, self.row)):
            # So often was a track read before, in each tile at every port or once; even numbers begin at home.
            odd = (before[0] & (serpentine | asked.ports[0])) ^ self.port[0]
            out = self.outwards[side]
            m.d.comb += [
                out.eq(naive | ~odd),
                self.lead[side].eq(Mux(serpentine, before == 0, out)),
                self.trail[side].eq(naive | ~(serpentine | out)),
            ]
        with m.If(self.start):
            m.d.sync += [self.row.eq(0), self.column.eq(0), self.port.eq(0)]
        with m.Elif(self.step & ~self.ends):
            m.d.sync += self.port.eq(self.port + 1)
        with m.Elif(self.step):
            m.d.sync += [self.port.eq(0), self.column.eq(self.column + 1)]
            with m.If(column_ends):
                m.d.sync += [self.column.eq(0), self.row.eq(self.row + 1)]
        return m
