"""The bytes of a feed become the letters that were meant, whatever it or its server declares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.feed.letters import text_of

GREETING = "Grüße aus Köln – “wunderschön” €"
RUSSIAN = "Подкаст о мостах и людях, которые их строят. Каждую неделю новая история."


def xml(words: str, declared: str = "") -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return f"{declaration}<rss><channel><title>{words}</title></channel></rss>"


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-8", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", ""),
        ("utf-16-be", "x"), ("utf-32", ""), ("utf-32-le", "utf-8"), ("utf-32-be", "utf-32"), ("cp1252", "windows-1252"),
        ("cp1252", "iso-8859-1"), ("cp1252", "us-ascii"), ("cp1252", ""), ("gb18030", "gb18030"),
    ],
)  # fmt: skip
def test_an_encoding_is_read_as_what_it_is(codec: str, declared: str) -> None:
    assert GREETING in text_of(xml(GREETING, declared).encode(codec))[0]


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "utf-16", "gb2312", "nonsense", "zlib", "rot13"])
def test_what_is_utf_8_is_utf_8_whatever_is_declared(declared: str) -> None:
    data = xml(RUSSIAN, declared).encode()
    assert text_of(data) == (xml(RUSSIAN, declared), "")
    assert text_of(data, f"text/xml; charset={declared}")[0] == xml(RUSSIAN, declared)


@pytest.mark.parametrize("codec", ["koi8-r", "windows-1251", "iso-8859-5"])
def test_the_server_is_asked_where_the_document_names_nothing(codec: str) -> None:
    data = xml(RUSSIAN).encode(codec)
    assert RUSSIAN in text_of(data, f"application/rss+xml; charset={codec}")[0]
    assert RUSSIAN in text_of(data, f'text/xml;charset="{codec.upper()}"')[0]


def test_the_document_counts_before_its_server() -> None:
    data = xml(RUSSIAN, "koi8-r").encode("koi8-r")
    assert RUSSIAN in text_of(data, "text/xml; charset=iso-8859-1")[0]


def test_letters_that_are_written_in_ascii_alone_are_decoded() -> None:
    assert "日本語の番組" in text_of(xml("日本語の番組", "ISO-2022-JP").encode("iso-2022-jp"))[0]


@pytest.mark.parametrize(
    ("codec", "words"), [("koi8-r", RUSSIAN), ("cp1251", RUSSIAN), ("shift_jis", "今日は橋の話をします。" * 5)]
)
def test_what_names_no_encoding_is_guessed_by_its_letters(codec: str, words: str) -> None:
    text, assumed = text_of(xml(words).encode(codec))
    assert words in text
    assert assumed


@pytest.mark.parametrize(
    "words", ["Käse und Brötchen", "Über München nach Zürich", "Été à la française", "Señor Niño mañana", "rødgrød"]
)
def test_a_few_umlauts_are_not_taken_for_chinese(words: str) -> None:
    assert words in text_of(xml(words).encode("cp1252"))[0]


def test_a_few_broken_letters_spoil_no_others() -> None:
    data = xml(GREETING * 20, "utf-8").encode().replace("ß".encode(), b"\xdf", 1)
    text, assumed = text_of(data)
    assert text.count("Köln") == 20
    assert assumed == "1 of its characters are broken."


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_give_some_text(data: bytes, content_type: str) -> None:
    text, _ = text_of(data, content_type)
    text.encode("utf-8", "replace")


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=60))
def test_utf_8_comes_back_as_it_was(words: str) -> None:
    assert text_of(xml(words).encode())[0] == xml(words)
