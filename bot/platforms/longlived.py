"""Meta's tokens that live sixty days: renewed in time, kept beside the configuration, never lost to an empty answer.

Facts from developers.facebook.com/docs/threads/get-started/long-lived-tokens and
/docs/instagram-platform/reference/refresh_access_token: a token can be renewed from 24 hours after it was made until it
ends, and lives sixty days from then on; one that has ended cannot be renewed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.errors import NotSent, Rejected
from bot.model.secret import Secret
from bot.platforms.contract import Expiry, Http, Memory, Timed
from bot.platforms.renewed import Renewed
from bot.platforms.replies import field as read
from bot.platforms.replies import words

# When a token ends is only told when it is renewed, which it can be a day after it was made. So one that is new here is
# said to end in eight days: on the day after tomorrow's check it is renewed, and the true end is known.
_LEARNT_AFTER = timedelta(days=8)


@dataclass(frozen=True)
class LongLived:
    """The token of one account: what the environment holds, or what that was renewed to.

    `server` is without a version, `grant` is what the service calls the renewal, `what` names the token in words.
    """

    secret: Secret
    memory: Memory = field(repr=False)
    server: str
    grant: str
    what: str

    def token(self) -> str:
        """The token to use now. Another one in the environment wins over what an older one was renewed to."""
        return self._renewed.token()

    def expiry(self, http: Http) -> Expiry | None:
        """When it ends; not known before it was renewed once, and then a day is told on which that is tried."""
        kept = self._renewed.values()
        if "ends" not in kept:
            if not isinstance(http, Timed):
                return None
            kept = {"ends": (http.now() + _LEARNT_AFTER).isoformat()}
            self._renewed.keep(kept)
        return Expiry(self.what, datetime.fromisoformat(str(kept["ends"])), self._remedy)

    def refresh(self, http: Http) -> None:
        """Renew it. What came back is kept only if it is whole; otherwise the token in use stays."""
        query = urlencode({"grant_type": self.grant, "access_token": self.token()})
        reply = http.repeatable("GET", f"{self.server}/refresh_access_token?{query}", headers={})
        if reply.status >= 300:
            said = f"{self.what} could not be renewed ({reply.status}): {words(reply, ('error', 'message'))}."
            if read(reply.json(), "error", "code") == "190":
                raise Rejected(said, remedy=self._remedy)
            raise NotSent(f"{said} The one in use is kept.")
        answer = reply.json()
        token, seconds = read(answer, "access_token"), read(answer, "expires_in")
        if not token.strip() or not seconds.isdigit() or int(seconds) == 0 or not isinstance(http, Timed):
            raise NotSent(f"{self.what} was not renewed: the answer held no whole token. The one in use is kept.")
        self._renewed.keep({"token": token, "ends": (http.now() + timedelta(seconds=int(seconds))).isoformat()})

    @property
    def _remedy(self) -> str:
        return f"Make a new long-lived token and put it into {self.secret.variable}."

    @property
    def _renewed(self) -> Renewed:
        return Renewed(self.secret, self.memory)
