"""Encoder and decoder of a codec, a word per cycle or a bit."""

from racelet.golden.racetrack.config import CodecConfig
from racelet.hw.racetrack.decoder import Decoder
from racelet.hw.racetrack.encoder import Encoder
from racelet.hw.racetrack.serial_decoder import SerialDecoder
from racelet.hw.racetrack.serial_encoder import SerialEncoder


def encoder(config: CodecConfig) -> Encoder | SerialEncoder:
    """Make the encoder of a codec.

    Examples
    --------
    >>> type(encoder(CodecConfig(code="int8", serial=True))).__name__
    'SerialEncoder'
    """
    return SerialEncoder(config) if config.serial else Encoder(config)


def decoder(config: CodecConfig) -> Decoder | SerialDecoder:
    """Make the decoder of a codec.

    Examples
    --------
    >>> type(decoder(CodecConfig(code="int8"))).__name__
    'Decoder'
    """
    return SerialDecoder(config) if config.serial else Decoder(config)
