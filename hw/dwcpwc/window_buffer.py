"""Window buffer: fetches 3x3 windows, turns them the right way round and pads them."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import LAYER, bank_address, window, window_request


class WindowBuffer(wiring.Component):
    """Read the windows that are asked for, align and pad them.

    Takes one request per cycle; its window follows ``LATENCY`` cycles later. Everything holds while the output stalls.
    A tap that lies outside the input is ``pad_byte``; in pooling it adds nothing. Computes
    :func:`racelet.golden.dwcpwc.window_buffer.windows`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer; ``kind`` and ``pad_byte`` are read. Steady while windows pass.
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

    LATENCY = 2

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
        step, reading = Signal(), Signal()
        request = Signal(window_request(self.config))
        m.d.comb += [
            step.eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(step),
            self.enable.eq(step),
            self.addresses.eq(self.i.p.addresses),
        ]
        with m.If(step):
            m.d.sync += [reading.eq(self.i.valid), self.o.valid.eq(reading), request.eq(self.i.p)]
            m.d.sync += [
                self.o.p[flag].eq(request[flag]) for flag in ("first", "last", "pixel_last", "layer_last", "pool_index")
            ]
        inside = [request.rows_inside[i] & request.columns_inside[j] for i in range(3) for j in range(3)]
        self._taps(m, step, request, inside)
        self._gathered(m, step, request, inside)
        self._sums(m, step, request, inside)
        self._pixels(m, step, request)
        return m

    def _turned(self, request: View, banks: list[Value]) -> list[Value]:
        """Values of nine banks, in the order of the window's taps."""
        return [
            _choose(
                request.row,
                [_choose(request.column, [banks[3 * ((r + i) % 3) + (c + j) % 3] for c in range(3)]) for r in range(3)],
            )
            for i in range(3)
            for j in range(3)
        ]

    def _slices(self, request: View, size: int) -> list[Value]:
        """The aligned ``size`` bytes that each bank's byte address points into."""
        shift, words = (size - 1).bit_length(), self.config.input_lanes // size
        select = [(address >> shift)[: (words - 1).bit_length()] for address in request.addresses]
        return [self.words[bank].word_select(select[bank], 8 * size) for bank in range(BANKS)]

    def _taps(self, m: Module, step: Value, request: View, inside: list[Value]) -> None:
        lanes = self.config.depthwise_lanes
        pad = Cat(self.layer.pad_byte for _ in range(lanes))
        for k, tap in enumerate(self._turned(request, self._slices(request, lanes))):
            with m.If(step):
                m.d.sync += self.o.p.taps[k].as_value().eq(Mux(inside[k], tap, pad))

    def _gathered(self, m: Module, step: Value, request: View, inside: list[Value]) -> None:
        pad = self.layer.pad_byte.as_unsigned()
        kind, channels = self.layer.kind, self.config.gather_channels
        word = self._turned(request, [self.words[bank] for bank in range(BANKS)])[0]
        words = (kind == LayerKind.WORDS) | (kind == LayerKind.MAX_POOL) | (kind == LayerKind.STORE)
        several = (kind == LayerKind.GATHER) & (request.lanes >= channels)
        one, more = self._closed(request, inside, pad, 1), self._closed(request, inside, pad, channels)
        kernel_taps = _choose(request.kernel_columns - 1, [request.kernel_rows * n for n in (1, 2, 3)])
        count = Mux(words, request.lanes, Mux(several, kernel_taps * channels, kernel_taps))
        with m.If(step):
            m.d.sync += self.o.p.gathered_count.eq(count)
            for k, byte in enumerate(self.o.p.gathered):
                word_byte = Mux(inside[0], word[8 * k : 8 * k + 8], pad) if k < self.config.input_lanes else pad
                single = one[k] if k < len(one) else pad
                taps = single if channels == 1 else Mux(several, more[k], single) if k < len(more) else pad
                m.d.sync += byte.eq(Mux(words, word_byte, taps))

    def _closed(self, request: View, inside: list[Value], pad: Value, channels: int) -> list[Value]:
        """Bytes of the kernel's taps, ``channels`` of each: the gaps that less than three columns leave are closed."""
        taps = [
            Mux(inside[k], tap[8 * channel : 8 * channel + 8], pad)
            for k, tap in enumerate(self._turned(request, self._slices(request, channels)))
            for channel in range(channels)
        ]
        closed = []
        for k in range(9):
            options = [3 * (k // n) + k % n if k < 3 * n else 0 for n in (1, 2, 3)]
            for channel in range(channels):
                chosen = [taps[option * channels + channel] for option in options]
                closed.append(_choose(request.kernel_columns - 1, chosen))
        return closed

    def _pixels(self, m: Module, step: Value, request: View) -> None:
        """Three words side by side; windows that are read so begin in bank column 0."""
        inside = request.columns_inside
        with m.If(step):
            m.d.sync += self.o.p.pixel_count.eq(Mux(inside[2], 3, Mux(inside[1], 2, 1)))
            for column, word in enumerate(self.o.p.pixels):
                rows = [self.words[3 * row + column] for row in range(3)]
                m.d.sync += word.as_value().eq(_choose(request.row, rows))

    def _sums(self, m: Module, step: Value, request: View, inside: list[Value]) -> None:
        counted = [
            inside[3 * i + j] & (i < request.kernel_rows) & (j < request.kernel_columns)
            for i in range(3)
            for j in range(3)
        ]
        for lane in range(self.config.input_lanes):
            # A sum does not mind the order of its terms: turn nine flags rather than nine words.
            terms = []
            for bank in range(BANKS):
                flag = self._bank_flag(request, counted, bank)
                terms.append(Mux(flag, self.words[bank][8 * lane : 8 * lane + 8].as_signed(), 0))
            with m.If(step):
                m.d.sync += self.o.p.sums[lane].eq(_balanced_sum(terms))

    def _bank_flag(self, request: View, flags: list[Value], bank: int) -> Value:
        r, c = divmod(bank, 3)
        return _choose(
            request.row,
            [
                _choose(request.column, [flags[3 * ((r - row) % 3) + (c - column) % 3] for column in range(3)])
                for row in range(3)
            ],
        )


def _choose(index: Value, options: list[Value]) -> Value:
    """One of three values, by an index in 0..2."""
    return Mux(index[1], options[2], Mux(index[0], options[1], options[0]))


def _balanced_sum(terms: list[Value]) -> Value:
    while len(terms) > 1:
        odd = terms[len(terms) & ~1 :]
        terms = [first + second for first, second in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]
