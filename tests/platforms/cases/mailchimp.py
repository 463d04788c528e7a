from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.mailchimp import Mailchimp
from tests.platforms.cases import Case
from tests.platforms.mailchimp import AUDIENCE, KEY, Campaigns


def _account(url: str) -> Platform:
    return Mailchimp(key=Secret("MAILCHIMP_KEY", KEY), audience=AUDIENCE, server=url)


CASES = {
    "mailchimp": Case(Campaigns, _account, "/actions/send", Campaigns.texts, (KEY,), turned_away=(403,)),
}
