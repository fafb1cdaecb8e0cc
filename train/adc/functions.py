"""The converter's quantizer as PyTorch differentiates it: straight through, with noise, and relaxed."""
# Ref: C. Louizos et al., Relaxed Quantization, ICLR 2019, with its local grid. arXiv:1810.01875

import functools
import math
from typing import Any

REACH = 6.0
"""Scales of the noise within which levels are looked at; those farther have a probability of 0.5 % together."""
_CHUNK = 1 << 13
"""Inputs at a time, so that all their levels stay in a processor's cache."""
_CHUNK_CUDA = 1 << 22


def round_through(x: Any, low: int, high: int) -> Any:
    """Round half up into low..high; the gradient is that of clipping half a step outside.

    Parameters
    ----------
    x : torch.Tensor
    low, high : int

    Returns
    -------
    torch.Tensor, as ``x``
    """
    clipped = x.clamp(low - 0.5, high + 0.5)
    return clipped + ((clipped + 0.5).floor().clamp(low, high) - clipped).detach()


def bit_planes(x: Any, bits: int) -> list[Any]:
    """Bits of whole numbers, from the lowest up, each with the number's sign.

    Their sum, each times its worth, is the number, and so are the gradients: a plane passes its worth of them on.

    Parameters
    ----------
    x : torch.Tensor
        Whole numbers of magnitudes below ``2 ** bits``.
    bits : int

    Returns
    -------
    list of torch.Tensor, as ``x``
    """
    whole, norm = x.detach(), sum(4**place for place in range(bits))
    magnitude, sign = whole.abs(), whole.sign()
    planes = [(magnitude / 2**place).floor().remainder(2) * sign for place in range(bits)]
    return [plane + (x - whole) * (2**place / norm) for place, plane in enumerate(planes)]


def straight_through(x: Any, alpha: Any, beta: float, codes: tuple[int, int], noise: Any = None) -> Any:
    """Level of each input's code, with gradients as :func:`racelet.golden.adc.quantizer.straight_through_gradients`.

    Parameters
    ----------
    x : torch.Tensor
        In MAC units.
    alpha : torch.Tensor, no axes
        Step.
    beta : float or torch.Tensor
        Level of code 0.
    codes : (int, int)
        First and last.
    noise : torch.Tensor, as ``x``, optional

    Returns
    -------
    torch.Tensor, as ``x``
    """
    noisy = x if noise is None else x + noise
    return alpha * round_through((noisy - beta) / alpha, *codes) + beta


def logistic(torch: Any, like: Any, generator: Any) -> Any:
    """Logistic noise of scale 1, of the same shape, type and device."""
    uniform = torch.rand(like.shape, generator=generator, dtype=like.dtype, device=like.device)
    return uniform.clamp_(1e-7, 1 - 1e-7).logit_()


def window(levels: int, alpha: float, scale: float) -> int:
    """Levels around an input that are looked at.

    Parameters
    ----------
    levels : int
        All there are.
    alpha, scale : float
        Step, and scale of the noise.
    """
    return min(levels, 2 * math.ceil(REACH * scale / alpha) + 2)


def sample_spread(temperature: float) -> float:
    """Standard deviation of a sample of the Concrete distribution over that of the noise it stands for.

    A fit to samples of levels that are one and a half to three scales of the noise apart, at temperatures of 0.1 to 1;
    what they have, rounding included, is within a tenth of it.

    Examples
    --------
    >>> [round(sample_spread(temperature), 2) for temperature in (1.0, 0.5, 0.25, 0.1)]
    [0.56, 0.75, 0.87, 0.95]
    """
    return (1 + temperature + 1.2 * temperature**2) ** -0.5


def concrete(
    torch: Any,
    x: Any,
    alpha: Any,
    beta: Any,
    scale: Any,
    codes: tuple[int, int],
    temperature: float,
    *,
    generator: Any = None,
    gumbels: Any = None,
    hard: bool = False,
) -> Any:
    """Sample of the noisy quantizer's Concrete distribution, as :func:`racelet.golden.adc.quantizer.concrete`.

    Slopes are made with the value, level by level, so that nothing of a level is kept for the way back.

    Parameters
    ----------
    torch : module
    x : torch.Tensor
        In MAC units.
    alpha, beta, scale : torch.Tensor, no axes
        Step, level of code 0, scale of the noise.
    codes : (int, int)
        First and last.
    temperature : float
    generator : torch.Generator
        Draws Gumbels, for levels in the :func:`window` of each input only.
    gumbels : torch.Tensor, one more axis in front, of codes
        Instead of draws, and for all levels.
    hard : bool
        Give the level of most weight; gradients are those of the sample, but the levels' own, which are of that level.

    Returns
    -------
    torch.Tensor, as ``x``
    """
    with torch.no_grad():
        flat, count = x.detach().reshape(-1), codes[1] - codes[0] + 1
        size = _CHUNK_CUDA if flat.is_cuda else _CHUNK
        if gumbels is None:
            count = window(count, float(alpha), float(scale))
        draws = None if gumbels is None else gumbels.reshape(count, -1)
        parts, wanted = [], bool(scale.requires_grad)
        for first in range(0, flat.numel(), size):
            piece = flat[first : first + size]
            if draws is None:
                uniform = torch.rand((count, len(piece)), generator=generator, dtype=x.dtype, device=x.device)
                drawn = uniform.clamp_(1e-7, 1 - 1e-7).log_().neg_().log_().neg_()
            else:
                drawn = draws[:, first : first + size]
            parts.append(_sample(torch, piece, (alpha, beta, scale), codes, temperature, drawn, hard, wanted))
        value, by_x, by_alpha, by_scale = (torch.cat(each).reshape(x.shape) for each in zip(*parts, strict=True))
    return _sampled(torch).apply(x, alpha, beta, scale, value, by_x, by_alpha, by_scale)


def _sample(
    torch: Any,
    x: Any,
    parameters: tuple[Any, Any, Any],
    codes: tuple[int, int],
    temperature: float,
    gumbels: Any,
    hard: bool,
    by_scale_wanted: bool,
) -> tuple[Any, Any, Any, Any]:
    """Values of a piece, and slopes by x, alpha and, if wanted, the scale; levels are the first axis."""
    alpha, beta, scale = parameters
    count = len(gumbels)
    first = ((x - beta) / alpha).round_().sub_(count // 2).clamp_(codes[0], codes[1] - count + 1)
    steps = torch.arange(count + 1, dtype=x.dtype, device=x.device)[:, None]
    at = ((first + steps - 0.5) * alpha + beta - x) / scale
    below = torch.sigmoid(at)
    # The outermost bins reach to infinity. A window's own ends are none: what lies beyond is left out.
    lowest, highest = first == codes[0], first == codes[1] - count + 1
    below[0].masked_fill_(lowest, 0)
    below[-1].masked_fill_(highest, 1)
    lower, upper = below[:-1], below[1:]
    ratio = alpha / scale
    logs = (upper * (1 - lower)).log_()
    inner = -torch.log(-torch.expm1(-ratio))
    logs[0] += inner * lowest
    logs[-1] += inner * highest
    shares = logs.add_(gumbels).mul_(1 / temperature).softmax(0)
    offsets = steps[:-1]
    mean = (shares * offsets).sum(0)
    code = first + (shares.argmax(0).to(x.dtype) if hard else mean)
    weights = (offsets - mean).mul_(shares)
    # Slopes of log F(upper) and log F(-lower) by their arguments, and of the factor that the outermost bins lack.
    tilt = (weights * (lower + upper - 1)).sum(0)
    gain = alpha / (temperature * scale)
    by_x = tilt * gain
    width = 1 / torch.expm1(ratio)
    missing = -(weights[0] * lowest + weights[-1] * highest)
    # With codes k = first + offset: above (k + 1/2) - under (k - 1/2) = k (above - under) + (above + under) / 2.
    gap = upper - lower
    moment = (weights * (offsets * (lower + upper - 1) + 0.5 * gap)).sum(0)
    by_alpha = (missing * width - moment - first * tilt) * gain
    by_scale = torch.zeros_like(by_x)
    if by_scale_wanted:
        at[0].masked_fill_(lowest, 0)
        at[-1].masked_fill_(highest, 0)
        slopes = (weights * ((1 - upper) * at[1:] - lower * at[:-1])).sum(0)
        by_scale = -(slopes + missing * width * ratio) * gain
    return alpha * code + beta, by_x, code + by_alpha, by_scale


@functools.cache
def _sampled(torch: Any) -> Any:
    """The function that has its slopes already."""

    def forward(
        context: Any, x: Any, alpha: Any, beta: Any, scale: Any, value: Any, by_x: Any, by_alpha: Any, by_scale: Any
    ) -> Any:
        del x, alpha, beta, scale
        context.save_for_backward(by_x, by_alpha, by_scale)
        return value

    def backward(context: Any, slope: Any) -> tuple[Any, ...]:
        by_x, by_alpha, by_scale = context.saved_tensors
        wanted = context.needs_input_grad
        return (
            slope * by_x if wanted[0] else None,
            (slope * by_alpha).sum() if wanted[1] else None,
            (slope * (1 - by_x)).sum() if wanted[2] else None,
            (slope * by_scale).sum() if wanted[3] else None,
            *([None] * 4),
        )

    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Sampled", (torch.autograd.Function,), members)
