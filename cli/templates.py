"""Templates of pages, which lie beside the modules that fill them."""

import importlib.resources

import jinja2


def environment(package: str) -> jinja2.Environment:
    """What finds the templates of a package; every value is escaped, and one that is not given is an error.

    Parameters
    ----------
    package : str
        As it is imported.
    """
    folder = importlib.resources.files(package)
    return jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
    )
