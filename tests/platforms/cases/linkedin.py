from __future__ import annotations

from bot.model.secret import Secret
from bot.platforms.contract import Platform
from bot.platforms.linkedin import LinkedIn, LinkedInMember
from tests.platforms.cases import Case
from tests.platforms.linkedin import MEMBER, ORGANIZATION, TOKEN, Feed

_TOKEN = Secret("LINKEDIN_TOKEN", TOKEN)


def _page(url: str) -> Platform:
    return LinkedIn(organization=ORGANIZATION, token=_TOKEN, server=url, login=url)


def _person(url: str) -> Platform:
    return LinkedInMember(member=MEMBER, token=_TOKEN, server=url, login=url)


def _texts(service: Feed) -> list[str]:
    return service.texts


def _of_a_person() -> Feed:
    return Feed(author=f"urn:li:person:{MEMBER}", readable=False)


# Look-ups have a query behind it, changes of a post its name.
PATH = "POST /rest/posts HTTP"
CASES = {
    "linkedin": Case(Feed, _page, PATH, _texts, (TOKEN,)),
    "linkedin, which lists late": Case(lambda: Feed(hides=1), _page, PATH, _texts, (TOKEN,)),
    "linkedin, which detects no duplicate": Case(lambda: Feed(detects=False), _page, PATH, _texts, (TOKEN,)),
    "linkedin-member": Case(_of_a_person, _person, PATH, _texts, (TOKEN,)),
}
