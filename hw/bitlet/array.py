"""Array: processing elements in rows and columns, for a matrix product."""
# Ref: H. Lu et al., "Distilling bit-level sparsity parallelism for general purpose deep learning acceleration",
# MICRO 2021, section 4.

from amaranth.hdl import Cat, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import BitletConfig
from racelet.hw.bitlet.layouts import array_beat, array_results
from racelet.hw.bitlet.pe import Pe


class Array(wiring.Component):
    """Dot products of some rows of activations with some columns of weights, all at the same time.

    A row's activations go to all elements of the row, a column's weights to all of the column. A beat is taken when all
    elements can take it, and results are given when all have one; so elements may be as far apart as what they keep.
    Computes :func:`racelet.golden.bitlet.array.products`, in the cycles of
    :class:`racelet.golden.bitlet.array.ArrayTimes`.

    Parameters
    ----------
    config : BitletConfig

    Members
    -------
    i : In(stream.Signature(array_beat(config)))
        Weights of every column and activations of every row.
    o : Out(stream.Signature(array_results(config)))
        Dot products of every row and column. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BitletConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(array_beat(config))),
                "o": Out(stream.Signature(array_results(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        elements = {
            (row, column): Pe(self.config) for row in range(self.config.rows) for column in range(self.config.columns)
        }
        m.d.comb += [
            self.i.ready.eq(Cat(each.i.ready for each in elements.values()).all()),
            self.o.valid.eq(Cat(each.o.valid for each in elements.values()).all()),
        ]
        for (row, column), each in elements.items():
            m.submodules[f"pe_{row}_{column}"] = each
            m.d.comb += [
                each.i.p.weights.eq(self.i.p.weights[column]),
                each.i.p.activations.eq(self.i.p.activations[row]),
                each.i.valid.eq(self.i.valid & self.i.ready),
                self.o.p[row][column].eq(each.o.p),
                each.o.ready.eq(self.o.valid & self.o.ready),
            ]
            m.d.comb += [each.i.p[name].eq(self.i.p[name]) for name in ("keep", "form", "ends", "last")]
        return m
