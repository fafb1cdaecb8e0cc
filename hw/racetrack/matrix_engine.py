"""Multiplies matrices on tracks."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.layouts import DeviceSignature
from racelet.hw.racetrack.line_reader import LineReader
from racelet.hw.racetrack.matrix_layouts import ANSWER, MatrixError, Read, plan, request, total
from racelet.hw.racetrack.tile_product import TileProduct
from racelet.hw.racetrack.word_collector import WordCollector


class MatrixEngine(wiring.Component):
    """Bits of rows and columns in, sums of products of their elements out.

    Computes :class:`racelet.golden.racetrack.matrix_engine.MatrixEngine`, in as many cycles as
    :func:`racelet.golden.racetrack.matrix_cycles.product_cycles` tells. Sums come tile by tile, those of a row of tiles
    first, and in a tile row by row; they mean something once the answer tells of no error. With one there may be fewer
    of them. What multiplies works while the next words are swept; where it takes longer, or its sums are not taken,
    tracks wait. At the end of a product they are at home, if nothing went wrong: a controller may use them in between.

    Parameters
    ----------
    config : MatrixConfig

    Members
    -------
    request : In(stream.Signature(request(config)))
        What to multiply. Taken while nothing goes on, and no answer is offered.
    sums : Out(stream.Signature(total(config)))
        The product.
    answer : Out(stream.Signature(ANSWER))
        What came of it.
    clear : In(1)
        Forget ``error``.
    error : Out(MatrixError)
        The first one since reset or ``clear``.
    rows : Out(DeviceSignature(config.row_tracks)).array(tile)
        Tracks of rows: row ``r`` is track ``r // tile`` of pins ``r % tile``.
    columns : Out(DeviceSignature(config.column_tracks)).array(tile)
        Tracks of columns likewise.
    """

    request: stream.Interface
    sums: stream.Interface
    answer: stream.Interface
    clear: Signal
    error: Any
    rows: Any
    columns: Any

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        super().__init__(
            {
                "request": In(stream.Signature(request(config))),
                "sums": Out(stream.Signature(total(config))),
                "answer": Out(stream.Signature(ANSWER)),
                "clear": In(1),
                "error": Out(MatrixError),
                "rows": Out(DeviceSignature(config.row_tracks)).array(config.tile),
                "columns": Out(DeviceSignature(config.column_tracks)).array(config.tile),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.reader = reader = LineReader(config)
        m.submodules.collector = collector = WordCollector(config)
        m.submodules.product = product = TileProduct(config)
        connect(m, reader.bits, collector.i)
        connect(m, collector.o, product.i)
        connect(m, product.o, flipped(self.sums))
        for ours, theirs in zip((*self.rows, *self.columns), (*reader.rows, *reader.columns), strict=True):
            connect(m, theirs, flipped(ours))
        kept, error = Signal(plan(config), name="kept"), Signal(MatrixError, name="code")
        asked = View(request(config), self.request.p.as_value())
        wrong = Signal(MatrixError)
        m.d.comb += wrong.eq(MatrixError.NONE)
        self._refuse(m, asked, wrong)
        m.d.comb += [
            reader.plan.eq(kept),
            product.plan.eq(kept),
            reader.settled.eq(product.idle),
            product.clear.eq(reader.start),
            collector.clear.eq(reader.start),
            View(ANSWER, self.answer.p.as_value()).error.eq(error),
        ]
        with m.If(self.clear):
            m.d.sync += self.error.eq(MatrixError.NONE)
        with m.Elif(self.answer.valid & self.answer.ready & (self.error == MatrixError.NONE)):
            m.d.sync += self.error.eq(error)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.request.ready.eq(1)
                self._plan(m, asked, kept)
                m.d.sync += error.eq(wrong)
                with m.If(self.request.valid):
                    m.d.comb += reader.start.eq(wrong == MatrixError.NONE)
                    m.next = "READ"
                    with m.If(wrong != MatrixError.NONE):
                        m.next = "ANSWER"
            with m.State("READ"):
                m.d.sync += error.eq(reader.error)
                with m.If(reader.done):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += self.answer.valid.eq(1)
                with m.If(self.answer.ready):
                    m.next = "IDLE"
        return m

    def _refuse(self, m: Module, asked: View, wrong: Any) -> None:
        """Say what cannot be done."""
        config = self.config
        counts = ((asked.rows, config.rows, config.tile), (asked.terms, config.terms, 1))
        counts = (*counts, (asked.columns, config.columns, config.tile))
        bad = [(count == 0) | (count > most) | (count & (unit - 1) != 0) for count, most, unit in counts]
        errors = (MatrixError.ROWS, MatrixError.TERMS, MatrixError.COLUMNS)
        for error, holds in reversed(list(zip(errors, bad, strict=True))):
            with m.If(holds):
                m.d.comb += wrong.eq(error)
        with m.If(asked.read.as_value() > Read.SERPENTINE.value):
            m.d.comb += wrong.eq(MatrixError.READ)

    def _plan(self, m: Module, asked: View, kept: View) -> None:
        """How a product is done: which tiles, and how many words of how many ports."""
        config = self.config
        words, shift = config.words_per_port, config.tile.bit_length() - 1
        m.d.sync += [
            kept.read.eq(asked.read),
            kept.row_tiles.eq(asked.rows >> shift),
            kept.column_tiles.eq(asked.columns >> shift),
            kept.slots.eq(Mux(asked.terms < words, asked.terms, words)),
        ]
        for port in range(config.ports):
            before = port * words
            with m.If(asked.terms > before):
                m.d.sync += [kept.ports.eq(port + 1), kept.last_slots.eq(asked.terms - before)]
