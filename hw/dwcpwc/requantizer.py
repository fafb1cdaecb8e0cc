"""Requantiser: int32 sums to int8, as TFLite's fixed point rounds them."""
# Ref: Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference,
# CVPR 2018; rounding as in the TFLite reference kernels.

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.hw.dwcpwc.layouts import PARAMETER


def scaled_sums(lanes: int, tag: StructLayout) -> StructLayout:
    """Dot products with the parameters of their channels, and what accompanies them."""
    parameters = ArrayLayout(PARAMETER, lanes)
    return StructLayout({"sums": ArrayLayout(signed(32), lanes), "parameters": parameters, "tag": tag})


def scaled_bytes(lanes: int, tag: StructLayout) -> StructLayout:
    """Bytes of several channels, and what accompanies them."""
    return StructLayout({"data": ArrayLayout(signed(8), lanes), "tag": tag})


class Requantizer(wiring.Component):
    """Add the bias, multiply, round, shift, add the zero point and clamp, in several lanes side by side.

    Accepts one group of sums per cycle; its bytes follow ``LATENCY`` cycles later. Everything holds while the output
    stalls. Computes :func:`racelet.golden.dwcpwc.requantizer.requantize_groups`: the sum of bias and dot product, which
    wraps at 32 bits as int32 does, then :func:`racelet.golden.dwcpwc.requantize.requantize`, or with ``round_once``
    :func:`racelet.golden.dwcpwc.requantize.requantize_once`. Four 16x16 products per lane.

    Parameters
    ----------
    lanes : int
        Channels per group.
    tag : StructLayout
        What accompanies a group unchanged.

    Members
    -------
    i : In(stream.Signature(scaled_sums(lanes, tag)))
        Dot products with their channels' parameters: ``multiplier`` below 2**31, ``shift`` in 0..31.
    o : Out(stream.Signature(scaled_bytes(lanes, tag)))
        Bytes.
    round_once : In(1)
        One rounding, half away from zero, instead of two. Steady while groups pass.
    zero_point : In(signed(8))
        Added after the shift. Steady while groups pass.
    low : In(signed(8))
        Least byte. Steady while groups pass.
    high : In(signed(8))
        Greatest byte. Steady while groups pass.
    """

    LATENCY = 6

    i: stream.Interface
    o: stream.Interface
    round_once: Signal
    zero_point: Signal
    low: Signal
    high: Signal

    def __init__(self, lanes: int, tag: StructLayout) -> None:
        self.lanes = lanes
        self.tag = tag
        super().__init__(
            {
                "i": In(stream.Signature(scaled_sums(lanes, tag))),
                "o": Out(stream.Signature(scaled_bytes(lanes, tag))),
                "round_once": In(1),
                "zero_point": In(signed(8)),
                "low": In(signed(8)),
                "high": In(signed(8)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        step = Signal()
        valid = Signal(self.LATENCY)
        tags = [Signal(self.tag, name=f"tag_{k}") for k in range(self.LATENCY)]
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(step),
            self.o.valid.eq(valid[-1]),
            self.o.p.tag.eq(tags[-1]),
        ]
        with m.If(step):
            m.d.sync += valid.eq(Cat(self.i.valid, valid[:-1]))
            for tag, previous in zip(tags, [self.i.p.tag, *tags], strict=False):
                m.d.sync += tag.eq(previous)
            for k in range(self.lanes):
                self._lane(m, self.i.p.sums[k], self.i.p.parameters[k], self.o.p.data[k])
        return m

    def _lane(self, m: Module, dot: Signal, parameter: View, byte: Signal) -> None:
        # One register stage per group of assignments; ``step`` gates them all.
        total = Signal(signed(32))
        multiplier = Signal(31)
        m.d.sync += [total.eq(dot + parameter.bias), multiplier.eq(parameter.multiplier)]

        high, low = total[16:].as_signed(), total[:16]
        products = [Signal(signed(33), name=f"product_{k}") for k in range(4)]
        factors = [(low, multiplier[:16]), (low, multiplier[16:]), (high, multiplier[:16]), (high, multiplier[16:])]
        m.d.sync += [product.eq(a * b) for product, (a, b) in zip(products, factors, strict=True)]

        product = Signal(signed(63))
        m.d.sync += product.eq(products[0] + ((products[1] + products[2]) << 16) + (products[3] << 32))

        shifts = [Signal(5, name=f"shift_{k}") for k in range(4)]
        m.d.sync += [shift.eq(previous) for shift, previous in zip(shifts, [parameter.shift, *shifts], strict=False)]
        # Two roundings: half up at bit 31, then half away from zero at the shift. One rounding: half away from zero
        # at both places together, which only an exact tie of a negative product tells from half up.
        negative = product[-1]
        tie_bit, below = product[30], product[:30]
        below_half = negative & (below == 0)
        whole = Signal(signed(33))
        towards = Signal()
        carry = Mux(self.round_once, tie_bit & ~below_half & (shifts[2] == 0), tie_bit)
        m.d.sync += [whole.eq((product >> 31) + carry), towards.eq(below_half & ~tie_bit)]

        shifted = Signal(signed(33))
        half = Signal(33)
        downwards = Mux(self.round_once, towards, whole[-1]) & (shifts[3] != 0)
        m.d.comb += half.eq((1 << shifts[3]) >> 1)
        m.d.sync += shifted.eq((whole + half - downwards) >> shifts[3])

        result = Signal(signed(34))
        m.d.comb += result.eq(shifted + self.zero_point)
        m.d.sync += byte.eq(Mux(result < self.low, self.low, Mux(result > self.high, self.high, result)))
