"""Wide accumulator: adds passes of any place to an exact sum, in a memory of words with headroom for carries."""
# Ref: U. Kulisch, "Computer arithmetic and validity", de Gruyter 2013, chapter 8: a fixed-point register that is wide
# enough for every product adds without an error.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from racelet.golden.bitlet.config import WORD, AccumulatorConfig
from racelet.hw.bitlet.layouts import SPECIAL, by_form, column_pass, exact_sum


class WideAccumulator(wiring.Component):
    """Sum up the passes of a dot product without an error, and say what is needed of the sum to round it.

    A pass takes ``config.pass_words`` cycles, one for each word that it may touch. A carry stays in its word, in the
    headroom. Behind the last pass the words of a sum of the format are drained, one per cycle from the lowest on: now
    carries go from word to word, and both the sum and its negative are looked through for their highest word that is
    not zero, since the sign is in the last word. The record follows ``LATENCY`` cycles after that was read; passes of
    the next dot product are added meanwhile, and drained when the record has been taken. Computes
    :func:`racelet.golden.bitlet.wide_accumulator.record` of the sum, in the cycles of
    :func:`racelet.golden.bitlet.wide_accumulator.schedule`.

    No word of the memory is ever cleared. A flag for each says whether this dot product has written it; without it,
    the word counts as zero. So a reset at any time is enough.

    Parameters
    ----------
    config : AccumulatorConfig

    Members
    -------
    i : In(stream.Signature(column_pass(config)))
        Passes: ``place`` below ``WORD * config.words(form)``; at most ``additions`` of a dot product, whose sum has
        less magnitude than ``terms`` times the largest product of the format.
    o : Out(stream.Signature(exact_sum(config)))
        Sums. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    LATENCY = 3

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: AccumulatorConfig) -> None:
        self.config = config
        # A pass at the highest place reaches beyond the sum, with copies of its sign, which are not drained.
        self.depth = config.most_words + config.pass_words - 1
        super().__init__(
            {"i": In(stream.Signature(column_pass(config))), "o": Out(stream.Signature(exact_sum(config)))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        word = Signal(range(self.depth))
        adding, draining, ended = (Signal(name=name) for name in ("adding", "draining", "ended"))
        part = self._sequence(m, word, adding, draining, ended)

        m.submodules.memory = memory = Memory(shape=signed(self.config.word_width), depth=self.depth, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        known = Signal(self.depth)
        # The word that was read in the cycle before, and what is added to it: a part of a pass, or a carry.
        writing, scanning, scanned = (Signal(name=name) for name in ("writing", "scanning", "scanned"))
        address = Signal.like(word)
        before = Signal(signed(self.config.word_width), reset_less=True)
        addend = Signal(signed(max(WORD + 1, self.config.word_width - WORD)), reset_less=True)
        after = Signal(signed(self.config.word_width))
        m.d.comb += [
            after.eq(before + addend),
            read.addr.eq(word),
            write.addr.eq(address),
            write.data.eq(after),
            write.en.eq(writing),
        ]
        stored = Mux(writing & (address == word), after, read.data)
        m.d.sync += [
            writing.eq(adding),
            scanning.eq(draining),
            scanned.eq(ended),
            address.eq(word),
            before.eq(Mux(known.bit_select(word, 1), stored, 0)),
            addend.eq(Mux(adding | scanning, Mux(adding, part, after >> WORD), 0)),
        ]
        with m.If(ended):
            m.d.sync += known.eq(0)
        with m.Elif(adding):
            m.d.sync += known.eq(known | (1 << word)[: self.depth])
        self._scan(m, scanning, scanned, address, after[:WORD])
        return m

    def _sequence(self, m: Module, word: Signal, adding: Signal, draining: Signal, ended: Signal) -> Value:
        """Go through the words of a pass or of a sum.

        Parameters
        ----------
        m : Module
        word : Signal
            Number of the word that is read in this cycle; set here, as those that follow.
        adding, draining, ended : Signal
            It is one of a pass; one of a sum; the last one of a sum.

        Returns
        -------
        Value
            What the pass adds to it.
        """
        config, coming = self.config, self.i.p
        # A pass, shifted by whole bytes; below it zeros, and then what a word leaves for the one above.
        held = Signal(signed(max(config.total_width, 8) + WORD), reset_less=True)
        bits = Signal(3)
        left = Signal(range(config.pass_words))
        summed, last = Signal(name="summed"), Signal(name="last")
        form, special = Signal(coming.form.shape(), name="form"), Signal(SPECIAL, name="special")
        end, final = adding & (left == 0), by_form(form, [config.words(each) - 1 for each in config.forms])
        m.d.comb += [
            # The first word waits until the record of the sum before has left.
            draining.eq(summed & ((word != 0) | ~self.o.valid)),
            ended.eq(summed & (word == final)),
            self.i.ready.eq(Mux(summed, ended, ~adding | (end & ~last))),
        ]
        with m.If(adding | draining):
            m.d.sync += [word.eq(Mux(end | ended, 0, word + 1)), held.eq(held >> WORD), left.eq(left - 1)]
        with m.If(end):
            m.d.sync += [adding.eq(0), summed.eq(last)]
        with m.If(ended):
            m.d.sync += [summed.eq(0), self.o.p.form.eq(form), self.o.p.special.eq(special)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                adding.eq(1),
                word.eq(coming.place >> (WORD.bit_length() - 1)),
                bits.eq(coming.place),
                held.eq(coming.total << (coming.place[3 : WORD.bit_length() - 1] + 1 << 3)),
                left.eq(config.pass_words - 1),
                last.eq(coming.last),
                form.eq(coming.form),
                special.eq(coming.special),
            ]
        window = (held[: WORD + 8] << bits)[8 : WORD + 8]
        return Cat(window, end & window[-1]).as_signed()

    def _scan(self, m: Module, scanning: Signal, scanned: Signal, address: Signal, word: Value) -> None:
        """Look through the words of a sum and of its negative, from the lowest to the highest."""
        there, final = Signal(name="there"), Signal(name="final")
        number = Signal.like(address, reset_less=True)
        digit = Signal(WORD, reset_less=True)
        m.d.sync += [there.eq(scanning), final.eq(scanned), number.eq(address), digit.eq(word)]
        # All words below are zero; all but the one below.
        nothing, nothing_below = Signal(name="nothing", init=1), Signal(name="nothing_below", init=1)
        negative, zero = Signal(name="negative"), Signal(name="zero")
        negated = (~digit + nothing)[:WORD]
        signs = []
        for name, now, some in (
            ("sum", digit, digit.any()),
            ("negated", negated, Mux(nothing, digit.any(), ~digit.all())),
        ):
            below = Signal(WORD, name=f"{name}_below")
            found = Signal(2 * WORD, name=f"{name}_found", reset_less=True)
            top = Signal.like(number, name=f"{name}_top", reset_less=True)
            sticky = Signal(name=f"{name}_sticky", reset_less=True)
            with m.If(there):
                m.d.sync += below.eq(Mux(final, 0, now))
                with m.If(some):
                    m.d.sync += [found.eq(Cat(below, now)), top.eq(number), sticky.eq(~nothing_below)]
            signs.append((found, top, sticky))
        with m.If(there):
            m.d.sync += [nothing.eq(final | (nothing & ~digit.any())), nothing_below.eq(final | nothing)]
        with m.If(there & final):
            m.d.sync += [self.o.valid.eq(1), negative.eq(digit[-1]), zero.eq(nothing & ~digit.any())]
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        m.d.comb += [self.o.p.negative.eq(negative), self.o.p.zero.eq(zero)]
        for field, positive, other in zip((self.o.p.magnitude, self.o.p.top, self.o.p.sticky), *signs, strict=True):
            m.d.comb += field.eq(Mux(zero, 0, Mux(negative, other, positive)))
