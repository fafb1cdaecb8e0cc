"""Places of tensors in the activation buffer, as the bench of the whole accelerator chooses them."""

import dataclasses

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import FIELDS, LayerKind


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tensor:
    """A tensor and where it lies.

    Parameters
    ----------
    address : int
        First byte, in every bank.
    height, width, channels : int
        Shape.
    pixel_pitch : int
        Bytes from a pixel to the next of the same bank.
    """

    address: int
    height: int
    width: int
    channels: int
    pixel_pitch: int

    @property
    def row_pitch(self) -> int:
        """Bytes from a row to the next of the same bank."""
        return -(-self.width // 3) * self.pixel_pitch

    def end(self, config: DwcPwcConfig) -> int:
        """First word behind it."""
        used = -(-self.height // 3) * self.row_pitch
        return self.address + -(-used // config.input_lanes) * config.input_lanes

    def as_output(self) -> dict[str, int]:
        """Fields of the layer that writes it."""
        return {
            "width": self.width,
            "channels": self.channels,
            "address": self.address,
            "row_pitch": self.row_pitch,
            "pixel_pitch": self.pixel_pitch,
        }

    def as_source(self, pad_top: int = 0, pad_left: int = 0) -> dict[str, int]:
        """Fields of a layer that reads it, its first window beginning in the padding."""
        address = self.address + -pad_top // 3 * self.row_pitch + -pad_left // 3 * self.pixel_pitch
        return {
            "source_address": address % (1 << FIELDS["source_address"]),
            "source_row_pitch": self.row_pitch,
            "source_pixel_pitch": self.pixel_pitch,
            "source_height": self.height,
            "source_width": self.width,
            "source_channels": self.channels,
            "source_row": -pad_top % 3,
            "source_column": -pad_left % 3,
            "pad_top": pad_top,
            "pad_left": pad_left,
        }


def band(tensor: Tensor, first: int, rows: int) -> dict[str, int]:
    """Fields of a layer that reads some rows of a tensor, without padding.

    Examples
    --------
    >>> fields = band(Tensor(address=8, height=7, width=4, channels=1, pixel_pitch=2), 5, 2)
    >>> fields["source_address"], fields["source_row"], fields["source_height"]
    (12, 2, 2)
    """
    there = {"source_address": tensor.address + first // 3 * tensor.row_pitch, "source_row": first % 3}
    return {**tensor.as_source(), **there, "source_height": rows}


def place(address: int, size: tuple[int, int, int], written: int, reader: LayerKind, config: DwcPwcConfig) -> Tensor:
    """The tightest place in which no group of bytes crosses a word.

    Parameters
    ----------
    address : int
        Where it begins.
    size : (int, int, int)
        Height, width, channels.
    written : int
        Bytes of a group that is written at once.
    reader : LayerKind
        Kind of the layer that reads it.
    config : DwcPwcConfig

    Returns
    -------
    Tensor

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=8)
    >>> [place(0, (1, 1, n), 2, LayerKind.GATHER, config).pixel_pitch for n in (1, 3, 8, 9)]
    [2, 4, 8, 16]
    """
    lanes = config.input_lanes
    read = {
        LayerKind.WORDS: lanes,
        LayerKind.AVERAGE_POOL: lanes,
        LayerKind.MAX_POOL: lanes,
        LayerKind.ADD: lanes,
        LayerKind.STORE: lanes,
        LayerKind.FUSED: config.depthwise_lanes,
        LayerKind.DEPTHWISE: config.depthwise_lanes,
    }.get(reader, 1)
    height, width, channels = size
    pitch = max(1 << (channels - 1).bit_length(), written, read)
    if pitch > lanes:
        pitch = -(-channels // lanes) * lanes
    return Tensor(address=address, height=height, width=width, channels=channels, pixel_pitch=pitch)
