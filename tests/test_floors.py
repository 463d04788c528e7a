"""The house rules, held against the real imports: an import may only look down, and each library has one door."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "bot"

# From the ground up. A room may import from lower floors and, on its own floor, only where `SAME` says so.
FLOORS: list[set[str]] = [
    {"model", "errors", "text", "weighted", "lazily"},
    {
        "reading",
        "quotes",
        "digest",
        "drafting",
        "preflight",
        "ledger",
        "schedule",
        "identity",
        "polling",
        "pacing",
        "rollout",
        "addresses",
        "audience",
        "barring",
        "enlisting",
        "noticing",
        "objects",
    },
    # What doors are built on: processes, and nothing of what they are for.
    {"child"},
    {
        "config",
        "http",
        "render",
        "media",
        "sources",
        "platforms",
        "store",
        "shipped",
        "llm",
        "domains",
        "relay",
        "oidc",
        "present",
    },
    {
        "ways",
        "posting",
        "house",
        "collect",
        "prepare",
        "intend",
        "review",
        "deliver",
        "correct",
        "amend",
        "watch",
        "clock",
        "plan",
        "agenda",
        "archive",
        "subscribe",
        "hear",
        "links",
        "tokens",
        "notify",
    },
    {"cli", "desk"},
]
# Neighbours on one floor that may be named: thinking builds on thinking, doing calls doing; doors never meet.
SAME: dict[str, set[str]] = {
    "errors": set(),
    "text": {"weighted"},
    "digest": {"quotes"},
    "drafting": {"quotes", "digest"},
    # It judges what `reading` found in the HTML of a mail, and compares quotations as `quotes` does.
    "preflight": {"reading", "quotes"},
    # The same rows and addresses, of other lists.
    "barring": {"addresses", "objects"},
    "enlisting": {"addresses"},
    "polling": {"identity"},
    "audience": {"schedule"},
    "rollout": {"schedule"},
    "collect": {"house"},
    "prepare": {"house"},
    "intend": {"house"},
    "review": {"house", "prepare", "intend"},
    "posting": {"ways"},
    "deliver": {"house", "prepare", "intend", "ways", "posting"},
    "correct": {"house", "prepare", "intend"},
    # It says of a page what the archive shows of it.
    "amend": {"house", "prepare", "archive"},
    "watch": {"house", "ways"},
    "subscribe": {"house"},
    "hear": {"house", "ways"},
    "plan": {"house", "prepare"},
    "agenda": {"house"},
    "archive": {"house", "subscribe"},
    "links": {"house", "review"},
    "tokens": {"house"},
    "notify": {"house", "review", "ways"},
    "clock": {"house", "collect", "prepare", "review", "deliver", "watch", "ways", "notify"},
    # The command line starts the web process.
    "cli": {"desk"},
}
# A library and the only rooms that may import it.
DOORS: dict[str, set[str]] = {
    "httpx": {"http"},
    "httpcore": {"http"},
    "smtplib": {"relay"},
    "brotli": {"http"},
    "feedparser": {"sources"},
    "charset_normalizer": {"sources"},
    "lxml": {"sources"},
    "trafilatura": {"sources"},
    "watchfiles": {"sources"},
    "jinja2": {"render"},
    "markdown": {"render"},
    "css_inline": {"render"},
    "nh3": {"render"},
    "dns": {"domains"},
    "oauthlib": {"platforms"},
    "awscrt": {"platforms"},
    "cryptography": {"platforms"},
    "PIL": {"media"},
    "av": {"media"},
    "fontpkg_source_serif_4": {"media"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apscheduler": {"clock"},
    "flask": {"desk"},
    "waitress": {"desk"},
    "argon2": {"desk"},
    "fido2": {"desk"},
    "joserfc": {"oidc"},
    "cronsim": {"schedule"},
    "click": {"cli"},
    "rich": {"cli"},
    "selectolax": {"reading"},
    "ijson": {"objects"},
    "email_validator": {"addresses"},
}
# How a module is written that is loaded when it is needed: "bot.cli.demo:demo", "bot.render.apart_child".
BY_NAME = re.compile(r"bot(\.[a-z_0-9]+)+(:\w+)?")
PURE_FORBIDDEN = {"os", "time", "random", "socket", "subprocess", "pathlib", "sqlite3", "threading", "secrets", "uuid"}


def rooms() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        name = parts[0].removesuffix(".py")
        if name != "__init__" and name != "__main__":
            found.setdefault(name, []).append(path)
    return found


def imports(path: Path) -> set[str]:
    """Every module that a file imports anywhere, also inside functions or by a name in a text, as dotted names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and BY_NAME.fullmatch(node.value):
            names.add(node.value.partition(":")[0])
    return names


def floor(room: str) -> int:
    for level, members in enumerate(FLOORS):
        if room in members:
            return level
    raise AssertionError(f"bot/{room} stands on no floor: add it to FLOORS in {Path(__file__).name}")


@pytest.mark.parametrize("room", sorted(rooms()))
def test_an_import_only_looks_down(room: str) -> None:
    for path in rooms()[room]:
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "bot" or len(parts) < 2 or parts[1] in (room, "__version__"):
                continue
            other = parts[1]
            if floor(other) == floor(room):
                assert other in SAME.get(room, set()), f"{path}: {room} may not know its neighbour {other}"
            else:
                assert floor(other) < floor(room), f"{path}: {room} looks up at {other}"


@pytest.mark.parametrize("room", sorted(rooms()))
def test_each_library_has_one_door(room: str) -> None:
    for path in rooms()[room]:
        for name in imports(path):
            library = name.split(".")[0]
            if library in DOORS:
                assert room in DOORS[library], f"{path}: {library} may only be imported in {DOORS[library]}"


@pytest.mark.parametrize("room", sorted(FLOORS[0] | FLOORS[1]))
def test_thinking_touches_nothing_outside(room: str) -> None:
    for path in rooms().get(room, []):
        touched = {name.split(".")[0] for name in imports(path)} & PURE_FORBIDDEN
        assert not touched, f"{path}: a pure room imports {touched}"
