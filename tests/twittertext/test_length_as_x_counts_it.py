"""X's length against X's own counter: texts made of everything that its rules speak of.

`script/twitter-text` installs the counter and runs these tests; elsewhere they are skipped.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from bot.weighted import links, weight

pytestmark = pytest.mark.twittertext
FOLDER = os.environ.get("PULLQUOTE_TEST_TWITTER_TEXT", "")
TEXTS = int(os.environ.get("PULLQUOTE_TEST_TWITTER_TEXTS", "20000"))

WORDS = [
    "a",
    "b",
    "Z",
    "9",
    "com",
    "example",
    "www",
    "node.js",
    "README.md",
    "Mr.Smith",
    "e.g.",
    "3.14",
    "U.S.A.",
    "a@b.com",
    "@user",
    "#tag",
    "$TSLA",
    "t.co",
    "xn--",
]
MARKS = [*list("-_./:?#@$%&=+,;!'\"()[]{}<>|~*^`\\ \n\t＠＃。、“”‘’—–…«»"), "..", "//", "://"]
ENDS = [
    ".com",
    ".COM",
    ".org",
    ".co.uk",
    ".c",
    ".example",
    ".onion",
    ".photography",
    ".рф",
    ".РФ",
    ".ком",
    ".ελ",
    ".中国",
    ".香港",
    ".コム",
    ".嘉里",
    ".xn--p1ai",
]
LETTERS = ["é", "É", "ß", "ö", "ж", "пример", "ש", "日本", "例え", "ー", "각", "\u1100", "e\u0301", "K", "ı", "İ", "ſ"]
ADDRESSES = [
    "http://",
    "https://",
    "HTTP://",
    "https://t.co/",
    "/path",
    "/a(b)",
    "/a(b(c)d)",
    "/(",
    "?q=1",
    "&b=",
    ":80",
    "a" * 63,
    "b" * 64,
    "/" + "c" * 4066,
]
SPACES = ["\u00a0", "\u2003", "\u200b", "\u200e", "\u202a", "\u2069", "\u061c", "\u3000", "\ufeff", "\ufffe", "\uffff"]
POINTS = ["\u10ff", "\u2010", "\u201f", "\u2032", "\u2037", "\u2038", "\x00", "\x7f"]
# One code unit in JavaScript each, so that they count there as they do here within an address.
SIGNS = ["☺", "☺️", "☺\ufe0e", "©", "©️", "™️", "1️⃣", "#⃣", "☝️", "♀️", "♟️", "\ufe0f", "\u200d"]
EMOJI = [
    "😀",
    "👍🏽",
    "👨\u200d👩\u200d👧\u200d👦",
    "👩\u200d👨\u200d👧",
    "👩🏽\u200d🎓",
    "🧑\u200d🎓",
    "🏳️\u200d🌈",
    "🏴\u200d☠️",
    "👁\u200d🗨",
    "🇩🇪",
    "🇩",
    "🇽🇽",
    "🏋️\u200d♀️",
    "🏋🏽\u200d♂️",
    "🏃\u200d♀️",
    "👯\u200d♀️",
    "🧞\u200d♂️",
    "👩\u200d❤️\u200d💋\u200d👨",
    "👨\u200d❤️\u200d👨",
    "🕵️\u200d♀️",
    "☝🏽",
    "⛹️",
    "🏽",
    "🫠",
    "𝒳",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "👨",
    "👩",
    "👦",
    "👧",
    "🎤",
    "💋",
]
PLAIN = [*WORDS, *MARKS, *ENDS, *LETTERS, *ADDRESSES, *SPACES, *POINTS, *SIGNS]


@pytest.fixture(scope="module")
def counter() -> Path:
    if not FOLDER or shutil.which("node") is None or not (Path(FOLDER) / "node_modules" / "twitter-text").is_dir():
        pytest.skip("X's own counter is not installed; script/twitter-text installs it and runs these tests")
    # Beside its packages, because Node looks for them from where the file stands.
    return Path(shutil.copy(Path(__file__).parent / "counter.cjs", FOLDER))


def texts(pieces: list[str], seed: int) -> list[str]:
    """Of few pieces many times, and of many pieces once: both find what the other does not."""
    chance = random.Random(seed)  # noqa: S311 (nothing secret)
    made = []
    for _ in range(TEXTS):
        few = chance.sample(pieces, chance.randint(2, 8)) if chance.random() < 0.5 else pieces
        made.append("".join(chance.choice(few) for _ in range(chance.randint(1, 16))))
    return made


def counted(counter: Path, of: list[str]) -> list[tuple[float, list[str]]]:
    lines = "\n".join(json.dumps(each) for each in of)
    done = subprocess.run(["node", counter], input=lines, capture_output=True, text=True, check=True, timeout=500)
    return [(length, addresses) for length, addresses in map(json.loads, done.stdout.splitlines())]


@pytest.mark.parametrize("seed", range(3))
def test_length_and_addresses_are_those_of_the_counter(counter: Path, seed: int) -> None:
    made = texts(PLAIN, seed)
    for text, (length, addresses) in zip(made, counted(counter, made), strict=True):
        assert len(links(unicodedata.normalize("NFC", text))) == len(addresses), ascii(text)
        assert weight(text) == length, ascii(text)


@pytest.mark.parametrize("seed", range(3))
def test_emoji_count_as_the_counter_counts_them(counter: Path, seed: int) -> None:
    """Outside addresses: JavaScript takes half of a character for a letter, and so does the counter within them."""
    made = texts([*EMOJI, *SIGNS, "a", " ", "日", "-", "e\u0301"], seed)
    for text, (length, _) in zip(made, counted(counter, made), strict=True):
        assert weight(text) == length, ascii(text)
