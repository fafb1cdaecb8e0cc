"""Residual adder: sums of two tensors of different scales."""
# Ref: TensorFlow Lite kernels/internal/reference/add.h.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import ADDITION, LAYER, PLACE, group, window


class ResidualAdder(wiring.Component):
    """Take windows of two tensors in turn and give out the sums of up to three pixels in groups of ``requantizers``.

    One group per cycle. A window of the first tensor waits in registers; one of the second is taken with the last group
    of the pair before, and its first group comes ``LATENCY`` + 1 cycles later. Everything but the taking of the first
    window holds while the output stalls. Computes :func:`racelet.golden.dwcpwc.residual_adder.groups`. One product of
    9x31 bits per lane: the first tensor is multiplied with one half.

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

    LATENCY = 5

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
        step, choosing, chosen_last = Signal(), Signal(), Signal()
        first, second, waiting = (View(words, Signal(words, name=name)) for name in ("first", "second", "waiting"))
        half = Signal()
        ends, final = Signal(), Signal()
        pixels = Signal(2)
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(~half | ~choosing | (step & chosen_last)),
        ]
        place, pixel, number = self._walk(m, step & choosing, pixels, ends, final, chosen_last)
        with m.If(step & chosen_last):
            m.d.sync += choosing.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += half.eq(~half)
            with m.If(half):
                m.d.sync += [first.eq(waiting), second.eq(self.i.p.pixels), choosing.eq(1)]
                m.d.sync += [pixels.eq(self.i.p.pixel_count), ends.eq(self.i.p.pixel_last)]
                m.d.sync += final.eq(self.i.p.layer_last)
            with m.Else():
                m.d.sync += waiting.eq(self.i.p.pixels)
        with m.If(self.start):
            m.d.sync += [half.eq(0), choosing.eq(0)]

        valid = Signal(self.LATENCY)
        places = [Signal(PLACE, name=f"place_{k}") for k in range(self.LATENCY)]
        m.d.comb += [self.o.valid.eq(valid[-1]), self.o.p.place.eq(places[-1])]
        m.d.comb += self.o.p.parameter_row.eq(self.layer.parameter_address)
        with m.If(step):
            m.d.sync += valid.eq(Cat(choosing, valid[:-1]))
            for each, previous in zip(places, [place, *places], strict=False):
                m.d.sync += each.eq(previous)
            for lane in range(self.config.requantizers):
                a, b = (self._chosen(each, pixel, number, lane) for each in (first, second))
                self._lane(m, a, b, self.o.p.sums[lane])
        with m.If(self.start):
            m.d.sync += valid.eq(0)
        return m

    def _walk(
        self, m: Module, choose: Value, pixels: Value, ends: Value, final: Value, chosen_last: Signal
    ) -> tuple[View, Signal, Signal]:
        """Pixels of the window, in each the groups that begin before the last channel: place, pixel, group."""
        lanes, outputs = self.config.input_lanes, self.config.requantizers
        pixel, number = Signal(2), Signal(range(max(lanes // outputs, 2)))
        word = Signal(16)
        place = Signal(PLACE)
        channel = word + number * outputs
        group_last = (number == lanes // outputs - 1) | (channel + outputs >= self.layer.channels)
        pixel_last = pixel == pixels - 1
        m.d.comb += [
            chosen_last.eq(group_last & pixel_last),
            place.channel.eq(channel),
            place.advance.eq(group_last),
            place.rewind.eq(pixel_last & ~ends),
            place.tile_last.eq(pixel_last & ends),
            place.final.eq(chosen_last & final),
        ]
        with m.If(choose):
            m.d.sync += number.eq(Mux(group_last, 0, number + 1))
            with m.If(group_last):
                m.d.sync += pixel.eq(Mux(pixel_last, 0, pixel + 1))
            with m.If(chosen_last):
                m.d.sync += word.eq(Mux(ends, 0, word + lanes))
        with m.If(self.start):
            m.d.sync += [number.eq(0), pixel.eq(0), word.eq(0)]
        return place, pixel, number

    def _chosen(self, words: View, pixel: Value, number: Value, lane: int) -> Value:
        """Byte of a lane in the group that is being chosen."""
        outputs = self.config.requantizers
        bytes_ = [
            Cat(words[column][group * outputs + lane] for group in range(self.config.input_lanes // outputs))
            for column in range(3)
        ]
        return Cat(each.word_select(number, 8) for each in bytes_).word_select(pixel, 8).as_signed()

    def _lane(self, m: Module, first: Value, second: Value, total: Signal) -> None:
        # One register stage per group of assignments; ``step`` gates them all.
        settings = View(ADDITION, self.layer.as_value())
        halves = [Signal(signed(29), name=f"half_{k}") for k in range(4)]
        beside = Signal(signed(9))
        m.d.sync += [halves[0].eq((first - self.layer.pad_byte) << 19), beside.eq(second - settings.second_zero_point)]
        m.d.sync += [half.eq(previous) for half, previous in zip(halves[1:], halves, strict=False)]

        product = Signal(signed(40))
        m.d.sync += product.eq(beside * settings.second_multiplier)

        rounded = Signal(signed(30))
        m.d.sync += rounded.eq((product + (1 << 10)) >> 11)

        scaled = Signal(signed(31))
        half = Signal(31)
        downwards = rounded[-1] & (settings.second_shift != 0)
        m.d.comb += half.eq((1 << settings.second_shift) >> 1)
        m.d.sync += scaled.eq((rounded + half - downwards) >> settings.second_shift)

        m.d.sync += total.eq(halves[3] + scaled)
