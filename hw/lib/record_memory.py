"""Memory that is written record by record and read row by row."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.hw.lib.block_memory import block_memory


def record_write(width: int, together: int = 1) -> StructLayout:
    """A record of ``width`` bits and its number.

    With ``together`` above 1 those records in the mask of so many neighbours, the first of whose numbers is a multiple
    of that.
    """
    if together == 1:
        return StructLayout({"address": 20, "data": width})
    return StructLayout({"address": 20, "data": ArrayLayout(width, together), "mask": together})


class RecordMemory(wiring.Component):
    """Rows of neighbouring records; writes one record or some of a row, reads one row, per cycle.

    A row follows one cycle after its number; a record written in the cycle in which it is read is the old one there.
    Record ``n`` is lane ``n % lanes`` of row ``n // lanes``. Computes
    :func:`racelet.golden.lib.record_memory.rows_read`.

    Parameters
    ----------
    width : int
        Bits of a record.
    lanes : int
        Records of a row. A power of two.
    records : int
        Capacity in records; rounded up to whole rows.
    together : int
        Records that can be written at once. A power of two, at most ``lanes``.

    Members
    -------
    row : In(20)
        Row to read.
    enable : In(1)
        Read. The records hold while it is low.
    records : Out(ArrayLayout(width, lanes))
        The row.
    write : In(stream.Signature(record_write(width, together), always_ready=True))
        Writes, by record number.
    """

    row: Signal
    enable: Signal
    records: View
    write: stream.Interface

    def __init__(self, width: int, lanes: int, records: int, together: int = 1) -> None:
        self.width = width
        self.lanes = lanes
        self.depth = -(-records // lanes)
        self.together = together
        super().__init__(
            {
                "row": In(20),
                "enable": In(1),
                "records": Out(ArrayLayout(width, lanes)),
                "write": In(stream.Signature(record_write(width, together), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shift = (self.lanes - 1).bit_length()
        unit = (self.together - 1).bit_length()
        number = self.write.p.address
        data = [self.write.p.data] if self.together == 1 else list(self.write.p.data)
        mask = [1] if self.together == 1 else list(self.write.p.mask)
        for lane in range(self.lanes):
            m.submodules[f"lane_{lane}"] = memory = block_memory(self.width, self.depth)
            write, read = memory.write_port(), memory.read_port()
            m.d.comb += [
                read.addr.eq(self.row),
                read.en.eq(self.enable),
                self.records[lane].eq(read.data),
                write.addr.eq(number >> shift),
                write.data.eq(data[lane % self.together]),
                write.en.eq(self.write.valid & mask[lane % self.together] & (number[unit:shift] == lane >> unit)),
            ]
        return m
