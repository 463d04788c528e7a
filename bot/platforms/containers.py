"""Containers, as Threads and Instagram have them: made ahead and shown to nobody, published once, asked afterwards.

A container is the best witness of its own publication: FINISHED says that it was not published, PUBLISHED that it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import NotSent, Rejected, Unknown
from bot.platforms.contract import Http, Outgoing, Receipt, Uploaded
from bot.platforms.facts import SKEW
from bot.platforms.graph import Graph, id_of
from bot.platforms.replies import field, shown

_WITHOUT_ADDRESS = (
    "needs a public address for pictures and films: write the address under which others reach 'pullquote desk' into "
    "[web] public, and let it run."
)


class State(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Containers:
    """Where one service makes and publishes containers, and what it calls the field of their state."""

    graph: Graph
    make_at: str
    publish_at: str
    state_field: str

    def begin(self, items: Sequence[Mapping[str, str]], post: Mapping[str, str], http: Http) -> Uploaded:
        """Make the container of a post; where it bears several `items`, theirs come first and its own when they are
        ready. None is ever called ready at once: the services ask for some seconds.
        """
        if not items:
            return Uploaded(self._make(post, http), ready=False)
        children = [self._make(each, http) for each in items]
        return Uploaded(json.dumps({"children": children, "post": dict(post)}, sort_keys=True), ready=False)

    def go_on(self, reference: str, http: Http) -> Uploaded:
        """How far a container is. Raises Rejected where the service cannot use what it was given."""
        waiting = _several(reference)
        if waiting is None:
            return Uploaded(reference, ready=self._works_out(reference, http))
        children, post = waiting
        if not all(self._works_out(each, http) for each in children):
            return Uploaded(reference, ready=False)
        return Uploaded(self._make({**post, "children": ",".join(children)}, http), ready=False)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Publish the container once, and look where the post stands. The same container is never published twice."""
        if not outgoing.prepared:
            raise NotSent(f"{self.graph.name} has no container of this post yet; it is made before the next attempt.")
        reply = self.graph.publish(http, self.publish_at, {}, creation_id=outgoing.prepared)
        if reply.status >= 300:
            raise self.graph.refusal(reply, what="the post", doubt=Unknown)
        if not (number := id_of(reply)):
            raise Unknown(f"{self.graph.name} accepted the post but named no id.", answer=shown(reply))
        return Receipt(number, self._link_of(number, http))

    def find(
        self, outgoing: Outgoing, http: Http, *, listing: str, said: str, after: datetime, text: str
    ) -> Receipt | None:
        """Ask the container, then look for `said` among the account's own posts in `listing` since `after`.

        `text` is what the service calls a post's words. A container that was published is never "not there".
        """
        out = self._published(outgoing, http)
        found = self.graph.own_post(
            http, listing, said=said, after=after - SKEW, text=text, time="timestamp", link="permalink"
        )
        if found is not None:
            return Receipt(field(found, "id"), field(found, "permalink") or None)
        if out:
            raise NotSent(
                f"{self.graph.name} says that it was published but does not list it yet; look at the account."
            )
        return None

    def _published(self, outgoing: Outgoing, http: Http) -> bool:
        """Whether the container says that it was published; False where there is none. Raises NotSent if unclear."""
        if not outgoing.prepared or _several(outgoing.prepared) is not None:
            return False
        return self._state(outgoing.prepared, http)[0] is State.PUBLISHED

    def _link_of(self, number: str, http: Http) -> str | None:
        """Where people see a post that is there already: nothing that goes wrong here may put that in doubt."""
        try:
            reply = self.graph.get(http, number, fields="permalink")
            return field(reply.json(), "permalink") or None
        except NotSent:
            return None

    def _make(self, form: Mapping[str, str], http: Http) -> str:
        reply = self.graph.post(http, self.make_at, form)
        if reply.status >= 300:
            raise self.graph.refusal(reply, what="to prepare the post", doubt=NotSent)
        if not (number := id_of(reply)):
            raise NotSent(f"{self.graph.name} made a container but named no id.", answer=shown(reply))
        return number

    def _works_out(self, number: str, http: Http) -> bool:
        """Whether a container is finished. Raises Rejected where it never will be, NotSent where it is too old."""
        state, why = self._state(number, http)
        match state:
            case State.ERROR:
                raise Rejected(
                    f"{self.graph.name} cannot use what it was given: {why or 'it gave no reason'}.",
                    remedy="Make the picture or film as the service asks, and approve the post again.",
                )
            case State.EXPIRED:
                raise NotSent(f"{self.graph.name} let the container go after 24 hours; a new one is made.")
            case _:
                return state is not State.IN_PROGRESS

    def _state(self, number: str, http: Http) -> tuple[State, str]:
        fields = [self.state_field, "error_message" if self.state_field == "status" else "status"]
        reply = self.graph.get(http, number, fields=",".join(fields))
        if reply.status >= 300:
            raise self._unclear(reply.status)
        answer = reply.json()
        try:
            return State(field(answer, self.state_field)), field(answer, fields[1])
        except ValueError:
            raise self._unclear(reply.status) from None

    def _unclear(self, status: int) -> NotSent:
        return NotSent(f"{self.graph.name} does not say how far a container is ({status}).")


def address_of(sha256: str, outgoing: Outgoing, *, service: str) -> str:
    """Where the service can fetch a medium. Raises NotSent, with what to do, where the host has configured nothing."""
    if not (address := outgoing.addresses.get(sha256)):
        raise NotSent(f"{service} {_WITHOUT_ADDRESS}")
    return address


def _several(reference: str) -> tuple[list[str], dict[str, str]] | None:
    """The containers of a post's items and what is to be said of them together; None for a single one."""
    if not reference.startswith("{"):
        return None
    told = json.loads(reference)
    return told["children"], told["post"]
