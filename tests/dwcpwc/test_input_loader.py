import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.golden.dwcpwc.input_loader import placed
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.sim.dwcpwc.tb_input_loader import verify


@pytest.mark.simulation
def test_places_and_their_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 4), (4, 1, 5)])
def test_bytes_fill_the_tensor_in_the_order_of_its_elements(shape: tuple[int, int, int]) -> None:
    tensor = np.arange(np.prod(shape)).reshape(shape)
    layer = LayerConfig(kind=LayerKind.INPUT, tiles=shape[0] * shape[1], channels=shape[2])
    filled = np.full((shape[0] * shape[1], shape[2]), -1)
    pixel = 0
    found = placed(tensor.reshape(-1).tolist(), layer)
    for byte in found:
        filled[pixel, byte.channel] = byte.value
        pixel += byte.advance
    np.testing.assert_array_equal(filled.reshape(shape), tensor)
    assert pixel == shape[0] * shape[1]
    assert [byte.final for byte in found] == [0] * (tensor.size - 1) + [1]
