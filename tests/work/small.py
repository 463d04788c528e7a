"""Services that take few readers in one request. Processes that post import this: nothing of the tests is in it."""

from __future__ import annotations

from typing import ClassVar

from bot.platforms.postmark import Postmark
from bot.platforms.resend import Resend


class SmallResend(Resend):
    most: ClassVar[int] = 10


class SmallPostmark(Postmark):
    most: ClassVar[int] = 10
