"""Has the requests of a mailing made ahead: while some are under way the next ones take shape.

What is made here has not left and is noted nowhere. Whoever begins a request looks first whether it is still what
should leave, and has it made anew where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Self

from bot.model.subscriber import Addressee
from bot.posting.hands import Gone, Hand, Written
from bot.store.mailings import Batch


@dataclass(frozen=True)
class Made:
    """A request as it would leave now. `readers` are all that its batch has, `without` those who are left out of it.

    `written` is None where nobody is left.
    """

    readers: tuple[Addressee, ...]
    without: frozenset[int]
    written: Written | None


@dataclass(frozen=True)
class _Order:
    readers: tuple[Addressee, ...]
    written: Future[Written] | None

    @property
    def lost(self) -> bool:
        return self.written is not None and self.written.done() and isinstance(self.written.exception(), Gone)


class Making:
    """The requests of one mailing that are made ahead. One thread orders and takes them.

    `read` gives the readers of requests. Of the `hands` that live the one with the least to do makes the next; once
    none does, there is `spare`.
    """

    def __init__(
        self,
        read: Callable[[Sequence[Batch]], Sequence[Sequence[Addressee]]],
        hands: Sequence[Hand],
        spare: Callable[[], Hand],
    ) -> None:
        self._read = read
        self._hands = list(hands)
        self._spare = spare
        self._ordered: dict[tuple[Batch, frozenset[int]], _Order] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._hands:
            each.close()

    @property
    def makers(self) -> int:
        """How many requests take shape at the same time."""
        return max(1, len(self._hands))

    def order(self, wanted: Sequence[tuple[Batch, frozenset[int]]]) -> list[Future[Written]]:
        """Have requests made, each without some of its readers, and forget all others. They come in this order."""
        for each in [each for each, order in self._ordered.items() if each not in wanted or order.lost]:
            _forget(self._ordered.pop(each))
        new = [each for each in wanted if each not in self._ordered]
        for (batch, without), read in zip(new, self._read([batch for batch, _ in new]) if new else (), strict=True):
            readers = tuple(read)
            staying = [each for each in readers if each.subscriber_id not in without]
            written = self._hand().make(batch.number, staying) if staying else None
            self._ordered[batch, without] = _Order(readers, written)
        made = (self._ordered[each].written for each in wanted)
        return [each for each in made if each is not None]

    def ready(self, batch: Batch) -> Made | None:
        """A request that was ordered, if it is made."""
        for (of, without), order in self._ordered.items():
            if of == batch and (order.written is None or order.written.done()) and not order.lost:
                return Made(order.readers, without, order.written.result() if order.written is not None else None)
        return None

    def give_up(self) -> None:
        """Whoever was told to post something is not waited for any longer."""
        for each in self._hands:
            each.give_up()

    def _hand(self) -> Hand:
        living = [each for each in self._hands if each.lives]
        if not living:
            living = [self._spare()]
            self._hands += living
        return min(living, key=lambda each: each.load)


def _forget(order: _Order) -> None:
    if order.written is not None and not order.written.cancel():
        order.written.add_done_callback(_let_go)


def _let_go(made: Future[Written]) -> None:
    if made.exception() is None:
        made.result().drop()
