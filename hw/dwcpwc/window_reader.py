"""Window reader: the order in which a layer reads its input."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import ADDITION, LAYER, bank_address, window_request
from racelet.hw.dwcpwc.tile_counter import TileCounter
from racelet.hw.lib.stream_slice import StreamSlice

_SINGLE = (LayerKind.WORDS, LayerKind.MAX_POOL, LayerKind.STORE)
"""Kinds that read one tap at a time."""


def request_parts(config: DwcPwcConfig) -> StructLayout:
    """A request whose addresses and counts are not added up yet."""
    address = bank_address(config)
    return StructLayout(
        {
            "row_addresses": ArrayLayout(address, 3),
            "column_addresses": ArrayLayout(address, 3),
            "row": 2,
            "column": 2,
            "rows_inside": 3,
            "columns_inside": 3,
            "kernel_rows": 2,
            "kernel_columns": 2,
            "lanes": range(config.input_lanes + 1),
            "rows_before": 8,
            "rows_beyond": 8,
            "columns_before": 8,
            "columns_beyond": 8,
            "first": 1,
            "last": 1,
            "pixel_last": 1,
        },
    )


class WindowReader(wiring.Component):
    """Walk over a layer's output pixels, channels and kernel blocks; ask for one 3x3 window of the input each time.

    The order is: tiles, pixels in raster order, channels, kernel rows, kernel columns. A channel step is one channel
    (OUTPUT), up to ``gather_channels`` (GATHER), ``depthwise_lanes`` (FUSED, DEPTHWISE) or ``input_lanes`` (other
    kinds); a kernel step is three taps, in WORDS, MAX_POOL and STORE one. One request per cycle, the first three cycles
    after ``start``. Computes :func:`racelet.golden.dwcpwc.window_reader.requests`.

    Rows and columns are kept as quotient (an address) and remainder (a bank) of the division by three, so that no step
    needs more than an addition. Whether a step is the last of its loop is worked out in the step before it. Two stages
    follow: the parts of a request, and their sums, where pixels are counted in tiles to find the layer's end.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The layer. Steady from ``start`` until the last request is taken.
    start : In(1)
        Begin a layer. Only while no requests are left of the one before.
    o : Out(stream.Signature(window_request(config)))
        Requests. ``rows_inside`` and ``columns_inside`` tell which taps lie in the input, ``kernel_rows`` and
        ``kernel_columns`` how many belong to the kernel, ``lanes`` how many channels of a word are in use,
        ``lacking_rows`` and ``lacking_columns`` how many of the whole kernel's lie outside; ``first`` and ``last`` mark
        the kernel's first and last window of one channel step, ``pixel_last`` the pixel's and ``layer_last`` the
        layer's last.
    """

    layer: View
    start: Signal
    o: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {"layer": In(LAYER), "start": In(1), "o": Out(stream.Signature(window_request(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        layer = self.layer
        single = Cat(self.layer.kind == kind for kind in _SINGLE).any()
        one_wide = self.layer.width == 1
        narrow = Signal()
        row_pitch = Signal(bank_address(self.config))
        # The second tensor of an ADD is read as if it were the kernel's second three rows.
        second = Mux(layer.kind == LayerKind.ADD, View(ADDITION, layer.as_value()).second_offset, 0)
        m.d.sync += [narrow.eq(one_wide), row_pitch.eq(layer.source_row_pitch + second)]
        rows = _Axis(m, "row", self.config, self.layer.source_height, self.layer.kernel_rows, single)
        columns = _Axis(m, "column", self.config, self.layer.source_width, self.layer.kernel_columns, single)
        channels = _Channels(m, self.config, self.layer)
        running, row_left = Signal(), Signal(12)
        kernel_last, pixel_last, row_last, row_end = (Signal() for _ in range(4))
        parts = Signal(request_parts(self.config))
        parts_valid = Signal()
        advance, layer_last = self._give(m, parts, parts_valid)

        moves = advance & running
        with m.If(self.start | moves):
            # Whether the next step is the last of each loop.
            column = columns.ends(self.start, Const(1))
            row = rows.ends(self.start, columns.last)
            channel = channels.ends(self.start, kernel_last)
            of_row = _ends(self.start, one_wide, pixel_last, row_last, narrow, row_left == 2)
            m.d.sync += [columns.last.eq(column), rows.last.eq(row), kernel_last.eq(column & row)]
            m.d.sync += [channels.last.eq(channel), pixel_last.eq(column & row & channel)]
            m.d.sync += [row_last.eq(of_row), row_end.eq(column & row & channel & of_row)]
        with m.If(self.start):
            m.d.sync += [running.eq(1), row_left.eq(self.layer.width)]
            self._begin(m, rows, columns, channels)
        with m.Elif(moves):
            m.d.sync += running.eq(~layer_last)
            with m.If(row_end):
                columns.begin(m, 0, layer.source_column, layer.pad_left)
                rows.pixel_next(m, layer.source_row_pitch, layer.stride_rows)
                m.d.sync += row_left.eq(layer.width)
            with m.Elif(pixel_last):
                columns.pixel_next(m, layer.source_pixel_pitch, layer.stride_columns)
                rows.kernel_next(m, row_pitch)
                m.d.sync += row_left.eq(row_left - 1)
            with m.Else():
                columns.kernel_next(m, layer.source_pixel_pitch)
                with m.If(columns.last):
                    rows.kernel_next(m, row_pitch)
            with m.If(pixel_last):
                channels.begin(m)
            with m.Elif(kernel_last):
                channels.next(m)
        with m.If(advance):
            # The step behind the layer's last leads nowhere.
            m.d.sync += parts_valid.eq(running & ~layer_last)
            m.d.sync += [parts.last.eq(kernel_last), parts.pixel_last.eq(pixel_last)]
            self._split(m, layer, rows, columns, channels, parts)
        return m

    def _begin(self, m: Module, rows: "_Axis", columns: "_Axis", channels: "_Channels") -> None:
        columns.begin(m, 0, self.layer.source_column, self.layer.pad_left, at_start=True)
        rows.begin(m, self.layer.source_address, self.layer.source_row, self.layer.pad_top, at_start=True)
        channels.begin(m, at_start=True)

    def _split(
        self, m: Module, layer: View, rows: "_Axis", columns: "_Axis", channels: "_Channels", parts: View
    ) -> None:
        lanes, left = self.config.input_lanes, channels.left
        m.d.sync += [
            parts.row.eq(rows.bank),
            parts.column.eq(columns.bank),
            parts.rows_inside.eq(rows.inside(layer.source_height)),
            parts.columns_inside.eq(columns.inside(layer.source_width)),
            parts.kernel_rows.eq(Mux(rows.left[2:].any(), 3, rows.left)),
            parts.kernel_columns.eq(Mux(columns.left[2:].any(), 3, columns.left)),
            parts.lanes.eq(Mux(left[lanes.bit_length() - 1 :].any(), lanes, left)),
            parts.rows_before.eq(rows.before()),
            parts.rows_beyond.eq(rows.beyond()),
            parts.columns_before.eq(columns.before()),
            parts.columns_beyond.eq(columns.beyond()),
            parts.first.eq(rows.first & columns.first),
        ]
        behind = columns.address + channels.channel
        for k in range(3):
            m.d.sync += [
                parts.row_addresses[k].eq(rows.address + Mux(k < rows.bank, layer.source_row_pitch, 0)),
                parts.column_addresses[k].eq(behind + Mux(k < columns.bank, layer.source_pixel_pitch, 0)),
            ]

    def _give(self, m: Module, parts: View, valid: Value) -> tuple[Value, Value]:
        """Give out requests; returns whether parts move on, and whether those that do are the layer's last."""
        # All requests wait behind the slice's second place, so that no step depends on who takes them.
        m.submodules.slice = out = StreamSlice(window_request(self.config).size, registered=True)
        layer_last = self._count(m, out.i.ready & valid & parts.pixel_last)
        m.d.comb += [
            out.i.valid.eq(valid),
            out.i.p.eq(self._sums(m, parts, layer_last)),
            self.o.valid.eq(out.o.valid),
            self.o.p.eq(out.o.p),
            out.o.ready.eq(self.o.ready),
        ]
        return out.i.ready, layer_last

    def _sums(self, m: Module, parts: View, layer_last: Value) -> Value:
        """The request that parts make."""
        request = Signal(window_request(self.config))
        same = ("row", "column", "rows_inside", "columns_inside", "kernel_rows", "kernel_columns", "lanes")
        m.d.comb += [request[name].eq(parts[name]) for name in (*same, "first", "last", "pixel_last")]
        m.d.comb += [
            request.lacking_rows.eq(parts.rows_before + parts.rows_beyond),
            request.lacking_columns.eq(parts.columns_before + parts.columns_beyond),
            request.layer_last.eq(layer_last),
        ]
        for bank, address in enumerate(request.addresses):
            m.d.comb += address.eq(parts.row_addresses[bank // 3] + parts.column_addresses[bank % 3])
        return request.as_value()

    def _count(self, m: Module, pixel_next: Value) -> Value:
        """Count the pixels; returns whether the one that ends is the layer's last."""
        m.submodules.tile = tile = TileCounter()
        m.d.comb += [tile.layer.eq(self.layer), tile.start.eq(self.start), tile.step.eq(pixel_next)]
        return pixel_next & tile.pixel_last & tile.last


def _at_most(count: Value, power: int) -> Value:
    """Whether a count is no more than a power of two."""
    return ~(count >> power.bit_length()).any() & ~(
        count[power.bit_length() - 1] & (count[: power.bit_length() - 1]).any()
    )


def _ends(start: Value, once: Value, moves: Value, last: Value, again: Value, ahead: Value) -> Value:
    """Whether a loop's next step is its last: ``once`` at a start, ``again`` after the last one, else ``ahead``."""
    return Mux(start, once, Mux(moves, Mux(last, again, ahead), last))


class _Channels:
    """Position along channels: the first one of a step, and how many are left from it on."""

    def __init__(self, m: Module, config: DwcPwcConfig, layer: View) -> None:
        words, depthwise, several = config.input_lanes, config.depthwise_lanes, config.gather_channels
        count = layer.source_channels
        self.several = several
        # A layer's channels, its first step, and whether that is the last: as they come, and kept.
        self._came = (count, Signal(range(words + 1)), Signal())
        self._kept = (Signal.like(count), Signal(range(words + 1)), Signal())
        _, step, once = self._came
        with m.Switch(layer.kind):
            with m.Case(LayerKind.WORDS, LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL, LayerKind.ADD, LayerKind.STORE):
                m.d.comb += [step.eq(words), once.eq(_at_most(count, words))]
            with m.Case(LayerKind.FUSED, LayerKind.DEPTHWISE):
                m.d.comb += [step.eq(depthwise), once.eq(_at_most(count, depthwise))]
            with m.Case(LayerKind.GATHER):
                # What is left of so many channels comes one by one.
                m.d.comb += [step.eq(Mux(count >= several, several, 1)), once.eq((count == several) | (count == 1))]
            with m.Default():
                m.d.comb += [step.eq(1), once.eq(count == 1)]
        self._gather = Signal()
        m.d.sync += self._gather.eq(layer.kind == LayerKind.GATHER)
        m.d.sync += [kept.eq(came) for kept, came in zip(self._kept, self._came, strict=True)]
        self.channel = Signal(16, name="channel")
        self.left = Signal(16, name="channels_left")
        self.step = Signal(range(words + 1), name="channel_step")
        self.last = Signal(name="channel_last")

    def begin(self, m: Module, *, at_start: bool = False) -> None:
        """Go to a pixel's first channel."""
        count, step, _ = self._came if at_start else self._kept
        m.d.sync += [self.channel.eq(0), self.left.eq(count), self.step.eq(step)]

    def next(self, m: Module) -> None:
        """Go to the next step."""
        m.d.sync += [self.channel.eq(self.channel + self.step), self.left.eq(self.left - self.step)]
        with m.If(self._gather & (self.left < 2 * self.several)):
            m.d.sync += self.step.eq(1)

    def ends(self, start: Value, moves: Value) -> Value:
        """Whether the next step is the pixel's last, when this one ``moves`` on."""
        several, left = self.several, self.left
        ahead = left <= self.step << 1
        if several > 1:
            last_or_one = (left == 2 * several) | (left == several + 1)
            ahead = Mux(self._gather & (self.step == several), last_or_one, ahead)
        return _ends(start, self._came[2], moves, self.last, self._kept[2], ahead)


class _Axis:
    """Position along rows or columns: of the pixel's first tap, and of the kernel step inside the pixel."""

    def __init__(self, m: Module, name: str, config: DwcPwcConfig, size: Value, kernel: Value, single: Value) -> None:
        width = bank_address(config)
        # The kernel, and whether one step takes it all: as they come, and kept.
        self._came = (kernel, ~Mux(single, kernel[1:], kernel[2:]).any())
        self._kept = (Signal.like(kernel), Signal())
        self._single = Signal()
        self._overhang = Signal(signed(13))
        m.d.sync += [kept.eq(came) for kept, came in zip(self._kept, self._came, strict=True)]
        m.d.sync += [self._single.eq(single), self._overhang.eq(kernel - size)]
        self.pixel_address = Signal(width, name=f"{name}_pixel_address")
        self.address = Signal(width, name=f"{name}_address")
        self.pixel_bank, self.bank = Signal(2, name=f"{name}_pixel_bank"), Signal(2, name=f"{name}_bank")
        self.pixel_position = Signal(signed(15), name=f"{name}_pixel_position")
        self.position = Signal(signed(15), name=f"{name}_position")
        self.left = Signal(8, name=f"{name}_left")
        self.first = Signal(name=f"{name}_first", init=1)
        self.last = Signal(name=f"{name}_last")

    def begin(self, m: Module, address: Value | int, bank: Value, pad: Value, *, at_start: bool = False) -> None:
        """Go to the first pixel."""
        self._pixel(m, address, bank, -pad, at_start=at_start)

    def pixel_next(self, m: Module, pitch: Value, stride: Value) -> None:
        """Go to the next pixel, ``stride`` away."""
        there = self.pixel_bank + stride
        # Chosen behind the sum: the bank is known later than both.
        address = Mux(there >= 3, self.pixel_address + pitch, self.pixel_address)
        self._pixel(m, address, Mux(there >= 3, there - 3, there)[:2], self.pixel_position + stride)

    def kernel_next(self, m: Module, pitch: Value) -> None:
        """Go to the kernel's next step, after its last back to its first."""
        with m.If(self.last):
            m.d.sync += [self.address.eq(self.pixel_address), self.bank.eq(self.pixel_bank)]
            m.d.sync += [self.position.eq(self.pixel_position), self.first.eq(1), self.left.eq(self._kept[0])]
        with m.Else():
            stays = self._single & (self.bank != 2)
            m.d.sync += [self.address.eq(Mux(stays, self.address, self.address + pitch)), self.first.eq(0)]
            m.d.sync += [self.position.eq(self.position + Mux(self._single, 1, 3))]
            m.d.sync += [self.left.eq(self.left - Mux(self._single, 1, 3))]
            with m.If(self._single):
                m.d.sync += self.bank.eq(Mux(stays, self.bank + 1, 0))

    def ends(self, start: Value, moves: Value) -> Value:
        """Whether the next step is the kernel's last, when this one ``moves`` on."""
        ahead = Mux(self._single, self.left == 2, ~self.left[3:].any() & ~self.left[:3].all())
        return _ends(start, self._came[1], moves, self.last, self._kept[1], ahead)

    def inside(self, size: Value) -> Value:
        """Which of three taps from the position on lie in 0..size-1."""
        taps = [self.position + k for k in range(3)]
        return Cat((tap >= 0) & (tap < size) for tap in taps)

    def before(self) -> Value:
        """Taps of the whole kernel that lie before the first."""
        return Mux(self.pixel_position < 0, -self.pixel_position, 0)

    def beyond(self) -> Value:
        """Taps of the whole kernel that lie beyond the last."""
        beyond = self.pixel_position + self._overhang
        return Mux(beyond > 0, beyond, 0)

    def _pixel(self, m: Module, address: Value | int, bank: Value, position: Value, *, at_start: bool = False) -> None:
        kernel, _ = self._came if at_start else self._kept
        m.d.sync += [self.pixel_address.eq(address), self.address.eq(address)]
        m.d.sync += [self.pixel_bank.eq(bank), self.bank.eq(bank)]
        m.d.sync += [self.pixel_position.eq(position), self.position.eq(position)]
        m.d.sync += [self.left.eq(kernel), self.first.eq(1)]
