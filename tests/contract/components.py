"""Instances of every component of hw/, for the tests that hold for all of them."""

import dataclasses
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping
from typing import Any

from amaranth.lib import wiring

import racelet.hw
from racelet.cli.blocks import BLOCKS, Block
from racelet.cli.config import field_types
from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.config import PRESETS as ADC_PRESETS
from racelet.golden.adc.macro_config import MacroConfig
from racelet.golden.bitlet.config import AccumulatorConfig, BitletConfig
from racelet.golden.dwcpwc.config import Reads
from racelet.golden.lib.config import ShellConfig, UartConfig
from racelet.golden.racetrack.config import CODE_NAMES, CodecConfig, OdometerConfig
from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.adc.axi_shell import AxiShell as AdcShell
from racelet.hw.adc.column_path import ColumnPath
from racelet.hw.adc.flash_encoder import FlashEncoder
from racelet.hw.adc.imc_macro import ImcMacro
from racelet.hw.adc.output_stage import OutputStage
from racelet.hw.adc.requantizer import Requantizer as ColumnRequantizer
from racelet.hw.bitlet.axi_shell import AxiShell as BitletShell
from racelet.hw.bitlet.exponent_matcher import ExponentMatcher
from racelet.hw.bitlet.lane import Lane
from racelet.hw.bitlet.normalizer import Normalizer
from racelet.hw.bitlet.run_counters import RunCounters
from racelet.hw.bitlet.run_queue import RunQueue
from racelet.hw.bitlet.wide_accumulator import WideAccumulator
from racelet.hw.dwcpwc.axi_shell import AxiShell
from racelet.hw.dwcpwc.bitlet_dot_engine import BitletDotEngine
from racelet.hw.dwcpwc.distillation_row import DistillationRow
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layouts import PLACE
from racelet.hw.dwcpwc.partial_sums import PartialSums
from racelet.hw.dwcpwc.racetrack_weight_store import RacetrackWeightStore
from racelet.hw.dwcpwc.registers import register_map
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.hw.dwcpwc.requantizer import Requantizer
from racelet.hw.dwcpwc.row_reader import RowReader
from racelet.hw.dwcpwc.serial_link import SerialLink
from racelet.hw.dwcpwc.track_rows import TrackRows
from racelet.hw.dwcpwc.uart_shell import UartShell
from racelet.hw.dwcpwc.weight_encoder import WeightEncoder
from racelet.hw.lib.axi_lite import AxiLiteRegisters
from racelet.hw.lib.beat_splitter import BeatSplitter
from racelet.hw.lib.byte_packer import BytePacker
from racelet.hw.lib.credits import Credits
from racelet.hw.lib.event_counter import EventCounter
from racelet.hw.lib.packet_end import PacketEnd
from racelet.hw.lib.record_memory import RecordMemory
from racelet.hw.lib.reset_chain import ResetChain
from racelet.hw.lib.start_queue import StartQueue
from racelet.hw.lib.stream_queue import StreamQueue
from racelet.hw.lib.stream_slice import StreamSlice
from racelet.hw.lib.uart import UartReceiver, UartTransmitter
from racelet.hw.racetrack.axi_shell import AxiShell as RacetrackShell
from racelet.hw.racetrack.decoder import Decoder
from racelet.hw.racetrack.encoder import Encoder
from racelet.hw.racetrack.error_log import ErrorLog
from racelet.hw.racetrack.float_rounder import FloatRounder
from racelet.hw.racetrack.line_reader import LineReader
from racelet.hw.racetrack.matrix_engine import MatrixEngine
from racelet.hw.racetrack.multiply_accumulate import MultiplyAccumulate
from racelet.hw.racetrack.odometer import Odometer
from racelet.hw.racetrack.operation_counters import OperationCounters
from racelet.hw.racetrack.pass_order import PassOrder
from racelet.hw.racetrack.serial_decoder import SerialDecoder
from racelet.hw.racetrack.serial_encoder import SerialEncoder
from racelet.hw.racetrack.tile_product import TileProduct
from racelet.hw.racetrack.word_collector import WordCollector

Component = wiring.Component
Factory = Callable[[], list[Component]]

FACTORIES: Mapping[str, Factory] = {
    "adc.axi_shell.AxiShell": lambda: [AdcShell(config, ShellConfig()) for config in _readouts()],
    "adc.column_path.ColumnPath": lambda: [
        *(ColumnPath(each) for each in _readouts()),
        ColumnPath(dataclasses.replace(ADC_PRESETS["tiny"], noise=False)),
    ],
    "adc.flash_encoder.FlashEncoder": lambda: [FlashEncoder(each) for each in _readouts() if each.kind == "flash"],
    "adc.imc_macro.ImcMacro": lambda: [
        ImcMacro(ADC_PRESETS[name], sample_cells(ADC_PRESETS[name], MacroConfig(ir_drop=drop), 1))
        for name in ("tiny", "small")
        for drop in (0.0, 0.01)
    ],
    "adc.output_stage.OutputStage": lambda: [OutputStage(config) for config in _readouts()],
    "adc.requantizer.Requantizer": lambda: [
        ColumnRequantizer(config, rows) for config in ADC_PRESETS.values() for rows in (1, 4)
    ],
    "bitlet.axi_shell.AxiShell": lambda: [BitletShell(config, ShellConfig()) for config in _arrays()],
    "bitlet.run_counters.RunCounters": lambda: [RunCounters(1, 1), RunCounters(32, 64)],
    "bitlet.run_queue.RunQueue": lambda: [RunQueue(BitletConfig(), 1), RunQueue(BitletConfig(), 15)],
    "bitlet.normalizer.Normalizer": lambda: [Normalizer(each) for each in _sums()],
    "bitlet.wide_accumulator.WideAccumulator": lambda: [WideAccumulator(each) for each in _sums()],
    "bitlet.exponent_matcher.ExponentMatcher": lambda: [ExponentMatcher(each) for each in _floats()],
    "bitlet.lane.Lane": lambda: [Lane(4, 4), Lane(64, 8)],
    "dwcpwc.input_loader.InputLoader": lambda: [InputLoader(1), InputLoader(4)],
    "dwcpwc.axi_shell.AxiShell": lambda: [AxiShell(config, ShellConfig()) for config in _dwcpwc()],
    "dwcpwc.bitlet_dot_engine.BitletDotEngine": lambda: [BitletDotEngine(config) for config in _bitlet()],
    "dwcpwc.distillation_row.DistillationRow": lambda: [DistillationRow(config) for config in _bitlet()],
    "dwcpwc.racetrack_weight_store.RacetrackWeightStore": lambda: [RacetrackWeightStore(each) for each in _tracked()],
    "dwcpwc.row_reader.RowReader": lambda: [RowReader(each) for each in _tracked()],
    "dwcpwc.track_rows.TrackRows": lambda: [TrackRows(each) for each in _tracked()],
    "dwcpwc.weight_encoder.WeightEncoder": lambda: [WeightEncoder(config) for config in _bitlet()],
    "dwcpwc.partial_sums.PartialSums": lambda: [
        PartialSums(config, 20, every_cycle=each) for config in _dwcpwc() for each in (False, True)
    ],
    "dwcpwc.requantize_stage.RequantizeStage": lambda: [RequantizeStage(1, 16), RequantizeStage(4, 1024)],
    "dwcpwc.requantizer.Requantizer": lambda: [Requantizer(1, PLACE), Requantizer(4, PLACE)],
    "dwcpwc.serial_link.SerialLink": lambda: [SerialLink(config) for config in _dwcpwc()],
    "dwcpwc.uart_shell.UartShell": lambda: [
        UartShell(config, UartConfig()) for config in BLOCKS["dwcpwc"].presets().values()
    ],
    "racetrack.axi_shell.AxiShell": lambda: [RacetrackShell(config, ShellConfig()) for config in _racetracks()],
    "racetrack.error_log.ErrorLog": lambda: [ErrorLog(1), ErrorLog(32)],
    "racetrack.operation_counters.OperationCounters": lambda: [OperationCounters(1), OperationCounters(64)],
    "racetrack.float_rounder.FloatRounder": lambda: [FloatRounder(28), FloatRounder(48)],
    "racetrack.line_reader.LineReader": lambda: [LineReader(each) for each in _matrices()],
    "racetrack.matrix_engine.MatrixEngine": lambda: [MatrixEngine(each) for each in _matrices()],
    "racetrack.multiply_accumulate.MultiplyAccumulate": lambda: [MultiplyAccumulate(MatrixConfig())],
    "racetrack.pass_order.PassOrder": lambda: [PassOrder(each) for each in _matrices()],
    "racetrack.tile_product.TileProduct": lambda: [TileProduct(each) for each in _matrices()],
    "racetrack.word_collector.WordCollector": lambda: [WordCollector(each) for each in _matrices()],
    "lib.axi_lite.AxiLiteRegisters": lambda: [
        AxiLiteRegisters(register_map(config, ShellConfig())) for config in _dwcpwc()
    ],
    "lib.beat_splitter.BeatSplitter": lambda: [BeatSplitter(32, 1, 1), BeatSplitter(8, 4, 2)],
    "lib.byte_packer.BytePacker": lambda: [BytePacker(4, 16), BytePacker(8, 4)],
    "lib.credits.Credits": lambda: [Credits(1), Credits(8)],
    "lib.event_counter.EventCounter": lambda: [EventCounter(1), EventCounter(64)],
    "lib.packet_end.PacketEnd": lambda: [PacketEnd(8), PacketEnd(20)],
    "lib.record_memory.RecordMemory": lambda: [
        RecordMemory(32, 4, 64),
        RecordMemory(80, 1, 16),
        RecordMemory(32, 4, 64, 2),
    ],
    "lib.reset_chain.ResetChain": lambda: [ResetChain(1), ResetChain(5)],
    "lib.start_queue.StartQueue": lambda: [StartQueue(1), StartQueue(4)],
    "lib.uart.UartReceiver": lambda: [UartReceiver(217)],
    "lib.uart.UartTransmitter": lambda: [UartTransmitter(217)],
    "lib.stream_queue.StreamQueue": lambda: [StreamQueue(1, 2), StreamQueue(40, 16)],
    "lib.stream_slice.StreamSlice": lambda: [StreamSlice(1), StreamSlice(40), StreamSlice(8, registered=True)],
    "racetrack.odometer.Odometer": lambda: [Odometer(OdometerConfig(dimensions=count)) for count in (1, 5)],
    "racetrack.decoder.Decoder": lambda: [Decoder(each) for each in _codecs(serial=False)],
    "racetrack.encoder.Encoder": lambda: [Encoder(each) for each in _codecs(serial=False)],
    "racetrack.serial_decoder.SerialDecoder": lambda: [SerialDecoder(each) for each in _codecs(serial=True)],
    "racetrack.serial_encoder.SerialEncoder": lambda: [SerialEncoder(each) for each in _codecs(serial=True)],
}
"""How to make the components that need more than a block's config, by ``<module>.<class>`` below racelet.hw.

A component that needs no arguments is made so; one that needs ``config`` only is made with every config of
:func:`configs`. Neither is listed.
"""


def _readouts() -> list[Any]:
    return configs(BLOCKS["adc"])


def _floats() -> list[BitletConfig]:
    return [BitletConfig(formats=("fp16", "int4"), lanes=12), BitletConfig(formats=("fp32",), lanes=24, width=24)]


def _sums() -> list[AccumulatorConfig]:
    narrow = AccumulatorConfig(formats=("fp16",), total_width=97, guard=40, terms=300, additions=300)
    return [AccumulatorConfig(), narrow]


def _codecs(*, serial: bool) -> list[CodecConfig]:
    return [CodecConfig(code=code, serial=serial) for code in CODE_NAMES]


def _matrices() -> list[MatrixConfig]:
    return [MatrixConfig(), MatrixConfig(number="fp32", ports=3, words_per_port=5, rows=4, columns=6, tile=2)]


def _racetracks() -> list[Any]:
    return configs(BLOCKS["racetrack"])


def _arrays() -> list[Any]:
    return configs(BLOCKS["bitlet"])


def _dwcpwc() -> list[Any]:
    return configs(BLOCKS["dwcpwc"])


def _bitlet() -> list[Any]:
    return [dataclasses.replace(config, engine="bitlet") for config in BLOCKS["dwcpwc"].presets().values()]


def _tracked() -> list[Any]:
    presets = BLOCKS["dwcpwc"].presets().values()
    return [
        dataclasses.replace(config, store="racetrack", store_words_per_port=8, store_reads=reads)
        for config in presets
        for reads in typing.get_args(Reads)
    ]


def classes() -> list[type[Component]]:
    """Every component class defined in a module of hw/, by name."""
    found: list[type[Component]] = []
    for module in pkgutil.walk_packages(racelet.hw.__path__, "racelet.hw."):
        members = vars(importlib.import_module(module.name)).values()
        found += [
            member
            for member in members
            if inspect.isclass(member) and issubclass(member, Component) and member.__module__ == module.name
        ]
    return sorted(found, key=key)


def key(kind: type[Component]) -> str:
    """Name of a component class below racelet.hw."""
    return f"{kind.__module__.removeprefix('racelet.hw.')}.{kind.__qualname__}"


def instances(kind: type[Component]) -> list[Component]:
    """At least one instance of a component class.

    Raises
    ------
    LookupError
        If it is not in ``FACTORIES`` and needs more than its block's config.
    """
    if key(kind) in FACTORIES:
        return FACTORIES[key(kind)]()
    make: Callable[..., Component] = kind
    parameters = inspect.signature(kind).parameters.values()
    arguments = [each.name for each in parameters if each.default is each.empty]
    if not arguments:
        return [make()]
    block = kind.__module__.split(".")[2]
    if block not in BLOCKS or arguments != ["config"]:
        raise LookupError(f"{key(kind)} takes more than its block's config: add it to FACTORIES in {__name__}")
    return [make(config) for config in configs(BLOCKS[block])]


def configs(block: Block) -> list[object]:
    """Every preset of a block, and its default preset once more with each choice of each field that has choices."""
    default = block.presets()[block.default]
    choices = [
        dataclasses.replace(default, **{field: option})
        for field, kind in field_types(type(default)).items()
        if typing.get_origin(kind) is typing.Literal
        for option in typing.get_args(kind)
    ]
    return [*block.presets().values(), *choices]
