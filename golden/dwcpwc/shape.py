"""Shape of one layer, as far as work and traffic go."""

import dataclasses
from typing import Literal

ShapeKind = Literal["convolution", "fully_connected", "fused", "depthwise", "average_pool", "max_pool", "pad", "add"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerShape:
    """One layer: a regular or fully connected convolution, a depthwise one with or without a pointwise one, or one
    without products.

    Parameters
    ----------
    kind : {"convolution", "fully_connected", "fused", "depthwise", "average_pool", "max_pool", "pad", "add"}
        "fused" is depthwise followed by pointwise; "fully_connected" is a convolution over all of its input; "add" has
        two inputs of the same shape.
    height, width, channels : int
        Input, in pixels and channels.
    out_height, out_width, out_channels : int
        Output.
    kernel_rows, kernel_columns : int
        Window of the convolution, of the depthwise part if fused.
    stride, column_stride : int
        Step between rows and between columns of windows.
    """

    kind: ShapeKind
    height: int
    width: int
    channels: int
    out_height: int
    out_width: int
    out_channels: int
    kernel_rows: int = 1
    kernel_columns: int = 1
    stride: int = 1
    column_stride: int = 1

    @property
    def pixels(self) -> int:
        """Output pixels."""
        return self.out_height * self.out_width

    @property
    def taps(self) -> int:
        """Taps of the window."""
        return self.kernel_rows * self.kernel_columns

    @property
    def has_depthwise(self) -> bool:
        """A depthwise convolution is part of the layer."""
        return self.kind in ("fused", "depthwise")

    @property
    def has_dot_products(self) -> bool:
        """A convolution over all channels is part of the layer."""
        return self.kind in ("convolution", "fully_connected", "fused")

    @property
    def depth(self) -> int:
        """Activations in one dot product over all channels."""
        return self.channels * (1 if self.kind == "fused" else self.taps)

    @property
    def macs(self) -> int:
        """Multiplications with weights.

        Examples
        --------
        >>> LayerShape(kind="fused", height=25, width=5, channels=64, out_height=25, out_width=5, out_channels=64,
        ...            kernel_rows=3, kernel_columns=3).macs
        584000
        """
        depthwise = self.pixels * self.channels * self.taps if self.has_depthwise else 0
        return depthwise + (self.pixels * self.depth * self.out_channels if self.has_dot_products else 0)

    @property
    def weights(self) -> int:
        """Weights, one byte each."""
        depthwise = self.channels * self.taps if self.has_depthwise else 0
        return depthwise + (self.depth * self.out_channels if self.has_dot_products else 0)

    @property
    def requantized_channels(self) -> int:
        """Channels with a bias, a multiplier and a shift."""
        depthwise = self.channels if self.has_depthwise else 0
        return depthwise + (self.out_channels if self.has_dot_products else 0)
