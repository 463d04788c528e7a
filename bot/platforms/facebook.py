"""A Facebook Page: posts with a link or pictures, and films.

Facts from developers.facebook.com/docs/pages-api/posts, /docs/graph-api/reference/page/{feed,photos,videos,
published_posts} and /docs/graph-api/guides/error-handling. Facebook takes no key; after a doubt the Page's published
posts are looked through, by time and by words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import regex

from bot.errors import ConfigError, NotSent, Refused, Rejected, Unknown
from bot.ledger import Tier
from bot.model.publication import Mail, MediaKind, Medium, Post, Publication
from bot.model.secret import Secret
from bot.platforms.address import origin
from bot.platforms.containers import address_of
from bot.platforms.contract import Expiry, Http, Outgoing, Receipt, Reply, Uploaded
from bot.platforms.facts import SKEW, CardBy, Facts, MediaLimit
from bot.platforms.graph import NO_SECRET, SUNSET, VERSION, Graph, id_of, same_words
from bot.platforms.multipart import File, form
from bot.platforms.replies import field as read
from bot.platforms.replies import shown
from bot.text import Limit, Unit

_NAME = "Facebook"
_LONGEST = 63_206
# What an app may write to mention a Page or person: "@[1234]", also with a name behind the number.
_MENTION = regex.compile(r"@\[\d+[^\]]*\]")
_PAGE = regex.compile(r"\d+")
# How a receipt remembers that its id is a film's: films are edited by another field.
_FILM = "video"


@dataclass(frozen=True)
class Facebook:
    """The Page whose number `page` is, and a Page access token; one that comes from a long-lived user token does not
    end.
    """

    page: str
    token: Secret
    app_secret: Secret = NO_SECRET
    server: str = "https://graph.facebook.com"

    name: ClassVar[str] = "facebook"
    tier: ClassVar[Tier] = Tier.FINDABLE
    takes: ClassVar[tuple[type[Post] | type[Mail], ...]] = (Post,)
    leaves_home: ClassVar[bool] = True
    facts: ClassVar[Facts] = Facts(
        docs=(
            "developers.facebook.com/docs/pages-api/posts",
            "developers.facebook.com/docs/graph-api/reference/page/feed",
            "developers.facebook.com/docs/graph-api/reference/page/photos",
            "developers.facebook.com/docs/graph-api/reference/page/videos",
            "developers.facebook.com/docs/graph-api/reference/page/published_posts",
            "developers.facebook.com/docs/graph-api/guides/error-handling",
            "developers.facebook.com/docs/graph-api/changelog/versions",
        ),
        read=date(2026, 11, 25),
        media=(
            # The documentation says 10 MB, the API refuses some above 4 MB (subcode 1366046).
            MediaLimit(MediaKind.IMAGE, 10, 4_000_000, ("image/jpeg", "image/png", "image/gif")),
            MediaLimit(MediaKind.VIDEO, 1, 1_000_000_000, ("video/mp4",), duration=1_200),
        ),
        together=10,
        alt=1_000,
        links="as they are; the post's own has the card",
        card=CardBy.SERVICE,
        # Photos that no post bears are swept away after 24 hours.
        uploads_last=timedelta(hours=23),
        sunsets=(SUNSET,),
        remarks=("A film has no alt text on Facebook, and is fetched from a public address of ours.",),
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "server", origin(self.server, example="https://graph.facebook.com"))
        if not _PAGE.fullmatch(self.page.strip()):
            raise ConfigError([f"'page' is wrong: '{self.page}' is no number; it stands under Page, About, Page ID."])
        object.__setattr__(self, "page", self.page.strip())

    def limits(self) -> tuple[Limit, ...]:
        return (Limit(_LONGEST, Unit.CHARACTERS),)

    def compose(self, publication: Publication, *, key: str, at: datetime) -> bytes:  # noqa: ARG002 (the contract's)
        """What the post says, its media by their hashes, and the time before which it cannot have been made."""
        if not isinstance(publication, Post):
            raise Refused("Facebook takes posts, not newsletters; send the edition through another channel.")
        text = publication.text.strip()
        if (found := _MENTION.search(text)) is not None:
            raise Refused(f"'{found.group()}' would mention somebody on Facebook; write it in another way.")
        film = next((each for each in publication.media if each.kind is MediaKind.VIDEO), None)
        if film is not None and len(publication.media) > 1:
            raise Refused("Facebook takes one film or up to ten pictures, not both; take some out.")
        told: dict[str, Any] = {"after": at.astimezone(UTC).isoformat(), "message": text}
        if film is not None:
            told["film"] = film.sha256
        elif publication.media:
            told["photos"] = [each.sha256 for each in publication.media]
        elif publication.link:
            told["link"] = publication.link
        return json.dumps(told, sort_keys=True).encode()

    def upload(self, medium: Medium, content: bytes, http: Http) -> Uploaded:
        """Hand over a picture that is not published by itself. A film goes with its post, by its address."""
        if medium.kind is MediaKind.VIDEO:
            return Uploaded(medium.sha256)
        name = f"{medium.sha256[:12]}.{medium.mime.rpartition('/')[2]}"
        fields = [("published", "false"), ("alt_text_custom", medium.alt)]
        kind, body = form(fields, [File("source", name, medium.mime, content)])
        graph = self._graph()
        reply = graph.upload(http, f"{self.page}/photos", kind=kind, body=body)
        if reply.status >= 300:
            raise graph.refusal(reply, what=f"the {medium.kind}", doubt=NotSent)
        if not (number := id_of(reply)):
            raise NotSent(f"Facebook took the {medium.kind} but named no id.", answer=shown(reply))
        return Uploaded(number)

    def uploaded(self, reference: str, _http: Http) -> Uploaded:
        """A picture is there as soon as it was taken."""
        return Uploaded(reference)

    def publish(self, outgoing: Outgoing, http: Http) -> Receipt:
        """Post once, on the Page's feed or, with a film, among its videos."""
        told, graph = json.loads(outgoing.body), self._graph()
        if film := told.get("film"):
            asked = {"description": told["message"], "file_url": address_of(film, outgoing, service=_NAME)}
            reply = graph.publish(http, f"{self.page}/videos", asked)
        else:
            reply = graph.publish(http, f"{self.page}/feed", _asked(told, outgoing))
        if reply.status >= 300:
            raise graph.refusal(reply, what="the post", doubt=Unknown)
        if not (number := id_of(reply)):
            raise Unknown("Facebook accepted the post but named no id.", answer=shown(reply))
        return Receipt(number, _link(number), answer=shown(reply), memo=_FILM if film else "")

    def find(self, outgoing: Outgoing, http: Http) -> Receipt | None:
        """Look through what the Page published since the post was composed.

        Facebook refuses a post that says what the last one said (506) without naming it. Where that one is older than
        ours, sending again would be refused for ever: it is left to a person.
        """
        told, graph = json.loads(outgoing.body), self._graph()
        if not told["message"]:
            raise NotSent("A post without words cannot be told from others; look at the Page.")
        since = datetime.fromisoformat(told["after"]) - SKEW
        path, names = f"{self.page}/published_posts", {"text": "message", "link": "permalink_url"}
        found = graph.own_post(http, path, said=told["message"], after=since, time="created_time", **names)
        if found is not None:
            return Receipt(read(found, "id"), read(found, "permalink_url") or _link(read(found, "id")))
        last = graph.last_post(http, path, **names)
        if last is not None and same_words(told["message"], read(last, "message")):
            where = read(last, "permalink_url") or _link(read(last, "id"))
            raise NotSent(f"The Page's last post says the same but is older, and Facebook takes no two: see {where}.")
        return None

    def edit(self, receipt: Receipt, outgoing: Outgoing, http: Http) -> Receipt:
        """Put other words in the place of a post's; its pictures and link stay."""
        graph = self._graph()
        name = "description" if receipt.memo == _FILM else "message"
        reply = graph.post(http, receipt.remote_id, {name: json.loads(outgoing.body)["message"]})
        if reply.status >= 300:
            raise graph.refusal(reply, what="to change the post", doubt=NotSent)
        _succeeded(reply)
        return receipt

    def delete(self, receipt: Receipt, http: Http) -> None:
        """Delete a post; one that is gone is no fault of anybody."""
        if (reply := self._graph().take_away(http, receipt.remote_id)) is not None:
            _succeeded(reply)

    def check(self, http: Http) -> str:
        """Try the token, and see that it is that of the Page."""
        graph = self._graph()
        reply = graph.get(http, "me", fields="id,name")
        if reply.status >= 300:
            raise graph.wrong(reply)
        number, name = read(reply.json(), "id"), read(reply.json(), "name")
        if number != self.page:
            raise Rejected(
                f"The token is that of '{name or 'nobody'}' ({number or 'no number'}), not of the Page {self.page}.",
                remedy=f"Put the Page's own access token (of /me/accounts) into {self.token.variable}.",
            )
        return f"posts as the Page {name or number} on Facebook"

    def expiry(self, http: Http) -> Expiry | None:
        """When the token ends, where Facebook tells that to the token itself; most Page tokens never end."""
        reply = self._graph().get(http, "debug_token", input_token=self.token.reveal())
        ends = read(reply.json(), "data", "expires_at") if reply.status < 300 else ""
        if not ends.isdigit() or int(ends) == 0:
            return None
        remedy = f"Make a Page token from a long-lived user token (it does not end), for {self.token.variable}."
        return Expiry("The token of the Page", datetime.fromtimestamp(int(ends), UTC), remedy)

    def _graph(self) -> Graph:
        return Graph(
            name=_NAME,
            base=f"{self.server}/{VERSION}",
            token=self.token.reveal(),
            variable=self.token.variable,
            permissions="pages_manage_posts, pages_read_engagement and pages_show_list",
            app_secret=self.app_secret,
        )


def _asked(told: dict[str, Any], outgoing: Outgoing) -> dict[str, str]:
    """The fields of a post, with the numbers of its pictures in the place of their hashes."""
    asked = {"message": told["message"], "published": "true"}
    if "link" in told:
        asked["link"] = told["link"]
    for number, sha256 in enumerate(told.get("photos", ())):
        asked[f"attached_media[{number}]"] = json.dumps({"media_fbid": outgoing.uploads[sha256]})
    return {name: value for name, value in asked.items() if value}


def _succeeded(reply: Reply) -> None:
    """An edit or a deletion answers {"success": true}; anything else is done once more, which does no harm."""
    answer = reply.json()
    if not isinstance(answer, dict) or answer.get("success") is not True:
        raise NotSent("Facebook answered, but did not say that it was done.", answer=shown(reply))


def _link(number: str) -> str:
    return f"https://www.facebook.com/{number}"
