"""Window reader: the order in which a layer reads its input."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.layouts import ADDITION, LAYER, bank_address, window_request
from racelet.hw.dwcpwc.tile_counter import TileCounter


class WindowReader(wiring.Component):
    """Walk over a layer's output pixels, channels and kernel blocks; ask for one 3x3 window of the input each time.

    The order is: tiles, pixels in raster order, channels, kernel rows, kernel columns. A channel step is one channel
    (OUTPUT), up to ``gather_channels`` (GATHER), ``depthwise_lanes`` (FUSED, DEPTHWISE) or ``input_lanes`` (other
    kinds); a kernel step is three taps, in WORDS, MAX_POOL and STORE one. One request per cycle, the first two cycles
    after ``start``. Computes :func:`racelet.golden.dwcpwc.window_reader.requests`.

    Rows and columns are kept as quotient (an address) and remainder (a bank) of the division by three, so that no step
    needs more than an addition.

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
        ``pool_index`` how many rows and columns the whole kernel lacks; ``first`` and ``last`` mark the kernel's
        first and last window of one channel step, ``pixel_last`` the pixel's and ``layer_last`` the layer's last.
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
        running, step = Signal(), Signal()
        channel, channels_left = Signal(16), Signal(16)
        m.d.comb += step.eq(running & (~self.o.valid | self.o.ready))

        channel_step, kernel_step = self._steps(m, channels_left)
        m.submodules.tile = tile = TileCounter()
        tile_pixel, column = Signal(7), Signal(12)
        row_last, pixel_last, channel_last = column == layer.width - 1, Signal(), Signal()
        tile_last = tile_pixel == tile.pixels - 1
        layer_last = pixel_last & tile_last & tile.last

        width = bank_address(self.config)
        rows = _Axis(m, "row", width, layer.source_row_pitch, layer.stride_rows, layer.kernel_rows, kernel_step)
        columns = _Axis(
            m, "column", width, layer.source_pixel_pitch, layer.stride_columns, layer.kernel_columns, kernel_step
        )
        m.d.comb += [
            channel_last.eq(rows.last & columns.last),
            pixel_last.eq(channel_last & (channels_left <= channel_step)),
            tile.layer.eq(layer),
            tile.start.eq(self.start),
            tile.next.eq(step & pixel_last & tile_last),
        ]
        with m.If(step):
            columns.kernel_next(m)
            with m.If(columns.last):
                rows.kernel_next(m)
            with m.If(channel_last):
                m.d.sync += [channel.eq(channel + channel_step), channels_left.eq(channels_left - channel_step)]
            with m.If(pixel_last):
                m.d.sync += [channel.eq(0), channels_left.eq(layer.source_channels)]
                m.d.sync += [column.eq(column + 1), tile_pixel.eq(Mux(tile_last, 0, tile_pixel + 1))]
                columns.pixel_next(m)
                with m.If(row_last):
                    m.d.sync += column.eq(0)
                    columns.begin(m, 0, layer.source_column, layer.pad_left)
                    rows.pixel_next(m)
            with m.If(layer_last):
                m.d.sync += running.eq(0)
        with m.If(self.start):
            m.d.sync += [running.eq(1), column.eq(0), tile_pixel.eq(0)]
            m.d.sync += [channel.eq(0), channels_left.eq(layer.source_channels)]
            columns.begin(m, 0, layer.source_column, layer.pad_left)
            rows.begin(m, layer.source_address, layer.source_row, layer.pad_top)

        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.valid.eq(running)
            m.d.sync += [self.o.p.last.eq(channel_last), self.o.p.pixel_last.eq(pixel_last)]
            m.d.sync += self.o.p.layer_last.eq(layer_last)
            self._request(m, rows, columns, channel, channels_left)
        return m

    def _steps(self, m: Module, channels_left: Value) -> tuple[Value, Value]:
        """Channels and taps from one request to the next."""
        kind = self.layer.kind
        channel_step = Signal(range(self.config.input_lanes + 1))
        with m.Switch(kind):
            with m.Case(LayerKind.WORDS, LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL, LayerKind.ADD, LayerKind.STORE):
                m.d.comb += channel_step.eq(self.config.input_lanes)
            with m.Case(LayerKind.GATHER):
                # What is left of so many channels comes one by one.
                several = self.config.gather_channels
                m.d.comb += channel_step.eq(Mux(channels_left >= several, several, 1))
            with m.Case(LayerKind.FUSED, LayerKind.DEPTHWISE):
                m.d.comb += channel_step.eq(self.config.depthwise_lanes)
            with m.Default():
                m.d.comb += channel_step.eq(1)
        kernel_step = Signal(2)
        single = (kind == LayerKind.WORDS) | (kind == LayerKind.MAX_POOL) | (kind == LayerKind.STORE)
        m.d.comb += kernel_step.eq(Mux(single, 1, 3))
        return channel_step, kernel_step

    def _request(self, m: Module, rows: "_Axis", columns: "_Axis", channel: Value, channels_left: Value) -> None:
        layer, request = self.layer, self.o.p
        lanes = self.config.input_lanes
        row_lacks, column_lacks = rows.lacking(layer.source_height), columns.lacking(layer.source_width)
        m.d.sync += [
            request.row.eq(rows.bank),
            request.column.eq(columns.bank),
            request.rows_inside.eq(rows.inside(layer.source_height)),
            request.columns_inside.eq(columns.inside(layer.source_width)),
            request.kernel_rows.eq(Mux(rows.left > 3, 3, rows.left)),
            request.kernel_columns.eq(Mux(columns.left > 3, 3, columns.left)),
            request.lanes.eq(Mux(channels_left > lanes, lanes, channels_left)),
            request.pool_index.eq((row_lacks << layer.pool_shift) + column_lacks),
            request.first.eq(rows.first & columns.first),
        ]
        # The second tensor of an ADD is read as if it were the kernel's second three rows.
        second = (layer.kind == LayerKind.ADD) & ~rows.first
        behind = Signal(bank_address(self.config))
        m.d.comb += behind.eq(channel + Mux(second, View(ADDITION, layer.as_value()).second_offset, 0))
        for r in range(3):
            for c in range(3):
                row_part = rows.address + Mux(r < rows.bank, layer.source_row_pitch, 0)
                column_part = columns.address + Mux(c < columns.bank, layer.source_pixel_pitch, 0)
                m.d.sync += request.addresses[3 * r + c].eq(row_part + column_part + behind)


class _Axis:
    """Position along rows or columns: of the pixel's first tap, and of the kernel step inside the pixel."""

    def __init__(
        self, m: Module, name: str, width: int, pitch: Value, stride: Value, kernel: Value, kernel_step: Value
    ) -> None:
        self.pitch, self.stride, self.kernel, self.kernel_step = pitch, stride, kernel, kernel_step
        self.pixel_address = Signal(width, name=f"{name}_pixel_address")
        self.address = Signal(width, name=f"{name}_address")
        self.pixel_bank, self.bank = Signal(2, name=f"{name}_pixel_bank"), Signal(2, name=f"{name}_bank")
        self.pixel_position = Signal(signed(15), name=f"{name}_pixel_position")
        self.position = Signal(signed(15), name=f"{name}_position")
        self.left = Signal(8, name=f"{name}_left")
        self.first = Signal(name=f"{name}_first", init=1)
        self.last = Signal(name=f"{name}_last")
        m.d.comb += self.last.eq(self.left <= kernel_step)

    def begin(self, m: Module, address: Value | int, bank: Value, pad: Value) -> None:
        """Go to the first pixel."""
        self._pixel(m, address, bank, -pad)

    def pixel_next(self, m: Module) -> None:
        """Go to the next pixel, ``stride`` away."""
        address, bank = self._moved(self.pixel_address, self.pixel_bank, self.stride)
        self._pixel(m, address, bank, self.pixel_position + self.stride)

    def kernel_next(self, m: Module) -> None:
        """Go to the kernel's next step, after its last back to its first."""
        address, bank = self._moved(self.address, self.bank, self.kernel_step)
        with m.If(self.last):
            m.d.sync += [self.address.eq(self.pixel_address), self.bank.eq(self.pixel_bank)]
            m.d.sync += [self.position.eq(self.pixel_position), self.left.eq(self.kernel), self.first.eq(1)]
        with m.Else():
            m.d.sync += [self.address.eq(address), self.bank.eq(bank), self.first.eq(0)]
            m.d.sync += [self.position.eq(self.position + self.kernel_step), self.left.eq(self.left - self.kernel_step)]

    def inside(self, size: Value) -> Value:
        """Which of three taps from the position on lie in 0..size-1."""
        taps = [self.position + k for k in range(3)]
        return Cat((tap >= 0) & (tap < size) for tap in taps)

    def lacking(self, size: Value) -> Value:
        """Taps of the whole kernel that lie outside."""
        before = Mux(self.pixel_position < 0, -self.pixel_position, 0)
        beyond = self.pixel_position + self.kernel - size
        return before + Mux(beyond > 0, beyond, 0)

    def _pixel(self, m: Module, address: Value | int, bank: Value, position: Value) -> None:
        m.d.sync += [self.pixel_address.eq(address), self.address.eq(address)]
        m.d.sync += [self.pixel_bank.eq(bank), self.bank.eq(bank)]
        m.d.sync += [self.pixel_position.eq(position), self.position.eq(position)]
        m.d.sync += [self.left.eq(self.kernel), self.first.eq(1)]

    def _moved(self, address: Value, bank: Value, steps: Value) -> tuple[Value, Value]:
        there = bank + steps
        return address + Mux(there >= 3, self.pitch, 0), Mux(there >= 3, there - 3, there)[:2]
