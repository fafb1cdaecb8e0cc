"""A strict reader of a report's page: elements as a tree; anything unbalanced or fetched from elsewhere is an error."""

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr", "input"}
OUTSIDE = re.compile(r"(?:https?:)?//|@import|url\(", re.IGNORECASE)
FETCHING = {"src", "srcset", "href", "xlink:href", "data", "action", "poster", "background", "formaction", "manifest"}


@dataclasses.dataclass
class Node:
    """An element: its tag, attributes, and children, which are elements or text."""

    tag: str
    attributes: dict[str, str]
    children: list["Node | str"] = dataclasses.field(default_factory=list)

    def all(self, tag: str, class_: str = "") -> Iterator["Node"]:
        """Every element of a tag below this one, with a class if one is given."""
        for child in self.children:
            if isinstance(child, Node):
                if child.tag == tag and (not class_ or class_ in child.attributes.get("class", "").split()):
                    yield child
                yield from child.all(tag, class_)

    def one(self, tag: str, class_: str = "") -> "Node":
        """The only one of them."""
        (found,) = self.all(tag, class_)
        return found

    @property
    def text(self) -> str:
        """All text in it, spaces collapsed."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>, line {self.getpos()[0]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: str) -> Node:
    """The page as a tree, after a check that it is whole and needs nothing from outside."""
    assert page.startswith("<!DOCTYPE html>")
    assert not OUTSIDE.search(page)
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root], f"not closed: {[node.tag for node in reader.open[1:]]}"
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids)), "an id is there twice"
    for named in re.findall(r' aria-labelledby="([^"]*)"', page):
        assert set(named.split()) <= set(ids)
    for tag in ("script", "img", "link", "iframe", "object"):
        assert not list(reader.root.all(tag))
    assert not [name for node in _nodes(reader.root) for name in node.attributes if name in FETCHING]
    return reader.root


def rows(table: Node) -> list[list[str]]:
    """Text of the cells of a table, row by row."""
    return [
        [cell.text for cell in row.children if isinstance(cell, Node) and cell.tag in ("td", "th")]
        for row in table.all("tr")
    ]


def _nodes(node: Node) -> Iterator[Node]:
    for child in node.children:
        if isinstance(child, Node):
            yield child
            yield from _nodes(child)
