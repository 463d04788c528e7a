"""Every error that Pullquote raises on purpose. Each is a sentence for somebody: where, what, what to do.

    PullquoteError
    ├── UnreadableDocument      who supplies the document: set aside, the others go on
    ├── Unfetched               nobody yet: an address of somebody else gave no answer; it is asked again later
    ├── ConfigError             the host: nothing starts until it is mended
    │   └── TemplateFault       the host: what needs the template or theme waits, or is held; all the rest goes on
    ├── StoreError              the host: the database cannot be opened, or is of another version
    ├── NoDraft                 nobody: a language model's answer is of no use, and extracts take its place
    ├── Refused                 the editor: the step is not possible as things stand; nothing was changed
    │   ├── Missing             there is nothing of that number
    │   ├── StaleDraft          the draft changed since it was looked at
    │   ├── Awaited             something of the draft is being made; soon it is possible
    │   ├── Unheard             a recording could not be fetched; at another time it may be
    │   ├── Over                a link that works once, or for some time, does nothing any more
    │   ├── WrongField          what was entered in one field can never be taken as it is
    │   └── FalseQuote          words in quotation marks that are not in the transcript
    └── Unsent                  nobody yet: how an attempt to publish ended when it was not accepted
        ├── NotSent             nothing left the house, or it was turned away before it counted: try later
        ├── Rejected            the platform will never take it as it is: the editor or the host
        └── Unknown             the request left and no clear answer came: look it up, never send it again unasked

Anything else that is raised is a fault of ours and is shown with its traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial


class PullquoteError(Exception):
    """The root. `str(error)` is one or more whole sentences that a person can act on."""


class UnreadableDocument(PullquoteError):
    """A document that cannot be understood.

    `name` is the file or address, `line` counts from 1 (None where no line is to blame), `expected` is what should
    have stood there and `remedy` what to do about it.
    """

    def __init__(self, name: str, expected: str, remedy: str, *, line: int | None = None) -> None:
        self.name = name
        self.line = line
        self.expected = expected
        self.remedy = remedy
        place = f"{name}:{line}" if line is not None else name
        super().__init__(f"{place}: {expected} {remedy}")


class Unfetched(PullquoteError):
    """An address that was to be read gave no whole answer. The message names its host and nothing more of it."""


class ConfigError(PullquoteError):
    """Faults in the configuration, all of them at once."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class TemplateFault(ConfigError):
    """A template or a theme that cannot be rendered; each fault names file, line and remedy."""


class StoreError(PullquoteError):
    """The database cannot be used as it is."""


class NoDraft(PullquoteError):
    """A language model answered, but with nothing that could be a draft."""


class Refused(PullquoteError):
    """A step that the present state does not allow.

    `said` is what is wrong; `page` and `terminal` what to do about it, for whoever sits before a page or calls the
    API, and for whoever types commands. `str(error)` names no command; `at_terminal` may.
    """

    def __init__(self, said: str, *, page: str = "", terminal: str = "") -> None:
        self.at_terminal = _followed(said, terminal or page)
        super().__init__(_followed(said, page))


def _followed(said: str, remedy: str) -> str:
    return f"{said}{'' if said.endswith(chr(10)) else ' '}{remedy}" if remedy else said


class Missing(Refused):
    """There is no draft, delivery or episode of that number."""


class StaleDraft(Refused):
    """Somebody else changed the draft meanwhile."""


class Over(Refused):
    """A link does nothing any more; the sentence says why."""


class Awaited(Refused):
    """Something of the draft is being made still."""


class Unheard(Refused):
    """A recording could not be fetched now."""


class WrongField(Refused):
    """What was entered is at fault, not how things stand. `field` is its name: "subject", "due"."""

    def __init__(self, said: str, *, field: str, page: str = "", terminal: str = "") -> None:
        self.field = field
        super().__init__(said, page=page, terminal=terminal)


class FalseQuote(Refused):
    """Quotation marks around `words` that the transcript does not hold; "" where they are not known."""

    def __init__(self, said: str, *, words: str = "") -> None:
        self.words = words
        super().__init__(said)


class Unsent(PullquoteError):
    """An attempt that did not end with a receipt. `answer` is what the platform said, for the record."""

    def __init__(self, reason: str, *, answer: str = "") -> None:
        self.answer = answer
        super().__init__(reason)

    def __reduce__(self) -> tuple[Callable[[], Unsent], tuple[()]]:
        """Between processes: as they come, exceptions forget the names of their arguments."""
        return partial(type(self), str(self), **vars(self)), ()


class NotSent(Unsent):
    """Safe to try again. `retry_after` is a floor in seconds that the platform asked for."""

    def __init__(self, reason: str, *, answer: str = "", retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(reason, answer=answer)


class Rejected(Unsent):
    """Will never work as it is. `remedy` says what would help."""

    def __init__(self, reason: str, *, remedy: str, answer: str = "") -> None:
        self.remedy = remedy
        super().__init__(reason, answer=answer)


class Unknown(Unsent):
    """The request left, and whether it counted is not known."""
