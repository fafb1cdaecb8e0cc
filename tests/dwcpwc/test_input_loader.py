import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.input_loader import placed
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.sim.dwcpwc.tb_input_loader import verify


@pytest.mark.simulation
@pytest.mark.parametrize("preset", ["tiny", "large"])
def test_places_and_their_cycles_match_golden(preset: str) -> None:
    verify(PRESETS[preset], seed=1)


@pytest.mark.parametrize("lanes", [1, 2, 4])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (4, 1, 5)])
def test_beats_fill_the_tensor_in_the_order_of_its_elements(shape: tuple[int, int, int], lanes: int) -> None:
    pixels, whole = shape[0] * shape[1], -(-shape[2] // lanes) * lanes
    tensor = np.arange(pixels * whole).reshape(pixels, whole)
    layer = LayerConfig(kind=LayerKind.LOAD, tiles=pixels, channels=shape[2])
    filled = np.full((pixels, whole), -1)
    pixel = 0
    found = placed(tensor.reshape(-1, lanes).tolist(), layer)
    for beat in found:
        filled[pixel, beat.channel : beat.channel + lanes] = beat.values
        pixel += beat.advance
    np.testing.assert_array_equal(filled, tensor)
    assert pixel == pixels
    assert [beat.final for beat in found] == [0] * (len(found) - 1) + [1]
