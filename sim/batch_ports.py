"""Writes the C++ header that tells the batch simulator's loop which ports a top level has."""

import dataclasses
from collections.abc import Sequence

from amaranth.hdl import Shape
from amaranth.lib import data, wiring

from racelet.hw.lib.verilog import StreamPorts, ports, streams


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pulse:
    """A plain input that the loop raises for one cycle at a time.

    Parameters
    ----------
    port : str
        One bit wide.
    unless : str
        Output port, one bit wide, that must be low when the pulse is raised; empty for none.
    """

    port: str
    unless: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """A pair of streams that the loop serves from a memory.

    The first beat is offered in the cycle after its request was taken, or right after the last beat of the answer
    before; up to four requests wait.

    Parameters
    ----------
    request : str
        Output stream of structs with the fields ``address`` and ``beats``, at most 64 bits together.
    response : str
        Input stream of beats.
    unit : int
        Steps of ``address`` from one beat to the next.
    """

    request: str
    response: str
    unit: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memory:
    """Three streams by which a component uses a memory that the loop keeps.

    Requests are served in their order, up to four wait. The first beat that is read is offered in the cycle after its
    request was taken, or right after the last beat of the request before; so are beats taken that are written.

    Parameters
    ----------
    request : str
        Output stream of structs with the fields ``address``, ``beats`` and ``store`` (one bit: write), at most 128 bits
        together.
    read : str
        Input stream of beats.
    write : str
        Output stream of beats, as wide as those of ``read``.
    beats : int
        Size of the memory; room is taken only where something is written.
    """

    request: str
    read: str
    write: str
    beats: int


class TopLevel:
    """Ports of a component as the loop sees them.

    Parameters
    ----------
    component : wiring.Component
    pulses : sequence of Pulse
    answers : sequence of Answer
    memories : sequence of Memory

    Raises
    ------
    ValueError
        If a pulse, answer or memory names a port that is not there or of the wrong kind.
    """

    def __init__(
        self,
        component: wiring.Component,
        pulses: Sequence[Pulse] = (),
        answers: Sequence[Answer] = (),
        memories: Sequence[Memory] = (),
    ) -> None:
        self.pulses = {pulse.port: pulse for pulse in pulses}
        self.answers = {answer.request: answer for answer in answers}
        self.memories = {memory.request: memory for memory in memories}
        self.streams = {stream.name: stream for stream in streams(component)}
        served = {name for answer in answers for name in (answer.request, answer.response)}
        served |= {name for memory in memories for name in (memory.request, memory.read, memory.write)}
        free = [stream for stream in self.streams.values() if stream.name not in served]
        self.sources = [stream.name for stream in free if stream.direction == "in"]
        self.sinks = [stream.name for stream in free if stream.direction == "out"]
        parts = {f"{name}__{part}" for name in self.streams for part in ("payload", "valid", "ready")}
        known = {port.name: port for port in ports(component)}
        plain = [port for port in known.values() if port.name not in parts and port.width <= 64]
        self.words_in = [port.name for port in plain if port.direction == "in" and port.name not in self.pulses]
        self.words_out = [port.name for port in known.values() if port.direction == "out" and port.width <= 64]
        for pulse in pulses:
            for name, direction in ((pulse.port, "in"), (pulse.unless, "out")):
                if name and (name not in known or known[name].width != 1 or known[name].direction != direction):
                    raise ValueError(f"Pulse {pulse.port}: {name} is not a one-bit {direction}put of the component")
        for answer in answers:
            self._check_streams(answer, {answer.request: "out", answer.response: "in"})
            self._request_fields(answer)
        for memory in memories:
            self._check_streams(memory, {memory.request: "out", memory.read: "in", memory.write: "out"})
            self._request_fields(memory)
            if self.streams[memory.read].width != self.streams[memory.write].width:
                raise ValueError(f"Memory {memory.request}: {memory.read} and {memory.write} must be of one width")

    def header(self) -> str:
        """Text of ``ports.h``, of which batch_shim.cpp explains the macros."""
        lines = [
            _table("SOURCES", self.sources),
            _table("SINKS", self.sinks),
            _table("PULSES", self.pulses),
            _table("WORDS_IN", self.words_in),
            _table("WORDS_OUT", self.words_out),
            _table("ANSWERS", [self._row(each, each.request, each.response) for each in self.answers.values()]),
            _table(
                "MEMORIES", [self._row(each, each.request, each.read, each.write) for each in self.memories.values()]
            ),
        ]
        for stream in self.streams.values():
            lines += _stream_lines(stream)
        for pulse in self.pulses.values():
            lines.append(f"#define BLOCKED_{pulse.port} {_member(pulse.unless) if pulse.unless else '0'}")
        lines += [f"#define PORT_{name} {_member(name)}" for name in [*self.pulses, *self.words_in, *self.words_out]]
        return "\n".join([*lines, ""])

    def _check_streams(self, served: Answer | Memory, directions: dict[str, str]) -> None:
        for name, direction in directions.items():
            if name not in self.streams or self.streams[name].direction != direction:
                kind = type(served).__name__
                raise ValueError(f"{kind} {served.request}: {name} is not a stream {direction} of the component")

    def _row(self, served: Answer | Memory, *names: str) -> str:
        address, beats, *store = self._request_fields(served)
        numbers = [n for field in (address, beats) for n in (field.offset, Shape.cast(field.shape).width)]
        return ", ".join([*names, *(str(n) for n in [*numbers, *(field.offset for field in store)])])

    def _request_fields(self, served: Answer | Memory) -> list[data.Field]:
        stream = self.streams[served.request]
        layout, kind = stream.shape, type(served).__name__
        names, most = (["address", "beats"], 64) if isinstance(served, Answer) else (["address", "beats", "store"], 128)
        if not isinstance(layout, data.StructLayout) or stream.width > most or not set(names) <= layout.members.keys():
            raise ValueError(
                f"{kind} {served.request}: the payload must be a struct with {', '.join(names[:-1])} and {names[-1]}, "
                f"{most} bits at most"
            )
        return [layout[name] for name in names]


def _stream_lines(stream: StreamPorts) -> list[str]:
    name = stream.name
    valid = _member(f"{name}__valid") if stream.has_valid else "1"
    ready = _member(f"{name}__ready") if stream.has_ready else "1"
    driven, exists = (valid, stream.has_valid) if stream.direction == "in" else (ready, stream.has_ready)
    return [
        f"#define DATA_{name} {_member(f'{name}__payload')}",
        f"#define VALID_{name} {valid}",
        f"#define READY_{name} {ready}",
        f"#define DRIVE_{name}(v) ({f'{driven} = (v)' if exists else '(void)(v)'})",
    ]


def _table(macro: str, rows: Sequence[str] | dict[str, Pulse]) -> str:
    return f"#define {macro}(X) " + " ".join(f"X({row})" for row in rows)


def _member(port: str) -> str:
    # Verilator writes two underscores in a row as ___05F.
    return "top." + port.replace("__", "___05F")
