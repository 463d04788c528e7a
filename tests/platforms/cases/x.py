from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.memory import Forgetful
from bot.platforms.renewed import Renewed
from bot.platforms.x import X
from tests.platforms.cases import Case
from tests.platforms.x import (
    API_KEY,
    API_SECRET,
    CLIENT,
    CLIENT_SECRET,
    REFRESH,
    SECRETS,
    TOKEN,
    TOKEN_SECRET,
    Service,
)

PATH = "/2/tweets"


def _signed(url: str) -> Platform:
    return X(
        api_key=Secret("X_API_KEY", API_KEY),
        api_secret=Secret("X_API_SECRET", API_SECRET),
        access_token=Secret("X_ACCESS_TOKEN", TOKEN),
        access_secret=Secret("X_ACCESS_SECRET", TOKEN_SECRET),
        server=url,
    )


def _renewed(url: str) -> Platform:
    """With a token that stands: X renews with each one only once, so an answer that is lost there is lost for good."""
    secret, refresh, memory = Secret("X_CLIENT_SECRET", CLIENT_SECRET), Secret("X_REFRESH_TOKEN", REFRESH), Forgetful()
    Renewed(refresh, memory).keep({"access": "access-0", "refresh": REFRESH})
    return X(client_id=CLIENT, client_secret=secret, refresh_token=refresh, server=url, memory=memory)


def _texts(service: Service) -> list[str]:
    return [each["said"] for each in service.posts]


CASES = {
    "x, signed with four keys": Case(Service, _signed, PATH, _texts, SECRETS),
    "x, with a token of OAuth 2.0": Case(Service, _renewed, PATH, _texts, SECRETS),
    "x, which works on media for a while and lists late": Case(
        lambda: Service(works_for=2, hides=2), _signed, PATH, _texts, SECRETS
    ),
}
