"""What one inference costs, as rows: cycles by what they are spent on, bytes across the edge by what they are."""

import dataclasses

from racelet.bench.row import Row
from racelet.golden.dwcpwc.cycles import layer_cycles
from racelet.golden.dwcpwc.layer_config import TRANSFER_KINDS, LayerKind
from racelet.nn.compile import Compiled, predicted_cycles

MOVING = (LayerKind.INPUT, LayerKind.OUTPUT, *TRANSFER_KINDS)
"""Kinds of descriptors that only move a tensor across the edge."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """One inference, from its first input byte to its last output byte.

    Parameters
    ----------
    macs : int
        Multiplications with weights that the network asks for; zeros that fill up are not counted.
    computing, moving, waiting : int
        Cycles of layers that compute and of those that move tensors, each as if nothing kept it waiting; and the rest,
        in which weights or descriptors are not there yet.
    program, ends, spilled : int
        Bytes of program and weights; of input and output; of tensors that go out and come back.
    """

    macs: int
    computing: int
    moving: int
    waiting: int
    program: int
    ends: int
    spilled: int

    @property
    def cycles(self) -> int:
        """All cycles."""
        return self.computing + self.moving + self.waiting

    @property
    def bytes(self) -> int:
        """All bytes across the edge."""
        return self.program + self.ends + self.spilled

    def rows(self, prefix: str) -> list[Row]:
        """Rows, each name begun with a prefix.

        Examples
        --------
        >>> costs = Costs(macs=12, computing=3, moving=2, waiting=1, program=8, ends=4, spilled=0)
        >>> [(row.name, row.value) for row in costs.rows("kws")][:2]
        [('kws_cycles', 6), ('kws_computing_cycles', 3)]
        """
        return [
            Row(f"{prefix}_cycles", self.cycles, "cycles"),
            Row(f"{prefix}_computing_cycles", self.computing, "cycles"),
            Row(f"{prefix}_moving_cycles", self.moving, "cycles"),
            Row(f"{prefix}_waiting_cycles", self.waiting, "cycles"),
            Row(f"{prefix}_bytes", self.bytes, "bytes"),
            Row(f"{prefix}_program_bytes", self.program, "bytes"),
            Row(f"{prefix}_input_output_bytes", self.ends, "bytes"),
            Row(f"{prefix}_loaded_stored_bytes", self.spilled, "bytes"),
            Row(f"{prefix}_macs_per_cycle", self.macs / self.cycles, "MAC/cycle"),
        ]


def costs(compiled: Compiled) -> Costs:
    """Costs by the formula.

    Parameters
    ----------
    compiled : Compiled

    Returns
    -------
    Costs
        Where the program is resident, its bytes are counted once, the cycles of loading it are not.
    """
    config, program = compiled.config, compiled.program
    alone = [
        (layer.kind, layer_cycles(layer, config, cycles))
        for layer, cycles in zip(program.layers, program.set_cycles, strict=True)
    ]
    computing = sum(cycles for kind, cycles in alone if kind not in MOVING)
    moving = sum(cycles for kind, cycles in alone if kind in MOVING)
    edge = program.edge_bytes(config)
    return Costs(
        macs=sum(shape.macs for shape in compiled.network.shapes),
        computing=computing,
        moving=moving,
        waiting=sum(predicted_cycles(compiled, program)) - computing - moving,
        program=edge["program"] + edge["weights"],
        ends=edge["input"] + edge["output"],
        spilled=edge["loaded"] + edge["stored"],
    )
