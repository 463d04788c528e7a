"""Says of a template that failed which file and line it was, what is wrong, and what to do."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError


class OverLimit(RuntimeError):
    """A template takes more than it may; raised in the line that it was at. `str(error)` says of what."""


FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RuntimeError,
    MemoryError,
)
"""What a template written by somebody else can raise while it is compiled or rendered."""

# Jinja names the class, which is called as the name in the template is.
_LACKING = re.compile(r"'[\w.]*\.(\w+) object' has no attribute '(\w+)'")


def fault(error: Exception, name: str, folders: tuple[Path, ...]) -> str:
    """A sentence for whoever wrote the template `name`: file, line, what is wrong and the remedy."""
    match error:
        case TemplateSyntaxError():
            place = f"{error.filename or _file(error.name or name, folders)}:{error.lineno}"
            return f"{place}: {_sentence(error.message)} Mend the line, or remove the file to use the shipped one."
        case TemplateNotFound():
            looked = ", ".join(str(folder) for folder in folders)
            return (
                f"{_place(error, name, folders)}: there is no template '{error.name or name}' in {looked}. "
                "Correct the name or add the file."
            )
        case UndefinedError():
            return (
                f"{_place(error, name, folders)}: {_sentence(_LACKING.sub(_lacks, error.message or ''))} "
                "Use a name that docs/templates.md lists for this template."
            )
        case SecurityError():
            return (
                f"{_place(error, name, folders)}: {_sentence(error.message)} "
                "Templates may read what they are given and change nothing: remove the call."
            )
        case OverLimit():
            return f"{_place(error, name, folders)}: {_sentence(str(error))} Make it shorter, or take the line out."
        case MemoryError():
            return (
                f"{_place(error, name, folders)}: it takes more memory than a mail may. "
                "Look for a text that is repeated or doubled there."
            )
        case UnicodeDecodeError():
            return f"{_file(name, folders)}: not UTF-8 (byte {error.start}). Save the template as UTF-8."
        case _:
            return (
                f"{_place(error, name, folders)}: {_sentence(f'{type(error).__name__}: {error}')} "
                "Mend the expression on that line; docs/templates.md says what each name holds."
            )


def _lacks(found: re.Match[str]) -> str:
    return f"there is no '{found[2]}' in '{found[1].lower()}'"


def _place(error: Exception, name: str, folders: tuple[Path, ...]) -> str:
    """File and line of the innermost frame that is a template: Jinja rewrites tracebacks to point there."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders):
            return f"{frame.filename}:{frame.lineno}"
    return _file(name, folders)


def _file(name: str, folders: tuple[Path, ...]) -> str:
    return next((str(folder / name) for folder in folders if (folder / name).is_file()), name)


def _sentence(text: str | None) -> str:
    words = " ".join((text or "the template failed").split())
    return words if words.endswith((".", "!", "?")) else f"{words}."
