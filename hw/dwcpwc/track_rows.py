"""Rows of weights on racetracks: brought home, written byte by byte, read."""

from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.hw.dwcpwc.layouts import weight_write
from racelet.hw.dwcpwc.track_lanes import LanesSignature, beat_place, beat_words
from racelet.hw.dwcpwc.weight_decoder import ONES, chosen, word_table
from racelet.hw.racetrack.layouts import Code, DeviceSignature, Engine, Error, Kind, command, response, swept


class TrackRows(wiring.Component):
    """Tell a controller of tracks what the weight store needs, one thing after the other.

    After reset, and when it is told to, it brings all tracks home, one after the other. Words of weights are written
    after that, and then rows are read. A word's tracks are brought home, then its bytes are written one by one, each
    into the tracks of its own lane; a row is read from all lanes at once and stays until another one is. What is begun
    is finished. To the controller the tracks of all lanes stand for one. With it, cycles are those of
    :class:`racelet.golden.dwcpwc.racetrack_weight_store.Tracks`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    fetch : In(stream.Signature(beat_place(config)))
        A beat whose row is to be read. Taken when that begins.
    fetched : Out(1)
        It has been read.
    words : Out(ArrayLayout(beat_words(config), config.store_row_beats))
        The row, from the cycle after ``fetched`` on.
    write : In(stream.Signature(weight_write(config)))
        Words of four weights. Taken when those before are written.
    home : In(1)
        Bring all tracks home, from the cycle on in which this is no longer said. Until then nothing else begins.
    writing : Out(1)
        A word is being written, or waits to be.
    busy : Out(1)
        The same, or tracks are being brought home, or are to be.
    failed : Out(1)
        Something went wrong on a track. Stays until ``home``.
    command : Out(stream.Signature(command(config.store_tracks)))
        What the controller is to do. Taken together with its response.
    response : In(stream.Signature(response(config.store_tracks)))
        What came of it, in a later cycle.
    swept : In(stream.Signature(swept(config.store_tracks)))
        Only with ``store_reads`` "buffer" or "serpentine": when a sweep sees words, and their order; the bits are taken
        from ``device``.
    together : In(DeviceSignature(config.store_tracks))
        The tracks of all lanes, as the controller sees them.
    device : Out(LanesSignature(config))
        The tracks.
    """

    fetch: stream.Interface
    fetched: Signal
    words: View
    write: stream.Interface
    home: Signal
    writing: Signal
    busy: Signal
    failed: Signal
    command: stream.Interface
    response: stream.Interface
    swept: stream.Interface
    together: Any
    device: Any

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        tracks = config.store_tracks
        super().__init__(
            {
                "fetch": In(stream.Signature(beat_place(config))),
                "fetched": Out(1),
                "words": Out(ArrayLayout(beat_words(config), config.store_row_beats)),
                "write": In(stream.Signature(weight_write(config))),
                "home": In(1),
                "writing": Out(1),
                "busy": Out(1),
                "failed": Out(1),
                "command": Out(stream.Signature(command(tracks))),
                "response": In(stream.Signature(response(tracks))),
                **({"swept": In(stream.Signature(swept(tracks)))} if tracks.sweep else {}),
                "together": In(DeviceSignature(tracks)),
                "device": Out(LanesSignature(config)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        asked = self.command.p
        code = Signal(Code)
        place = Signal(beat_place(self.config))
        word = Signal(WORD_BITS)
        # All tracks are to be brought home; they are being; a row is being read.
        wanted = Signal(init=1)
        homing = Signal()
        fetching = Signal()
        told = Signal()
        written = _Word(m, self.config, self.write, self.writing)
        m.d.comb += [
            asked.code.eq(code),
            asked.engine.eq(Engine.PW),
            *(asked[name].eq(place[name]) for name in ("track", "port", "slot")),
            asked.slots.eq(1),
            # Of a word that is read the reader counts them, in all lanes.
            asked.ones.eq(Mux(code == Code.WRITE, ONES, 0)),
            asked.word.eq(word),
            self.response.ready.eq(1),
            told.eq(self.response.p.error != Error.NONE),
            self.busy.eq(self.writing | wanted | homing),
        ]
        with m.FSM():
            with m.State("IDLE"):
                with m.If(wanted):
                    with m.If(~self.home):
                        m.d.sync += [wanted.eq(0), homing.eq(1), code.eq(Code.HOME), place.track.eq(0)]
                        m.next = "COMMAND"
                with m.Elif(self.writing):
                    m.d.sync += [code.eq(Mux(written.moves, Code.HOME, Code.WRITE)), word.eq(written.word)]
                    m.d.sync += place.eq(written.place)
                    with m.If(written.moves | written.wanted):
                        m.next = "COMMAND"
                    with m.Else():
                        written.next(m)
                with m.Elif(self.fetch.valid):
                    m.d.comb += self.fetch.ready.eq(1)
                    m.d.sync += [fetching.eq(1), place.eq(self.fetch.p)]
                    m.d.sync += code.eq(Code.READ if self.config.store_reads == "naive" else Code.SWEEP)
                    m.next = "COMMAND"
            with m.State("COMMAND"):
                m.d.comb += self.command.valid.eq(1)
                with m.If(self.response.valid):
                    m.next = "IDLE"
                    m.d.sync += fetching.eq(0)
                    m.d.comb += self.fetched.eq(fetching)
                    with m.If(homing):
                        self._home_next(m, place, homing)
                    with m.Elif(~fetching):
                        written.next(m)
                    with m.If(told):
                        m.d.sync += self.failed.eq(1)
        with m.If(self.home):
            m.d.sync += [wanted.eq(1), self.failed.eq(0)]
        self._connect(m, written.lane, code == Code.WRITE)
        self._capture(m)
        return m

    def _home_next(self, m: Module, place: View, homing: Signal) -> None:
        """Bring the next track home, or end it."""
        last = place.track == self.config.store_tracks.tracks - 1
        m.d.sync += [place.track.eq(place.track + 1), homing.eq(~last)]
        with m.If(~last):
            m.next = "COMMAND"

    def _connect(self, m: Module, lane: Value, single: Value) -> None:
        """Tracks of all lanes stand for one, but where a word is written."""
        inner, outer = self.together, self.device
        names = ("valid", "strobe", "kind", "home", "track", "port", "span", "direction")
        m.d.comb += [
            *(getattr(outer, name).eq(getattr(inner, name)) for name in names),
            outer.single.eq(single),
            outer.lane.eq(lane),
            # All markers have to be seen, or the lanes are no longer together.
            inner.bit.eq(Mux(inner.home, outer.bit.all(), outer.bit.bit_select(lane, 1))),
            inner.fault.eq(outer.fault),
        ]

    def _capture(self, m: Module) -> None:
        """Keep what is seen: the lowest bit of words comes first, or the highest."""
        serpentine = self.config.store_reads == "serpentine"
        seen = self.device.bits if serpentine else self.device.bit
        if self.config.store_reads == "naive":
            looks, outwards = self.together.strobe & (self.together.kind == Kind.DETECT), Const(1)
        else:
            m.d.comb += self.swept.ready.eq(1)
            looks, outwards = self.swept.valid, self.swept.p.outwards
        held = Signal(len(seen) * WORD_BITS, reset_less=True)
        m.d.comb += self.words.as_value().eq(held)
        with m.If(looks):
            words = [held.word_select(number, WORD_BITS) for number in range(len(seen))]
            later = Cat(Cat(word[1:], bit) for word, bit in zip(words, seen, strict=True))
            earlier = Cat(Cat(bit, word[:-1]) for word, bit in zip(words, seen, strict=True))
            m.d.sync += held.eq(Mux(outwards, later, earlier))


class _Word:
    """What is left to write of words of four weights, byte by byte.

    Parameters
    ----------
    m : Module
    config : DwcPwcConfig
    write : stream.Interface
    writing : Signal(1)
        There is something.

    Attributes
    ----------
    moves : Value
        Its tracks are to be brought home first.
    wanted : Value
        The next byte is to be written.
    place : Value
    lane : Value
    word : Value
        Where, into the tracks of which byte of a beat, and what.
    """

    def __init__(self, m: Module, config: DwcPwcConfig, write: stream.Interface, writing: Signal) -> None:
        most, lanes = config.weight_words, config.weight_beat_bytes
        bytes_of_beat, words = exact_log2(lanes), exact_log2(most)
        # Words that are written together begin at a multiple of their number.
        coming = write.p.address[words : bytes_of_beat - 2 + beat_place(config).size]
        address = Signal(coming.shape(), name="kept_address", reset_less=True)
        data = Signal(32 * most, name="kept_data", reset_less=True)
        mask = Signal(most, name="kept_mask", reset_less=True)
        byte = Signal(8, name="byte")
        self.moves = Signal(init=1, name="moves")
        self._step = Signal(range(4 * most), name="step")
        self._writing = writing
        self._last = 4 * most - 1
        m.d.comb += write.ready.eq(~writing)
        with m.If(write.valid & ~writing):
            m.d.sync += [address.eq(coming), data.eq(Value.cast(write.p.data)), writing.eq(1)]
            if most > 1:
                m.d.sync += mask.eq(write.p.mask)
        m.d.comb += byte.eq(data.word_select(self._step, 8) ^ 0x80)
        self.place = address[bytes_of_beat - 2 - words :]
        self.lane = Cat(self._step, address[: bytes_of_beat - 2 - words])
        self.wanted = mask.bit_select(self._step[2:], 1) if most > 1 else Const(1)
        self.word = chosen(byte, word_table())

    def next(self, m: Module) -> None:
        """Go on to the first byte, or to the next one, or end."""
        m.d.sync += self.moves.eq(0)
        with m.If(~self.moves):
            m.d.sync += self._step.eq(self._step + 1)
            with m.If(self._step == self._last):
                m.d.sync += [self._step.eq(0), self.moves.eq(1), self._writing.eq(0)]
