"""Window buffer: fetches 3x3 windows, turns them the right way round and pads them."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, TAPS, bank_address, gather_bytes, window, window_request
from racelet.hw.lib.stream_slice import StreamSlice

_MARKS = ("first", "last", "pixel_last", "layer_last")
"""What goes with a window as it came with its request."""


def alignment(config: DwcPwcConfig) -> StructLayout:
    """What is to be done to the words of one request."""
    return StructLayout(
        {
            "marks": len(_MARKS),
            "row": 2,
            "column": 2,
            "offsets": ArrayLayout((config.input_lanes - 1).bit_length(), BANKS),
            "inside": ArrayLayout(3, 3),
            "pad": 8,
            "counted": ArrayLayout(3, 3),
            "words": 1,
            "several": 1,
            "closing": 2,
            "lanes": range(config.input_lanes + 1),
            "kernel_taps": range(TAPS + 1),
            "pixel_count": 2,
            "pool_rows": 16,
            "pool_columns": 8,
        },
    )


def cut_words(config: DwcPwcConfig) -> StructLayout:
    """Bytes of one request's words, as the banks have them, words of its first row, and sums of two taps."""
    return StructLayout(
        {
            "align": alignment(config),
            "taps": ArrayLayout(8 * config.depthwise_lanes, BANKS),
            "channels": ArrayLayout(8 * config.gather_channels, BANKS),
            "channel": ArrayLayout(8, BANKS),
            "row_words": ArrayLayout(8 * config.input_lanes, 3),
            "sums": ArrayLayout(ArrayLayout(signed(9), 5), config.input_lanes),
        },
    )


def half_turned(config: DwcPwcConfig) -> StructLayout:
    """Rows of one window in their order, columns in that of the banks, and sums of three taps or so."""
    return StructLayout(
        {
            "marks": len(_MARKS),
            "column": 2,
            "words": 1,
            "several": 1,
            "closing": 2,
            "taps": ArrayLayout(ArrayLayout(8 * config.depthwise_lanes, 3), 3),
            "channels": ArrayLayout(ArrayLayout(8 * config.gather_channels, 3), 3),
            "channel": ArrayLayout(ArrayLayout(8, 3), 3),
            "row_words": ArrayLayout(8 * config.input_lanes, 3),
            "sums": ArrayLayout(ArrayLayout(signed(10), 3), config.input_lanes),
            "gathered_count": range(gather_bytes(config) + 1),
            "pixel_count": 2,
            "pool_index": 16,
        },
    )


class WindowBuffer(wiring.Component):
    """Read the windows that are asked for, align and pad them.

    Takes one request per cycle; its window follows ``LATENCY`` cycles later: the words come out of the buffer, are
    kept twice, are cut, are turned in rows, and are turned in columns into a slice, whose second place lets everything
    before it hold a cycle after the output stalls. A tap that lies outside the input is ``pad_byte``; in pooling it
    adds nothing.
    Computes :func:`racelet.golden.dwcpwc.window_buffer.windows`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer; ``kind``, ``pad_byte`` and ``pool_shift`` are read. Steady while windows pass, and a cycle before.
    i : In(stream.Signature(window_request(config)))
        Requests.
    o : Out(stream.Signature(window(config)))
        Windows: ``taps`` in raster order, ``depthwise_lanes`` channels each; ``gathered``, the bytes of a regular
        convolution's patch (GATHER: the kernel's taps, ``gather_channels`` channels of each, or one where there are not
        so many; WORDS, MAX_POOL, STORE: the channels of one tap); ``sums`` over the kernel's taps, per channel of a
        word; ``pixels``, a word of each of the ``pixel_count`` pixels from the first tap to the right that are in the
        input.
    addresses : Out(ArrayLayout(bank_address(config), BANKS))
        To the activation buffer: byte addresses.
    enable : Out(1)
        To the activation buffer: read.
    words : In(ArrayLayout(8 * config.input_lanes, BANKS))
        From the activation buffer, one cycle later.
    """

    LATENCY = 6

    layer: View
    i: stream.Interface
    o: stream.Interface
    addresses: View
    enable: Signal
    words: View

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "layer": In(LAYER),
                "i": In(stream.Signature(window_request(config))),
                "o": Out(stream.Signature(window(config))),
                "addresses": Out(ArrayLayout(bank_address(config), BANKS)),
                "enable": Out(1),
                "words": In(ArrayLayout(8 * config.input_lanes, BANKS)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.slice = out = StreamSlice(window(self.config).size)
        step = out.i.ready
        reading = Signal()
        kept, near = Signal(name="kept"), Signal(name="near")
        parted = Signal()
        turned = Signal()
        request = Signal(window_request(self.config), reset_less=True)
        align = Signal(alignment(self.config), reset_less=True)
        words = Signal.like(self.words, reset_less=True)
        words_near = Signal.like(self.words, reset_less=True)
        align_near = Signal(alignment(self.config), reset_less=True)
        cut = Signal(cut_words(self.config), reset_less=True)
        half = Signal(half_turned(self.config), reset_less=True)
        m.d.comb += [
            self.i.ready.eq(step),
            self.enable.eq(step),
            self.addresses.eq(self.i.p.addresses),
            out.i.valid.eq(turned),
            out.o.ready.eq(self.o.ready),
            self.o.valid.eq(out.o.valid),
            self.o.p.eq(out.o.p),
        ]
        with m.If(step):
            m.d.sync += [reading.eq(self.i.valid), kept.eq(reading), near.eq(kept), parted.eq(near), turned.eq(parted)]
            # A block RAM's output comes so late that nothing but a register may follow it, the one that it has; and it
            # may lie anywhere, so that a register near the rest follows that.
            m.d.sync += [request.eq(self.i.p), words.eq(self.words)]
            self._align(m, request, align)
            m.d.sync += [words_near.eq(words), align_near.eq(align)]
            self._cut(m, words_near, align_near, cut)
            self._turn_rows(m, cut, cut.align, half)
        self._turn_columns(m, half, View(window(self.config), out.i.p))
        return m

    def _align(self, m: Module, request: View, align: View) -> None:
        """Work out what is to be done to the words while they are read."""
        kind, row, column, taps = self.layer.kind, request.row, request.column, request.kernel_rows
        rows, columns = list(request.rows_inside), list(request.columns_inside)
        # The second tensor of an ADD is read where rows would lie beyond the first.
        rows_inside = [inside_row | (kind == LayerKind.ADD) for inside_row in rows]
        inside = _in_bank_order(column, columns)
        counted_rows = _in_bank_order(row, [rows[i] & (i < request.kernel_rows) for i in range(3)])
        counted_columns = _in_bank_order(column, [columns[j] & (j < request.kernel_columns) for j in range(3)])
        m.d.sync += [
            align.marks.eq(Cat(request[name] for name in _MARKS)),
            align.row.eq(row),
            align.column.eq(column),
            *(offset.eq(address) for offset, address in zip(align.offsets, request.addresses, strict=True)),
            *(align.inside[i].eq(Cat(rows_inside[i] & inside[c] for c in range(3))) for i in range(3)),
            align.pad.eq(self.layer.pad_byte),
            *(align.counted[r].eq(Cat(counted_rows[r] & column for column in counted_columns)) for r in range(3)),
            align.words.eq((kind == LayerKind.WORDS) | (kind == LayerKind.MAX_POOL) | (kind == LayerKind.STORE)),
            align.several.eq((kind == LayerKind.GATHER) & (request.lanes >= self.config.gather_channels)),
            align.closing.eq(request.kernel_columns - 1),
            align.lanes.eq(request.lanes),
            align.kernel_taps.eq(_choose(request.kernel_columns - 1, [taps, taps << 1, taps + (taps << 1)])),
            align.pixel_count.eq(Mux(columns[2], 3, Mux(columns[1], 2, 1))),
            align.pool_rows.eq(request.lacking_rows << self.layer.pool_shift),
            align.pool_columns.eq(request.lacking_columns),
        ]

    def _cut(self, m: Module, words: View, align: View, cut: View) -> None:
        """Cut the bytes that each bank's address points at, choose the first row's words, begin to add up."""
        banks = [words[bank] for bank in range(BANKS)]
        m.d.sync += cut.align.eq(align)
        for name, channels in (
            ("taps", self.config.depthwise_lanes),
            ("channels", self.config.gather_channels),
            ("channel", 1),
        ):
            shift = (channels - 1).bit_length()
            m.d.sync += [
                cut[name][bank].eq(word.word_select(align.offsets[bank][shift:], 8 * channels))
                for bank, word in enumerate(banks)
            ]
        m.d.sync += [cut.row_words[c].eq(_turned(align.row, banks, 0, c)) for c in range(3)]
        for lane in range(self.config.input_lanes):
            # A sum does not mind the order of its terms: turn nine flags rather than nine words.
            terms: list[Value] = []
            for bank, word in enumerate(banks):
                counted = align.counted[bank // 3][bank % 3]
                terms.append(Mux(counted, word[8 * lane : 8 * lane + 8].as_signed(), 0))
            m.d.sync += [cut.sums[lane][k].eq(part) for k, part in enumerate(_paired(terms))]

    def _turn_rows(self, m: Module, cut: View, align: View, half: View) -> None:
        m.d.sync += [half[name].eq(align[name]) for name in ("marks", "column", "words", "several", "closing")]
        channels, taps = self.config.gather_channels, align.kernel_taps
        m.d.sync += [
            half.gathered_count.eq(Mux(align.words, align.lanes, Mux(align.several, taps * channels, taps))),
            half.pixel_count.eq(align.pixel_count),
            half.pool_index.eq(align.pool_rows + align.pool_columns),
        ]
        for i in range(3):
            for c in range(3):
                for name in ("taps", "channels", "channel"):
                    bytes_ = _turned(align.row, list(cut[name]), i, c)
                    m.d.sync += half[name][i][c].eq(_padded(align.inside[i][c], bytes_, align.pad))
        m.d.sync += [half.row_words[c].eq(_padded(align.inside[0][c], cut.row_words[c], align.pad)) for c in range(3)]
        for lane, parts in enumerate(cut.sums):
            m.d.sync += [half.sums[lane][k].eq(part) for k, part in enumerate(_paired(list(parts)))]

    def _turn_columns(self, m: Module, half: View, given: View) -> None:
        m.d.comb += [given[name].eq(half.marks[k]) for k, name in enumerate(_MARKS)]
        m.d.comb += [given[name].eq(half[name]) for name in ("gathered_count", "pixel_count", "pool_index")]
        column, channels = half.column, self.config.gather_channels
        taps, word = _columns_turned(column, half.taps), _in_window_order(column, list(half.row_words))[0]
        m.d.comb += [given.taps[k].as_value().eq(tap) for k, tap in enumerate(taps)]
        several = _closed(half.closing, _columns_turned(column, half.channels), channels)
        single = _closed(half.closing, _columns_turned(column, half.channel), 1)
        for k, byte in enumerate(given.gathered):
            # There is no byte in one form where another form has more of them: then any will do.
            chosen = several[k] if k < len(several) else word[8 * k : 8 * k + 8]
            if channels > 1 and k < len(single):
                chosen = Mux(half.several, chosen, single[k])
            if k < self.config.input_lanes:
                chosen = Mux(half.words, word[8 * k : 8 * k + 8], chosen)
            m.d.comb += byte.eq(chosen)
        # Windows that are read as three words begin in bank column 0.
        m.d.comb += [
            pixel.as_value().eq(row_word) for pixel, row_word in zip(given.pixels, half.row_words, strict=True)
        ]
        for lane, parts in enumerate(half.sums):
            (total,) = _paired(_paired(list(parts)))
            m.d.comb += given.sums[lane].eq(total)


def _choose(index: Value, options: list[Value]) -> Value:
    """One of three values, by an index in 0..2."""
    return Mux(index[1], options[2], Mux(index[0], options[1], options[0]))


def _in_bank_order(first: Value, values: list[Value]) -> list[Value]:
    """Values of a window's three rows or columns as the banks have them: the window's first lies in bank ``first``."""
    return [_choose(first, [values[(bank - row) % 3] for row in range(3)]) for bank in range(3)]


def _in_window_order(first: Value, values: list[Value]) -> list[Value]:
    """The inverse of :func:`_in_bank_order`."""
    return [_choose(first, [values[(bank + k) % 3] for bank in range(3)]) for k in range(3)]


def _turned(row: Value, banks: list[Value], i: int, column: int) -> Value:
    """What row ``i`` of the window has in a column of banks."""
    return _in_window_order(row, banks[column::3])[i]


def _columns_turned(column: Value, rows: View) -> list[Value]:
    """Nine values, rows in the window's order, columns in that of the banks, in the order of the window's taps."""
    return [tap for row in rows for tap in _in_window_order(column, list(row))]


def _padded(inside: Value, bytes_: Value, pad: Value) -> Value:
    return Mux(inside, bytes_, pad.replicate(len(bytes_) // 8))


def _closed(closing: Value, taps: list[Value], channels: int) -> list[Value]:
    """Bytes of the kernel's taps, some channels of each: the gaps that less than three columns leave are closed."""
    closed: list[Value] = []
    for k in range(TAPS):
        chosen = _choose(closing, [taps[3 * (k // n) + k % n if k < 3 * n else 0] for n in (1, 2, 3)])
        closed += [chosen[8 * channel : 8 * channel + 8] for channel in range(channels)]
    return closed


def _paired(terms: list[Value]) -> list[Value]:
    """The sums of neighbouring terms."""
    odd = terms[len(terms) & ~1 :]
    return [first + second for first, second in zip(terms[::2], terms[1::2], strict=False)] + odd
