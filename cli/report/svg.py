"""Small pieces of SVG: elements, axes, and what a chart is wrapped in."""

import math
from collections.abc import Iterable
from html import escape

WIDTH = 880
"""Width of every chart, in units of its own; a page shows them about as large as CSS pixels."""
LETTER = 7.9
"""Width of a letter of a chart's text in a wide font; what is placed by it never overlaps in a narrower one."""


def element(name: str, content: str = "", **attributes: object) -> str:
    """One element. ``class_`` gives ``class``, underscores become hyphens, numbers get at most two digits.

    Parameters
    ----------
    name : str
    content : str
        Markup inside.
    **attributes
        Left out where None.

    Returns
    -------
    str

    Examples
    --------
    >>> element("rect", x=1.5, y=2.0, class_="bar", stroke_width=1, rx=None)
    '<rect x="1.5" y="2" class="bar" stroke-width="1"/>'
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    text = "".join(f' {key}="{escape(_number(value))}"' for key, value in pairs)
    return f"<{name}{text}>{content}</{name}>" if content else f"<{name}{text}/>"


def text(x: float, y: float, words: str, class_: str = "", *, anchor: str = "start", **attributes: object) -> str:
    """A line of text; ``anchor`` is "start", "middle" or "end"."""
    return element(
        "text",
        escape(words),
        x=x,
        y=y,
        class_=class_ or None,
        text_anchor=None if anchor == "start" else anchor,
        **attributes,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def tip(words: str) -> str:
    """What a browser shows over an element and reads out for it."""
    return element("title", escape(words))


def chart(name: str, height: float, title: str, description: str, body: Iterable[str]) -> str:
    """A whole chart.

    Parameters
    ----------
    name : str
        Unique on the page.
    height : float
    title, description : str
        For who cannot see it.
    body : iterable of str
        Elements.

    Returns
    -------
    str
        An ``svg`` element.
    """
    head = element("title", escape(title), id=f"{name}-title") + element("desc", escape(description), id=f"{name}-desc")
    return element(
        "svg",
        head + "".join(body),
        viewBox=f"0 0 {WIDTH} {_number(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def legend(x: float, y: float, entries: Iterable[tuple[str, str]]) -> str:
    """A row of swatches with their words: (class, words) each."""
    parts = []
    for class_, words in entries:
        parts += [element("rect", x=x, y=y - 10, width=12, height=12, class_=class_), text(x + 18, y, words)]
        x += 18 + LETTER * len(words) + 20
    return "".join(parts)


def ticks(most: float, count: int = 6) -> list[int]:
    """Round whole numbers from 0 to at most ``most``, about ``count`` of them.

    Examples
    --------
    >>> ticks(8355), ticks(3)
    ([0, 2000, 4000, 6000, 8000], [0, 1, 2, 3])
    """
    step = 1
    while most / step > count:
        digits = 10 ** int(math.log10(step))
        step = {1: 2, 2: 5, 5: 10}[step // digits] * digits
    return list(range(0, int(most) + 1, step))


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten between two numbers, with their doubles and quintuples where there is room for them.

    Examples
    --------
    >>> log_ticks(0.5, 400), log_ticks(1, 20)
    ([1.0, 10.0, 100.0], [1.0, 2.0, 5.0, 10.0, 20.0])
    """
    steps = (1, 2, 5) if high / low < 200 else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
