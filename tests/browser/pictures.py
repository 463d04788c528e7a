"""Takes the pictures of the desk for the docs (`script/pictures`): the sample episodes, with some work done on them."""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

from bot import links, review
from bot.clock import one_pass
from bot.collect import Place
from bot.errors import Unknown
from bot.model.editor import Role
from bot.model.publication import Kind, Post
from bot.shipped import folder
from bot.store import editors
from bot.store.database import Store, sqlite_url
from bot.store.schema import drafts as drafts_table
from bot.store.schema import quotations
from tests.browser.conftest import Site, _house, serving, sign_in
from tests.browser.shots import CHROMIUM
from tests.desk.kit import hired
from tests.work.desk import (
    HOUR,
    TUESDAY,
    Scripted,
    a_post,
    all_drafts,
    approve_now,
    content,
    delivery,
    draft,
    hash_of,
    over,
    work,
)
from tests.work.readers import PostOffice, with_readers

TARGET = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "desk"
_TOKEN = "for-the-guest-of-the-pictures"  # noqa: S105 - of a house that is thrown away
# A channel on which nothing goes out unless two people approved it.
_TWO_PEOPLE = """
[channels.matrix-like]
platform = "outbox"
slots = ["10:00"]
zone = "Europe/Berlin"
approvers = 2
"""
_WIDE, _PHONE = (1280, 860), (375, 780)
_TO_WEBP = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


@dataclass(frozen=True)
class Picture:
    """One picture: its name, the page, whether it is a phone's, at night, and of somebody who is not signed in."""

    name: str
    path: str
    phone: bool = False
    dark: bool = False
    opened: bool = False
    guest: bool = False
    scrolled_to: str = ""


def main(target: Path) -> None:
    """Write every picture."""
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with tempfile.TemporaryDirectory() as home, _furnished(Path(home), browser) as site, serving(site):
            painter = browser.new_page()
            pages: dict[tuple[bool, bool, bool], Page] = {}
            for pictures in (_pictures, _of_the_archive):
                for each in pictures(site):
                    kind = (each.phone, each.dark, each.guest)
                    if kind not in pages:
                        pages[kind] = _at_the_desk(site, each)
                    png = _taken(pages[kind], each)
                    webp = painter.evaluate(_TO_WEBP, [base64.b64encode(png).decode(), 0.6])
                    (target / f"{each.name}.webp").write_bytes(base64.b64decode(webp))
        browser.close()


def _at_the_desk(site: Site, each: Picture) -> Page:
    width, height = _PHONE if each.phone else _WIDE
    page = site.page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if each.dark else "light",
        device_scale_factor=2 if each.phone else 1,
    )
    if not each.guest:
        sign_in(page)
    return page


def _taken(page: Page, each: Picture) -> bytes:
    page.goto(each.path)
    if each.opened:
        page.evaluate("document.querySelectorAll('.work details').forEach((each) => { each.open = true; })")
    if each.scrolled_to:
        page.evaluate(
            "(where) => document.querySelector(where).scrollIntoView({ behavior: 'instant' })", each.scrolled_to
        )
    if each.name == "keys":
        page.keyboard.press("?")
    page.wait_for_load_state("networkidle")
    return page.screenshot(animations="disabled")


def _pictures(site: Site) -> tuple[Picture, ...]:
    edition, post = draft(site.house, Kind.EDITION), draft(site.house, Kind.QUOTE_POST, 1)
    edited = draft(site.house, Kind.QUOTE_POST, 2)
    doubt = next(each for each in all_drafts(site.house) if each.key == "doubt")
    thread = next(each for each in all_drafts(site.house) if each.key == "thread")
    half = next(each for each in all_drafts(site.house) if each.key == "half")
    return (
        Picture("sign-in", "/sign-in", guest=True),
        Picture("today", "/"),
        Picture("today-dark", "/", dark=True),
        Picture("today-phone", "/", phone=True),
        Picture("drafts", "/drafts"),
        Picture("edition", f"/drafts/{edition.id}"),
        Picture("edition-dark", f"/drafts/{edition.id}?view=dark", dark=True),
        Picture("edition-phone", f"/drafts/{edition.id}?view=phone", phone=True),
        Picture("edition-inbox", f"/drafts/{edition.id}?view=inbox"),
        Picture("edition-words", f"/drafts/{edition.id}", scrolled_to="#words h3", opened=True),
        Picture("post", f"/drafts/{post.id}"),
        Picture("post-changed", f"/drafts/{edited.id}", scrolled_to="#comments"),
        Picture("post-phone", f"/drafts/{post.id}", phone=True, dark=True),
        Picture("thread", f"/drafts/{thread.id}"),
        Picture("quote", f"/drafts/{post.id}/quote"),
        Picture("sentences", f"/drafts/{edition.id}/sources"),
        Picture("episodes", "/episodes"),
        Picture("episode", f"/episodes/{post.episode_id}", dark=True),
        Picture("calendar", "/calendar"),
        Picture("calendar-phone", "/calendar", phone=True),
        Picture("slot", f"/drafts/{post.id}/slot"),
        Picture("delivery", f"/deliveries/{delivery(site.house, doubt).id}"),
        Picture("sources", "/sources"),
        Picture("channels", "/channels"),
        Picture("readers", "/readers"),
        Picture("editors", "/editors"),
        Picture("account", "/account"),
        Picture("tokens", "/tokens"),
        Picture("link-phone", f"/review/{_TOKEN}", phone=True, guest=True),
        Picture("two-people", f"/drafts/{half.id}"),
        Picture("keys", "/drafts"),
    )


def _of_the_archive(site: Site) -> tuple[Picture, ...]:
    """The public pages, once the edition went out."""
    edition = draft(site.house, Kind.EDITION)
    approve_now(site.house, edition, site.now)
    work(site.house, site.now)
    with site.house.store.read() as db:
        query = sa.select(quotations.c.key).where(quotations.c.draft_id == edition.id).order_by(quotations.c.place)
        key = db.scalars(query).first()
    return (
        Picture("archive", "/archive/weekly/1", guest=True),
        Picture("archive-phone", "/archive/weekly/1", phone=True, guest=True),
        Picture("archive-quote", f"/quote/{key}", guest=True),
    )


@contextmanager
def _furnished(home: Path, browser: Browser) -> Iterator[Site]:
    """A week in the middle of the work: some posts approved, one held, one edited, one in doubt; readers; talk."""
    config = (folder("config") / "demo.toml").read_text(encoding="utf-8")
    (home / "pullquote.toml").write_text(config + _TWO_PEOPLE, encoding="utf-8")
    store = Store(sqlite_url(home / "test.db"))
    store.migrate()
    store.close()
    with _house(home) as house:
        one_pass(house, (Place(folder("seeds"), newest=1),), clock=lambda: TUESDAY)
        for login, name, role in (
            ("olga", "Olga Brandt", Role.OWNER),
            ("ada", "Ada Marsh", Role.APPROVER),
            ("tom", "Tom Quill", Role.AUTHOR),
        ):
            hired(house, login, role, name=name, zone="Europe/Berlin")
        site = Site(house, browser, now=TUESDAY + 2 * HOUR)
        scripted = Scripted(script=[Unknown("the line was cut after the last byte had left")])
        site.house = over(with_readers(house, PostOffice(), 3), scripted, "x-like")
        doubt = a_post(
            site.house, Post("Nineteen holes, one street.", None, "en", (), ()), key="doubt", channel="x-like"
        )
        approve_now(site.house, doubt)
        work(site.house)
        _worked(site)
        with house.store.write() as db:
            for key, title in (
                ("doubt", "Nineteen Holes on Malthouse Street"),
                ("thread", "The Chair That Came Back"),
                ("half", "Nineteen Holes on Malthouse Street"),
            ):
                db.execute(sa.update(drafts_table).where(drafts_table.c.key == key).values(title=title))
        yield site


def _worked(site: Site) -> None:
    house, now = site.house, site.now
    waiting = [each for each in all_drafts(house) if each.kind in (Kind.QUOTE_POST, Kind.EPISODE_POST)]
    more = (Post("One had been mended by a child.", None, "en", (), ()), Post("We kept that one.", None, "en", (), ()))
    first = Post("Three chairs came back last week.", None, "en", (), (), parts=more)
    a_post(house, first, key="thread", channel="mastodon-like")
    words = "Nineteen holes, one street, and a plan that had been right for forty years."
    half = a_post(house, Post(words, None, "en", (), ()), key="half", channel="matrix-like")
    review.approve(house, half.id, actor="ada", now=now, seen=hash_of(house, half))
    for each in waiting[8:20]:
        review.approve(house, each.id, actor="ada", now=now, seen=hash_of(house, each))
    review.hold(house, waiting[21].id, reason="the guest asked us to wait until Monday", actor="ada", now=now)
    review.request_changes(house, waiting[22].id, reason="name the street, not the town", actor="ada", now=now)
    edited = draft(house, Kind.QUOTE_POST, 2)
    text = content(house, edited).text
    review.edit(house, edited.id, {"text": f"{text}\n\nWorth every minute."}, actor="tom", now=now)
    edition = draft(house, Kind.EDITION)
    opener = "Four **repairs** this week, and one that nobody asked for. Start with the pipe."
    review.edit(house, edition.id, {"opener": opener}, actor="tom", now=now)
    with house.store.write() as db:
        for number, who, said in (
            (edited.id, "tom", "Shorter?"),
            (edited.id, "ada", "It is good as it is. I listened to the place: he means it."),
        ):
            editors.remark(db, draft=number, revision=2, actor=who, text=said, at=now)
    post = draft(house, Kind.QUOTE_POST, 1)
    links.make(house, post.id, token=_TOKEN, name="Lucan Feddersby", actor="olga", now=now)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
