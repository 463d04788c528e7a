"""What came before in a long list is known without its being kept in memory."""

from __future__ import annotations

from bot.addresses import lines_of, read_list
from bot.store.seen import Seen


def test_a_text_is_new_once() -> None:
    with Seen() as seen:
        assert [seen.is_new(each) for each in ("ada", "bob", "ada", "", "", "bob", "\ud800")] == [
            *(True, True, False, True, False, False, True)
        ]
    with Seen() as another:
        assert another.is_new("ada")


def test_a_list_is_the_same_with_it_and_without() -> None:
    content = b"email,state\nada@example.org,ended\nADA@example.org,active\nbob@example.org,\nbob@example.org,\nx,\n"
    alone = list(read_list(lines_of(content), consent="c"))
    with Seen() as seen:
        assert list(read_list(lines_of(content), consent="c", is_new=seen.is_new)) == alone
