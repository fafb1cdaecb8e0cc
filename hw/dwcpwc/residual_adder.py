"""Residual adder: sums of two tensors of different scales."""
# Ref: TensorFlow Lite kernels/internal/reference/add.h.

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import ADDITION, LAYER, PLACE, group, window

SETTINGS = StructLayout(
    {"first_zero_point": signed(8), "second_zero_point": signed(8), "multiplier": 31, "shift": 5},
)
"""What a layer of kind ADD says of its scales."""


class ResidualAdder(wiring.Component):
    """Take windows of two tensors in turn and give out the sums of up to three pixels in groups of ``requantizers``.

    One group per cycle. A window of the first tensor waits in registers; one of the second is taken with the last group
    of the pair before, and its first group comes ``LATENCY`` + 1 cycles later. Everything but the taking of the first
    window holds while the output stalls. Computes :func:`racelet.golden.dwcpwc.residual_adder.groups`. Two products of
    9x16 bits per lane: the first tensor is multiplied with one half.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady until its last group is taken.
    start : In(1)
        Begin a layer.
    i : In(stream.Signature(window(config)))
        Windows; ``pixels`` is used.
    o : Out(stream.Signature(group(config.requantizers)))
        Groups of sums, all with the parameters of row ``layer.parameter_address``.
    """

    LATENCY = 9

    layer: View
    start: Signal
    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "start": In(1),
                "i": In(stream.Signature(window(config))),
                "o": Out(stream.Signature(group(config.requantizers))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = ArrayLayout(ArrayLayout(signed(8), self.config.input_lanes), 3)
        step, choosing, chosen_last = (Signal(name=name) for name in ("step", "choosing", "chosen_last"))
        kept = [View(words, Signal(words, name=name, reset_less=True)) for name in ("first", "second", "waiting")]
        first, second, waiting = kept
        half = Signal()
        free = ~choosing | (step & chosen_last)
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~half | free),
        ]
        place, pixel, number = self._walk(m, step & choosing, free, chosen_last)
        # What is not offered is of no use, and does no harm.
        with m.If(~half):
            m.d.sync += waiting.eq(self.i.p.pixels)
        with m.If(free):
            m.d.sync += [first.eq(waiting), second.eq(self.i.p.pixels), choosing.eq(half & self.i.valid)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += half.eq(~half)
        with m.If(self.start):
            m.d.sync += [half.eq(0), choosing.eq(0)]

        valid = Signal(self.LATENCY)
        places = [Signal(PLACE, name=f"place_{k}", reset_less=True) for k in range(self.LATENCY)]
        settings = self._settings(m)
        m.d.comb += [self.o.valid.eq(valid[-1]), self.o.p.place.eq(places[-1])]
        m.d.comb += self.o.p.parameter_row.eq(self.layer.parameter_address)
        with m.If(step):
            m.d.sync += valid.eq(Cat(choosing, valid[:-1]))
            for each, previous in zip(places, [place, *places], strict=False):
                m.d.sync += each.eq(previous)
            for lane in range(self.config.requantizers):
                a, b = (self._chosen(each, pixel, number, lane) for each in (first, second))
                self._lane(m, a, b, settings, self.o.p.sums[lane])
        with m.If(self.start):
            m.d.sync += valid.eq(0)
        return m

    def _settings(self, m: Module) -> View:
        """What the layer says of its scales, near to where it is used; from the cycle after a start on."""
        layer = View(ADDITION, self.layer.as_value())
        settings = View(SETTINGS, Signal(SETTINGS, name="settings"))
        m.d.sync += [
            settings.first_zero_point.eq(self.layer.pad_byte),
            settings.second_zero_point.eq(layer.second_zero_point),
            settings.multiplier.eq(layer.second_multiplier),
            settings.shift.eq(layer.second_shift),
        ]
        return settings

    def _walk(self, m: Module, choose: Value, free: Value, chosen_last: Signal) -> tuple[View, Signal, Signal]:
        """Pixels of the window, in each the groups that begin before the last channel: place, pixel, group."""
        lanes, outputs = self.config.input_lanes, self.config.requantizers
        pixels, pixel = Signal(2, name="pixels"), Signal(2, name="pixel")
        number, following = (Signal(range(max(lanes // outputs, 2)), name=name) for name in ("number", "following"))
        ends, final, pixel_last, group_last = (
            Signal(name=name) for name in ("ends", "final", "pixel_last", "group_last")
        )
        channel, word, next_word = (Signal(16, name=name) for name in ("channel", "word", "next_word"))
        place = Signal(PLACE)
        m.d.comb += [
            chosen_last.eq(group_last & pixel_last),
            place.channel.eq(channel),
            place.advance.eq(group_last),
            place.rewind.eq(pixel_last & ~ends),
            place.tile_last.eq(pixel_last & ends),
            place.final.eq(chosen_last & final),
            following.eq(Mux(group_last, 0, number + 1)),
            next_word.eq(Mux(ends, 0, word + lanes)),
        ]
        with m.If(choose):
            m.d.sync += [number.eq(following), channel.eq(channel + outputs)]
            with m.If(group_last):
                m.d.sync += [pixel.eq(pixel + 1), pixel_last.eq(pixels - pixel == 2), channel.eq(word)]
            with m.If(chosen_last):
                m.d.sync += [pixel.eq(0), word.eq(next_word), channel.eq(next_word)]
        rest = self._rest(m, choose, group_last, chosen_last, ends)
        m.d.sync += group_last.eq((Mux(choose, following, number) == lanes // outputs - 1) | rest[-1])
        with m.If(free):
            m.d.sync += [pixels.eq(self.i.p.pixel_count), pixel_last.eq(self.i.p.pixel_count == 1)]
            m.d.sync += [ends.eq(self.i.p.pixel_last), final.eq(self.i.p.layer_last)]
        with m.If(self.start):
            m.d.sync += [number.eq(0), pixel.eq(0), word.eq(0), channel.eq(0)]
        return place, pixel, number

    def _rest(self, m: Module, choose: Value, group_last: Value, chosen_last: Value, ends: Value) -> Signal:
        """Channels behind the group that is chosen in the next cycle, less one: none if negative."""
        lanes, outputs = self.config.input_lanes, self.config.requantizers
        following, rest, word_rest, first_rest = (
            Signal(signed(17), name=name) for name in ("following_rest", "rest", "word_rest", "first_rest")
        )
        begun = Signal()
        next_word_rest = Mux(ends, first_rest, word_rest - lanes)
        m.d.comb += following.eq(Mux(choose, rest - outputs, rest))
        with m.If(choose & group_last):
            m.d.comb += following.eq(word_rest)
        with m.If(choose & chosen_last):
            m.d.comb += following.eq(next_word_rest)
            m.d.sync += word_rest.eq(next_word_rest)
        with m.If(begun):
            m.d.comb += following.eq(first_rest)
            m.d.sync += word_rest.eq(first_rest)
        m.d.sync += [
            begun.eq(self.start),
            first_rest.eq(self.layer.channels - (outputs + 1)),
            rest.eq(following),
        ]
        return following

    def _chosen(self, words: View, pixel: Value, number: Value, lane: int) -> Value:
        """Byte of a lane in the group that is being chosen."""
        outputs = self.config.requantizers
        bytes_ = [
            Cat(words[column][group * outputs + lane] for group in range(self.config.input_lanes // outputs))
            for column in range(3)
        ]
        return Cat(each.word_select(number, 8) for each in bytes_).word_select(pixel, 8).as_signed()

    def _lane(self, m: Module, first: Value, second: Value, settings: View, total: Signal) -> None:
        # One register stage per group of assignments; ``step`` gates them all.
        a, b = (Signal(signed(8), name=name, reset_less=True) for name in ("first_byte", "second_byte"))
        m.d.sync += [a.eq(first), b.eq(second)]

        there = [Signal(signed(9), name=f"there_{k}", reset_less=True) for k in range(7)]
        beside = Signal(signed(9), reset_less=True)
        m.d.sync += [there[0].eq(a - settings.first_zero_point), beside.eq(b - settings.second_zero_point)]
        m.d.sync += [after.eq(before) for after, before in zip(there[1:], there, strict=False)]

        factor = Signal(signed(9), reset_less=True)
        m.d.sync += factor.eq(beside)

        low, high = Signal(signed(25), name="low", reset_less=True), Signal(signed(24), name="high", reset_less=True)
        m.d.sync += [low.eq(factor * settings.multiplier[:16]), high.eq(factor * settings.multiplier[16:])]

        product = Signal(signed(40), reset_less=True)
        m.d.sync += product.eq(Cat(low[:16], (low >> 16) + high))

        # Half up at bit 11; then half away from zero at the shift, which is half up if a negative number is less by its
        # least bit, a half of its unit.
        negative, tie_bit = product[-1], product[10]
        up, down = tie_bit & ~negative, negative & ~tie_bit
        whole = Signal(signed(30), reset_less=True)
        m.d.sync += whole.eq(Cat(negative, (product >> 11) + Cat(up | down, down).as_signed()))

        # Whole bytes, then bits.
        coarse = Signal(signed(30), reset_less=True)
        m.d.sync += coarse.eq(whole >> (settings.shift[3:] << 3))

        fine = Signal(signed(30), reset_less=True)
        m.d.sync += fine.eq(coarse >> settings.shift[:3])

        m.d.sync += total.eq((Cat(1, Const(0, 19), there[-1]).as_signed() + fine) >> 1)
