"""Sum of products of integers."""

from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.matrix_layouts import sum_shape


class MultiplyAccumulate(wiring.Component):
    """Multiply and add, exactly.

    Accepts a product per cycle; it is in the sum two cycles later.

    Parameters
    ----------
    config : MatrixConfig
        ``number`` is "int".

    Members
    -------
    clear : In(1)
        The sum is zero in the next cycle, whatever is on its way.
    add : In(1)
        There is a product.
    left : In(signed(word_bits))
        A factor.
    right : In(signed(word_bits))
        The other one.
    sum : Out(sum_shape(config))
        Of all products since ``clear``. Wraps where they are more than ``config.terms``.
    """

    clear: Signal
    add: Signal
    left: Signal
    right: Signal
    sum: Signal

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        factor = signed(config.word_bits)
        super().__init__(
            {
                "clear": In(1),
                "add": In(1),
                "left": In(factor),
                "right": In(factor),
                "sum": Out(sum_shape(config)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        there = Signal()
        product = Signal(signed(2 * self.config.word_bits), reset_less=True)
        m.d.sync += [product.eq(self.left * self.right), there.eq(self.add & ~self.clear)]
        with m.If(there):
            m.d.sync += self.sum.eq(self.sum + product)
        with m.If(self.clear):
            m.d.sync += self.sum.eq(0)
        return m
