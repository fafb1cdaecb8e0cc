"""Decoder: words of a fixed number of ones to values, a word per cycle."""
# Ref: T. Cover, "Enumerative source coding", IEEE Trans. Information Theory 19, 1973: a word's number is a sum of
# binomial coefficients, one for each of its ones.

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import DECODED_BITS, CodecConfig, EnumerativeCode
from racelet.hw.racetrack.codec_layouts import chosen, coefficients, decoding, ones_of, value_beat


class Decoder(wiring.Component):
    """Decode a word per cycle.

    Its value follows ``config.decoder_latency`` cycles later. Everything holds while the output stalls. A word that is
    none of an encoder's is marked, and its value is zero. Computes :func:`racelet.golden.racetrack.codec.decode`.

    Parameters
    ----------
    config : CodecConfig
        Not ``serial``.

    Members
    -------
    i : In(stream.Signature(unsigned(config.word_width)))
        Words.
    o : Out(stream.Signature(value_beat(config)))
        Values. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: CodecConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(config.word_width))),
                "o": Out(stream.Signature(value_beat(config))),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        valid, step = Signal(self.config.decoder_latency, name="valid"), Signal(name="step")
        m.d.comb += [step.eq(self.o.ready | ~self.o.valid), self.i.ready.eq(step), self.o.valid.eq(valid[-1])]
        with m.If(step):
            m.d.sync += valid.eq(Cat(self.i.valid, valid[:-1]))
            value, error = self._float(m) if self.config.table is None else self._numbered(m, self.config.table)
            m.d.sync += [
                self.o.p.value.eq(Mux(error, 0, value)),
                self.o.p.error.eq(error),
            ]
        return m

    def _float(self, m: Module) -> tuple[Value, Value]:
        """A number of 32 bits is its word, but for the smallest one of its sign, which is zero."""
        word, ones = self.i.p, self.config.ones
        layout = StructLayout({"word": 32, "counts": ArrayLayout(4, 4), "special": 1, "zero": 1})
        here: View = Signal(layout, name="word_0", reset_less=True)
        smallest = Mux(word[31], (1 << ones - 1) - 1, (1 << ones) - 1)
        m.d.sync += [
            here.word.eq(word),
            *(here.counts[k].eq(ones_of(word.word_select(k, 8))) for k in range(4)),
            here.special.eq(word[23:31].all()),
            here.zero.eq(word[:31] == smallest),
        ]
        counts = [here.counts[k] for k in range(4)]
        weight = (counts[0] + counts[1]) + (counts[2] + counts[3])
        value = Cat(here.word[:31] & (~here.zero).replicate(31), here.word[31])
        return value, (weight != ones) | here.special

    def _numbered(self, m: Module, table: EnumerativeCode) -> tuple[Value, Value]:
        """Add up what the ones stand for, the least significant first, some bits in each stage."""
        rest, seen, total = self.i.p, Value.cast(0), Value.cast(0)
        for place in range(0, table.length, DECODED_BITS):
            bits = rest[:DECODED_BITS]
            after = place + len(bits)
            here: View = Signal(decoding(after, self.config), name=f"word_{place // DECODED_BITS}", reset_less=True)
            terms = chosen(Cat(bits, seen), self._terms(place, len(bits)))
            m.d.sync += [
                here.rest.eq(rest[DECODED_BITS:]),
                here.seen.eq(seen + ones_of(bits)),
                here.total.eq(total + terms),
            ]
            rest, seen, total = here.rest, here.seen, here.total
        error = (seen != table.ones) | (total >= self.config.numbers)
        return total + table.least, error

    def _terms(self, place: int, count: int) -> list[int]:
        """What some bits add to a word's number; by the bits, and above them the ones below."""
        most, found = self.config.weight, []
        for seen in range(min(place, most) + 1):
            for bits in range(1 << count):
                total, ones = 0, seen
                for bit in range(count):
                    ones += bits >> bit & 1
                    # A word with too many ones is wrong, whatever its number.
                    total += coefficients(place + bit, self.config)[ones] if bits >> bit & 1 and ones <= most else 0
                found.append(total)
        return found
