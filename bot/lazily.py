"""The public names of a package, whose modules are loaded when a name is first asked for (docs/decisions/starting.md).

A package says in its `if TYPE_CHECKING` where its names come from, for people and tools, and once more as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def names(package: str, found_in: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `found_in` says which of its modules defines which names."""
    module_of = {name: f"{package}.{module}" for module, names in found_in.items() for name in names}

    def __getattr__(name: str) -> Any:  # noqa: N807 - the hook of PEP 562
        if name not in module_of:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(module_of[name]), name)

    return __getattr__


def load(*packages: str) -> None:
    """Load packages with all their modules, for a process that stays.

    Whatever is put in the place of this program while it runs, it then goes on as it began.
    """
    for package in packages:
        found = import_module(package)
        for each in iter_modules(getattr(found, "__path__", ()), f"{package}."):
            import_module(each.name)
