"""The pictures of shows and episodes: copied small from where a feed says, shown from our own address alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from bot.archive.export import export
from bot.desk.app import application
from bot.desk.frames import framed
from bot.errors import ConfigError
from bot.house import House
from bot.model.archive import Site
from bot.model.publication import Kind, Mail
from bot.preflight import Level, Rule
from bot.prepare.inspection import inspected
from bot.store import artworks, media
from tests.archive.kit import PUBLIC, visitor
from tests.http.server import Server
from tests.work.desk import DAY, HOUR, TUESDAY, approve_now, content, draft, with_config, work
from tests.work.feeds import Web, episode, following, rss, web

SRC = re.compile(r'<img src="([^"]*)"')


def picture(colour: str, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 200), colour).save(target, kind)
    return target.getvalue()


def feed(cover: str) -> bytes:
    """A show with two episodes, whose picture stands at a path or an address."""
    past = [episode(number, TUESDAY - (3 - number) * DAY) for number in (2, 1)]
    return rss("The Show", past, head=f'<itunes:image href="{cover}"/>')


@pytest.fixture
def world() -> Iterator[tuple[Server, Web]]:
    with web({"/red.png": picture("red"), "/blue.jpg": picture("blue", "JPEG")}) as running:
        running[1].pages["/feed"] = feed(f"{running[0].url}/red.png")
        yield running


def showing(house: House, server: Server, more: str = "") -> House:
    """The house following the feed, its newsletter with the pictures of shows."""
    with_feed = (
        house if "[fetch]" in house.loaded.path.read_text(encoding="utf-8") else following(house, server, "/feed")
    )
    on = f'\n[web]\npublic = "{PUBLIC}"\n{more}'
    return with_config(with_feed, lambda text: text.replace("channel =", "artwork = true\nchannel =", 1) + on)


def asked(server: Server) -> list[str]:
    return [each.path for each in server.requests if not each.path.startswith("/feed")]


def edition(house: House) -> Mail:
    mail = content(house, draft(house, Kind.EDITION))
    assert isinstance(mail, Mail)
    return mail


def colour(file: bytes) -> tuple[int, ...]:
    with Image.open(io.BytesIO(file)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (168, 168))
        found = opened.getpixel((84, 84))
    assert isinstance(found, tuple)
    return tuple(round(each / 255) for each in found)


def test_readers_load_our_own_copy_of_the_picture_that_a_feed_names(
    house: House, world: tuple[Server, Web], tmp_path_factory: pytest.TempPathFactory
) -> None:
    server, there = world
    work(following(house, server, "/feed"))
    assert asked(server) == [], "no newsletter shows pictures"
    assert "<img" not in edition(house).html
    house = showing(house, server)
    work(house)
    (address,) = SRC.findall(edition(house).html)
    assert address.startswith(f"{PUBLIC}/media/")
    assert address.endswith(".jpg")
    assert "<img" not in edition(house).versions[0].html, "the headlines have no room for it"
    given = visitor(house).get(address.removeprefix(PUBLIC))
    assert (given.mimetype, colour(given.data)) == ("image/jpeg", (1, 0, 0))
    with application(house).test_request_context():
        seen = framed(edition(house), PUBLIC).get_data(as_text=True)
    assert f'src="{address.removeprefix(PUBLIC)}"' in seen, "an editor sees it wherever the desk is opened"
    work(house, TUESDAY + DAY)
    assert asked(server) == ["/red.png"], "it is asked for once in a while only"
    with house.store.read() as db:
        found = inspected(house, db, draft(house, Kind.EDITION), TUESDAY)
    assert [(each.level, each.said) for each in found if each.rule is Rule.IMAGES] == [
        (Level.NOTE, "Pictures are loaded from your own address, 'news.example.org', when somebody opens the mail.")
    ]
    there.pages["/feed"] = feed(f"{server.url}/blue.jpg")
    work(house, TUESDAY + 2 * DAY)
    (other,) = SRC.findall(edition(house).html)
    with house.store.write() as db:
        assert [media.tidy(db, at=TUESDAY + days * DAY, most=9) for days in (40, 80, 120)] == [0, 0, 0], "mails load it"
    assert colour(visitor(house).get(other.removeprefix(PUBLIC)).data) == (0, 0, 1)

    approve_now(house, draft(house, Kind.EDITION), TUESDAY + 2 * DAY)
    work(house, TUESDAY + 2 * DAY)
    page = visitor(house).get("/archive/weekly/1").get_data(as_text=True)
    assert f'<img src="{other.removeprefix(PUBLIC)}" width="56" height="56" alt=""' in page
    assert "<img" not in visitor(house).get("/archive/weekly/feed.xml").get_data(as_text=True)
    folder = tmp_path_factory.mktemp("archive")
    export(house, folder, Site(PUBLIC, files=True))
    (written,) = folder.rglob("*.jpg")
    assert colour(written.read_bytes()) == (0, 0, 1)


def test_an_episode_with_a_picture_of_its_own_shows_that_one(house: House, world: tuple[Server, Web]) -> None:
    server, there = world
    there.pages["/lime.png"] = picture("lime")

    def publish(number: int, own: str) -> None:
        """Its third episode says what its second did not: where the picture of the show stands."""
        entries = [
            episode(2, TUESDAY - DAY, more=f'<itunes:image href="{server.url}{own}"/>'),
            episode(1, TUESDAY - 2 * DAY, more=f'<itunes:image href="{server.url}/never.png"/>'),
        ]
        third = episode(3, TUESDAY, more=f'<itunes:image href="{server.url}/red.png"/>')
        cover = f'<itunes:image href="{server.url}/red.png"/>'
        there.pages["/feed"] = rss("The Show", [third, *entries][3 - number :], head=cover)

    publish(2, "/lime.png")
    house = showing(house, server)
    work(house)
    (own,) = SRC.findall(edition(house).html)
    assert colour(visitor(house).get(own.removeprefix(PUBLIC)).data) == (0, 1, 0)
    publish(3, "/lime.png")
    work(house, TUESDAY + DAY)
    both = SRC.findall(edition(house).html)
    assert len(both) == 2
    shown = {each: colour(visitor(house).get(each.removeprefix(PUBLIC)).data) for each in both}
    assert shown.pop(own) == (0, 1, 0)
    assert list(shown.values()) == [(1, 0, 0)]
    assert sorted(asked(server)) == ["/lime.png", "/red.png"], "neither again, nor that of an episode from before"

    publish(3, "/blue.jpg")
    work(house, TUESDAY + 2 * DAY)
    assert SRC.findall(edition(house).html) == both
    assert "/blue.jpg" not in asked(server), "some addresses change with each look at a feed"
    work(house, TUESDAY + 3 * DAY + HOUR)
    assert own not in edition(house).html
    assert "/blue.jpg" in asked(server)


def test_a_picture_that_cannot_be_had_leaves_the_edition_as_it_is(house: House, world: tuple[Server, Web]) -> None:
    server, there = world
    there.pages |= {"/feed": feed(f"{server.url}/sorry.png"), "/sorry.png": b"<html>sorry</html>"}
    house = showing(house, server)
    work(house)
    work(house, TUESDAY + HOUR)
    assert "The Show" in edition(house).html
    assert "<img" not in edition(house).html
    assert asked(server) == ["/sorry.png"], "it is asked again later"
    with house.store.read() as db:
        found = artworks.unread(db)
    assert found == [("The Show", "The artwork is no picture that can be read; give a PNG or a JPEG.")]


def test_the_hosts_own_picture_goes_before_that_of_the_feed(house: House, world: tuple[Server, Web]) -> None:
    (house.loaded.home / "show.png").write_bytes(picture("lime"))
    server, there = world
    its_own = f'<itunes:image href="{server.url}/blue.jpg"/>'
    there.pages["/feed"] = rss("The Show", [episode(2, TUESDAY - DAY, more=its_own)])
    house = showing(house, server, '[cards.artwork]\n"the show" = "show.png"\n')
    work(house)
    work(house, TUESDAY + DAY)
    (address,) = SRC.findall(edition(house).html)
    assert colour(visitor(house).get(address.removeprefix(PUBLIC)).data) == (0, 1, 0)


def test_pictures_need_an_address_of_ours(house: House) -> None:
    with pytest.raises(ConfigError, match=r"write public = .* under \[web\]"):
        with_config(house, lambda text: text.replace("channel =", "artwork = true\nchannel =", 1))
