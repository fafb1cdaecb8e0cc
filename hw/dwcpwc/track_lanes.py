"""What passes between the weight store on racetracks and its tracks."""

from amaranth.lib import wiring
from amaranth.lib.data import ArrayLayout, StructLayout
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import WORD_BITS, DwcPwcConfig
from racelet.hw.racetrack.layouts import Direction, Kind, Span, word_place


def beat_place(config: DwcPwcConfig) -> StructLayout:
    """The number of a beat: its port, its track, and which word of the port it is."""
    places = word_place(config.store_tracks)
    return StructLayout({name: places[name] for name in ("port", "track", "slot")})


def beat_words(config: DwcPwcConfig) -> ArrayLayout:
    """Words of a beat, one for each byte."""
    return ArrayLayout(WORD_BITS, config.weight_beat_bytes)


class LanesSignature(wiring.Signature):
    """Pins of the tracks, as the store sees them: those of one byte of a beat each, which move together.

    Operations are as :class:`racelet.hw.racetrack.layouts.DeviceSignature` has them. With ``single`` one of them is
    done to the tracks of byte ``lane`` alone; else to those of all bytes. ``bit`` says for each byte what is at the
    port, ``bits``, with ``store_reads`` "serpentine", what is at each port, the bytes of port 0 first; ``fault`` that
    one of the tracks that take part tells a fault.

    Parameters
    ----------
    config : DwcPwcConfig
    """

    separator = "_"

    def __init__(self, config: DwcPwcConfig) -> None:
        places, lanes = word_place(config.store_tracks), config.weight_beat_bytes
        every = {"bits": In(lanes * config.store_ports)} if config.store_reads == "serpentine" else {}
        super().__init__(
            {
                "valid": Out(1),
                "strobe": Out(1),
                "kind": Out(Kind),
                "home": Out(1),
                "track": Out(max(places["track"], 1)),
                "port": Out(max(places["port"], 1)),
                "span": Out(Span),
                "direction": Out(Direction),
                "single": Out(1),
                "lane": Out(range(lanes)),
                "bit": In(lanes),
                "fault": In(1),
                **every,
            }
        )
