"""Weight store on racetracks."""

from typing import Any

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import WEIGHT_REQUEST, weight_write
from racelet.hw.dwcpwc.row_reader import RowReader
from racelet.hw.dwcpwc.track_lanes import LanesSignature
from racelet.hw.dwcpwc.track_rows import TrackRows
from racelet.hw.racetrack.controller import Controller


class RacetrackWeightStore(wiring.Component):
    """Weights on tracks outside the chip, which keep them without power; each byte is a word of four ones of eleven.

    A beat lies at one port of as many tracks as it has bytes, which move together. The beats of a row, those at all
    ports of these tracks with ``store_reads`` "serpentine" and else one, are read at once and kept; another row is read
    when its first beat comes next. Bytes are written one by one by permutation, in which skyrmions are inserted only
    where there are none yet. Beats and cycles are those of :mod:`racelet.golden.dwcpwc.racetrack_weight_store`.

    A clear drops the runs, but finishes what is being done to a track, and then brings all tracks home.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    request : In(stream.Signature(WEIGHT_REQUEST))
        Runs.
    o : Out(stream.Signature(8 * config.weight_beat_bytes))
        Beats.
    write : In(stream.Signature(weight_write(config)))
        Words of four weights. Taken when those before are written.
    clear : In(1)
        Drop all runs.
    busy : Out(1)
        Words are being written, or tracks brought home.
    failed : Out(1)
        A word was read that cannot be, or, until ``clear``, something went wrong on a track. Beats go on nevertheless.
    device : Out(LanesSignature(config))
        The tracks.
    """

    request: stream.Interface
    o: stream.Interface
    write: stream.Interface
    clear: Signal
    busy: Signal
    failed: Signal
    device: Any

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "request": In(stream.Signature(WEIGHT_REQUEST)),
                "o": Out(stream.Signature(8 * config.weight_beat_bytes)),
                "write": In(stream.Signature(weight_write(config))),
                "clear": In(1),
                "busy": Out(1),
                "failed": Out(1),
                "device": Out(LanesSignature(config)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        reader, rows = RowReader(self.config), TrackRows(self.config)
        controller = Controller(self.config.store_tracks)
        m.submodules.reader = ResetInserter(self.clear)(reader)
        m.submodules.rows = rows
        m.submodules.controller = controller
        connect(m, flipped(self.request), reader.request)
        connect(m, reader.o, flipped(self.o))
        connect(m, reader.fetch, rows.fetch)
        connect(m, flipped(self.write), rows.write)
        connect(m, rows.command, controller.command)
        connect(m, controller.response, rows.response)
        if self.config.store_tracks.sweep:
            connect(m, controller.swept, rows.swept)
        connect(m, controller.device, rows.together)
        connect(m, rows.device, flipped(self.device))
        m.d.comb += [
            reader.fetched.eq(rows.fetched),
            reader.words.eq(rows.words),
            reader.forget.eq(rows.writing),
            rows.home.eq(self.clear),
            self.busy.eq(rows.busy),
            self.failed.eq(rows.failed | reader.wrong),
        ]
        return m
