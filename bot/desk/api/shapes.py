"""What the shapes of requests and answers are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

# PostgreSQL has no larger number, and keeps no character NUL.
_LARGEST = 2**31 - 1
_NO_NUL = r"^[^\x00]*$"
_YEARS = range(2000, 3000)
# What stands in If-Match (RFC 9110, 8.8.3): one tag or several, each in quotes.
TAGS = r'^(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*$'


def _digits(value: object) -> object:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("write a whole number in digits")
    return value


def _in_reach(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError("give a time that an editor could mean")
    return at.astimezone(UTC)


Text = Annotated[str, Field(max_length=20_000, pattern=_NO_NUL)]
Words = Annotated[str, Field(min_length=1, max_length=4_000, pattern=_NO_NUL)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_NUL)]
Number = Annotated[int, Field(ge=1, le=_LARGEST), BeforeValidator(_digits)]
Offset = Annotated[int, Field(ge=0, le=_LARGEST)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Due = Annotated[AwareDatetime, AfterValidator(_in_reach)]


class Asked(BaseModel):
    """The parameters after the question mark. One that is not known is refused: a filter must not be passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sent(BaseModel):
    """The body of a request. A member that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Given(BaseModel):
    """An answer, or a part of one. More members may come with a later version; those that are there stay."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Hashed(Given):
    """What bears the SHA-256 of a content; it is the ETag of the answer."""

    hash: Annotated[Hash, Field(description="Of the content; what an approval is bound to.")]


class Wrong(Given):
    """What of a request is not as it should be: where, and what."""

    where: str
    said: str


class FieldChanged(Given):
    """A field as you knew it, and as it is now."""

    name: str
    before: str
    now: str


class Changed(Given):
    """What somebody changed since you looked."""

    revision: int
    hash: str
    made_by: str
    made_at: AwareDatetime
    fields: Annotated[
        list[FieldChanged], Field(description="Empty where your If-Match names no earlier revision of this draft.")
    ]


class ProblemDetails(Given):
    """Why something was not done (RFC 9457). Nothing was changed."""

    type: Annotated[str, Field(description="The kind of problem, for programs.", examples=["/api#refused"])]
    title: str
    status: int
    detail: Annotated[str, Field(description="What is wrong and what to do, for people.")]
    errors: Annotated[list[Wrong], Field(description="With status 422.")] = []
    changed: Annotated[Changed | None, Field(description="With status 412.")] = None
