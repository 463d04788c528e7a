"""Finds the files that travel with the program: templates, themes, the default config, the sample episodes.

In a checkout and in an editable install they lie beside the package, in a wheel inside it. Nothing else may look for
them by path.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder of the program's own `name` ("templates", "themes", "config" or "seeds").

    Raises FileNotFoundError where the installation is incomplete.
    """
    for place in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"Pullquote's own folder '{name}' is missing: install the program again.")
