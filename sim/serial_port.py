"""A serial port of a computer in a cocotb bench: it drives one line and reads the other, without any clock."""

from collections.abc import Iterable
from typing import Any

import cocotb
from cocotb.queue import Queue
from cocotb.triggers import FallingEdge, Timer


class SerialPort:
    """Sends and receives bytes: 8 data bits, no parity, one stop bit.

    Parameters
    ----------
    to_device, from_device : cocotb handles
        The two lines.
    bit_ns : int
        Length of a bit, in ns of simulated time. Even.
    """

    def __init__(self, to_device: Any, from_device: Any, bit_ns: int) -> None:
        self.to_device, self.from_device, self.bit_ns = to_device, from_device, bit_ns
        self.to_device.value = 1
        self._received: Queue[int] = Queue()
        self._listening = cocotb.start_soon(self._listen())

    async def send(self, data: Iterable[int]) -> None:
        """Send bytes, one right after the other."""
        for byte in data:
            for bit in (0, *(byte >> k & 1 for k in range(8)), 1):
                self.to_device.value = bit
                await Timer(self.bit_ns, "ns")

    async def send_break(self) -> None:
        """Hold the line low for two bytes, and forget what has come until then."""
        self.to_device.value = 0
        await Timer(20 * self.bit_ns, "ns")
        self.to_device.value = 1
        await Timer(12 * self.bit_ns, "ns")
        while not self._received.empty():
            self._received.get_nowait()

    async def receive(self) -> int:
        """The next byte."""
        return await self._received.get()

    async def _listen(self) -> None:
        while True:
            await FallingEdge(self.from_device)
            await Timer(self.bit_ns // 2, "ns")
            assert not self.from_device.value, "the start bit is shorter than half a bit"
            byte = 0
            for bit in range(8):
                await Timer(self.bit_ns, "ns")
                byte |= int(self.from_device.value) << bit
            await Timer(self.bit_ns, "ns")
            assert self.from_device.value, "a byte came without its stop bit"
            self._received.put_nowait(byte)
