"""Models that the fuzzer begins with: small, valid, and with every kind of operator among them."""

from racelet.nn.models import digits
from racelet.nn.tflite_writer import write_tflite
from tests.models import NetworkBuilder, random_network, with_idle_channels


def seed_models() -> list[bytes]:
    """Contents of the files, the same every time."""
    networks = [random_network(seed, max_size=6, max_channels=6, extended=seed % 2 == 1) for seed in range(8)]
    networks += [random_network(seed, max_size=5, max_channels=5, depth_multipliers=(1, 2, 3)) for seed in range(8, 10)]
    networks.append(with_idle_channels(random_network(10, max_size=6, max_channels=8), 10))
    for append in _SINGLE:
        builder = NetworkBuilder(seed=1, shape=(5, 6, 3))
        append(builder)
        networks.append(builder.graph())
    return [write_tflite(network) for network in networks] + [digits().model.read_bytes()]


def _residual(builder: NetworkBuilder) -> None:
    start = builder.mark()
    builder.conv(3, kernel=(3, 3), activation="RELU6")
    builder.add(start)


def _flattened(builder: NetworkBuilder) -> None:
    builder.fully_connected(4, activation="RELU")
    builder.softmax()


def _reshaped(builder: NetworkBuilder) -> None:
    builder.reshape((30, 1, 3))
    builder.pad((1, 0), (2, 1))
    builder.mean()


# One operator, or nearly: a change of it is not masked by those around it.
_SINGLE = (
    lambda builder: builder.conv(4, kernel=(3, 3), stride=(2, 2)),
    lambda builder: builder.depthwise(kernel=(3, 5), padding="VALID"),
    lambda builder: builder.average_pool((2, 3), (2, 1), "SAME"),
    lambda builder: builder.max_pool((2, 2)),
    _residual,
    _flattened,
    _reshaped,
)
