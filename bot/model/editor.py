"""Who works at the desk, and what each role may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """From the least to the most: an author writes, an editor also stops, an approver also approves, an owner all."""

    AUTHOR = "author"
    EDITOR = "editor"
    APPROVER = "approver"
    OWNER = "owner"


class Way(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    PASSKEY = "passkey"
    LINK = "link"
    PROXY = "proxy"
    OIDC = "provider"


class Right(StrEnum):
    """What somebody may do at the desk."""

    READ = "read"
    COMMENT = "comment"
    EDIT = "edit"
    STOP = "hold, send back, reject and reopen"
    FREEZE = "freeze everything"
    APPROVE = "approve"
    SETTLE = "settle what is in doubt"
    RULE = "invite editors and close accounts"


_AUTHOR = frozenset({Right.READ, Right.COMMENT, Right.EDIT})
_EDITOR = _AUTHOR | {Right.STOP, Right.FREEZE}
_APPROVER = _EDITOR | {Right.APPROVE, Right.SETTLE}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AUTHOR: _AUTHOR,
    Role.EDITOR: _EDITOR,
    Role.APPROVER: _APPROVER,
    Role.OWNER: _APPROVER | {Right.RULE},
}
