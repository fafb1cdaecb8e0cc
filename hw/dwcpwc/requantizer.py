"""Requantiser: int32 sums to int8, as TFLite's fixed point rounds them."""
# Ref: Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference,
# CVPR 2018; rounding as in the TFLite reference kernels.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
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

    Accepts one group of sums per cycle; its bytes follow ``LATENCY`` cycles later. Everything holds while ``o.ready``
    is low, whether there are bytes or not, so that no logic stands between the register that says so and all those that
    hold: ``i.ready`` is ``o.ready``, and what follows must not wait for bytes before it is ready. Computes
    :func:`racelet.golden.dwcpwc.requantizer.requantize_groups`: the sum of bias and dot product, which wraps at 32 bits
    as int32 does, then :func:`racelet.golden.dwcpwc.requantize.requantize`, or with ``round_once``
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

    LATENCY = 10

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
        valid = Signal(self.LATENCY)
        tags = [Signal(self.tag, name=f"tag_{k}", reset_less=True) for k in range(self.LATENCY)]
        m.d.comb += [self.i.ready.eq(self.o.ready), self.o.valid.eq(valid[-1]), self.o.p.tag.eq(tags[-1])]
        round_once = Signal()
        zero_point = Signal(signed(8))
        low = Signal(signed(8))
        high = Signal(signed(8))
        # Halves h round to less than L where h < 2 L - 1, and to more than H where h > 2 H.
        below_low = Signal(signed(10))
        up_to_high = Signal(signed(10))
        m.d.sync += [
            round_once.eq(self.round_once),
            zero_point.eq(self.zero_point),
            low.eq(self.low),
            high.eq(self.high),
            below_low.eq(self.low - self.zero_point - 1),
            up_to_high.eq(self.high - self.zero_point),
        ]
        with m.If(self.o.ready):
            m.d.sync += valid.eq(Cat(self.i.valid, valid[:-1]))
            for tag, previous in zip(tags, [self.i.p.tag, *tags], strict=False):
                m.d.sync += tag.eq(previous)
            for k in range(self.lanes):
                product, exact = self._product(m, self.i.p.sums[k], self.i.p.parameters[k])
                scaled = self._scaled(m, product, exact, self.i.p.parameters[k].shift, round_once)
                rounded = Signal(signed(8), name=f"rounded_{k}", reset_less=True)
                below = Signal(name=f"below_{k}", reset_less=True)
                above = Signal(name=f"above_{k}", reset_less=True)
                m.d.sync += [
                    rounded.eq((scaled[:9] + Cat(1, zero_point)) >> 1),
                    below.eq(scaled < Cat(1, below_low).as_signed()),
                    above.eq(scaled > Cat(0, up_to_high).as_signed()),
                ]
                m.d.sync += self.o.p.data[k].eq(Mux(below, low, Mux(above, high, rounded)))
        return m

    # One register stage per group of assignments; ``o.ready`` gates them all.

    def _product(self, m: Module, dot: Signal, parameter: View) -> tuple[Signal, Signal]:
        """Dot product and bias times the multiplier, after five stages; whether its last 30 bits are zero."""
        total = Signal(signed(32), reset_less=True)
        multiplier = Signal(31, reset_less=True)
        m.d.sync += [total.eq(dot + parameter.bias), multiplier.eq(parameter.multiplier)]

        # Factors on their way to the multipliers, which lie where they lie.
        total_there = Signal(signed(32), reset_less=True)
        multiplier_there = Signal(31, reset_less=True)
        m.d.sync += [total_there.eq(total), multiplier_there.eq(multiplier)]

        high, low = total_there[16:].as_signed(), total_there[:16]
        products = [Signal(signed(33), name=f"product_{k}", reset_less=True) for k in range(4)]
        halves = multiplier_there[:16], multiplier_there[16:]
        factors = [(a, b) for a in (low, high) for b in halves]
        m.d.sync += [product.eq(a * b) for product, (a, b) in zip(products, factors, strict=True)]

        # The outer two do not overlap.
        outer = Signal(signed(63), reset_less=True)
        inner = Signal(signed(34), reset_less=True)
        none_low = Signal(reset_less=True)
        m.d.sync += [
            outer.eq(Cat(products[0][:32], products[3])),
            inner.eq(products[1] + products[2]),
            none_low.eq(products[0][:16] == 0),
        ]

        product = Signal(signed(63), reset_less=True)
        exact = Signal(reset_less=True)
        upper = (outer >> 16) + inner
        m.d.sync += [product.eq(Cat(outer[:16], upper)), exact.eq(none_low & (upper[:14] == 0))]
        return product, exact

    def _scaled(self, m: Module, product: Signal, exact: Signal, shift: Value, round_once: Signal) -> Signal:
        """Halves that, rounded half up, are the scaled sum; after three more stages.

        Two roundings: half up at bit 31, then half away from zero at the shift. One rounding: half away from zero at
        both places together. Half up differs from that at negative ties only, and these are none any more if they are
        less by their least bit: so much is taken off every negative number that has nothing behind that bit.
        """
        shifts = [Signal(5, name=f"shift_{k}", reset_less=True) for k in range(7)]
        m.d.sync += [after.eq(before) for after, before in zip(shifts, [shift, *shifts], strict=False)]
        negative, tie_bit = product[-1], product[30]
        up = ~round_once & tie_bit & ~negative
        down = ~tie_bit & negative & (~round_once | exact)
        half = Mux(round_once, tie_bit ^ (negative & exact), negative)
        whole = Signal(signed(33), reset_less=True)
        m.d.sync += whole.eq(Cat(half, (product >> 31) + Cat(up | down, down).as_signed()))

        # Whole bytes, then bits.
        coarse = Signal(signed(33), reset_less=True)
        m.d.sync += coarse.eq(whole >> (shifts[5][3:] << 3))

        fine = Signal(signed(33), reset_less=True)
        m.d.sync += fine.eq(coarse >> shifts[6][:3])
        return fine
