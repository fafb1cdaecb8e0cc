import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.tile_counter import tile_sizes
from racelet.sim.dwcpwc.tb_tile_counter import verify


@pytest.mark.simulation
def test_pixels_and_tiles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.parametrize("pixels", [1, 2, 7, 8, 9, 64])
@pytest.mark.parametrize("most", [1, 2, 8])
def test_tiles_of_a_layer_have_all_its_pixels(pixels: int, most: int) -> None:
    left, sizes = pixels, []
    while left:
        sizes.append(min(left, most))
        left -= sizes[-1]
    layer = LayerConfig(kind=LayerKind.FUSED, tiles=len(sizes), tile_pixels=most, last_tile_pixels=sizes[-1])
    assert tile_sizes(layer) == sizes
