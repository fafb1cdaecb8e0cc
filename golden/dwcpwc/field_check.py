"""Field check: which descriptors no layer could come to an end with."""

from collections.abc import Mapping

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import COUNTS, DOT_KINDS, LayerKind


def wrong_field(fields: Mapping[str, int], config: DwcPwcConfig) -> str | None:
    """The first field of a descriptor that is wrong.

    A count that the kind reads must not be zero. In kinds with dot products a tile must not have more pixels than
    partial sums are kept, nor the last word more lanes or the last pass more groups than there are.

    Parameters
    ----------
    fields : mapping of str to int
        All fields of a descriptor whose kind is one of those there are.
    config : DwcPwcConfig

    Returns
    -------
    str or None
        Its name; None if there is none.

    Examples
    --------
    >>> import dataclasses
    >>> from racelet.golden.dwcpwc.layer_config import LayerConfig
    >>> fields = dataclasses.asdict(LayerConfig(kind=LayerKind.OUTPUT, kernel_rows=0, words=0))
    >>> wrong_field(fields, DwcPwcConfig()), wrong_field(fields | {"kind": LayerKind.INPUT}, DwcPwcConfig())
    ('kernel_rows', None)
    """
    kind = LayerKind(fields["kind"])
    for name in COUNTS[kind]:
        if not fields[name]:
            return name
    if kind in DOT_KINDS:
        most = {
            "tile_pixels": config.tile_pixels,
            "last_tile_pixels": config.tile_pixels,
            "tail_lanes": config.input_lanes,
            "tail_groups": config.output_lanes // config.requantizers,
        }
        for name, limit in most.items():
            if fields[name] > limit:
                return name
    return None
