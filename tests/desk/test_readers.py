"""The readers' pages, as a browser, a mail program and a robot that follows links use them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bot import watch
from bot.desk.app import application
from bot.house import House
from bot.model.address import Address
from bot.model.subscriber import TRIAL, Cadence, Leaning, Length, Standing, Why, Wishes
from bot.store import subscribers
from bot.store.subscribers import Subscription
from bot.subscribe import new_token
from tests.archive.kit import sent
from tests.work.desk import BENCH, DAY, HOUR, TUESDAY, approve_now, history, lay, with_config, work
from tests.work.readers import PostOffice, an_edition, join, passes, with_readers
from tests.work.test_choices import MAIL as OF_SIX

ADA = Address("ada@example.org")


@dataclass
class Site:
    house: House
    office: PostOffice
    now: datetime = TUESDAY
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = application(self.house, now=lambda: self.now).test_client()

    def of(self, address: Address = ADA) -> Subscription | None:
        with self.house.store.read() as db:
            return subscribers.of(db, address, "weekly")

    def known(self) -> Subscription:
        found = self.of()
        assert found is not None
        return found

    def ask(self, address: str = "ada@example.org", **more: str) -> int:
        return self.client.post("/subscribe/weekly", data={"address": address, **more}).status_code


@pytest.fixture
def site(house: House) -> Site:
    office = PostOffice()
    return Site(with_readers(house, office, 0), office)


def test_a_reader_asks_is_asked_back_and_says_yes(site: Site) -> None:
    assert b"<form" in site.client.get("/subscribe/weekly").data
    assert site.ask("Ada@Example.org") == 200
    assert site.known().standing is Standing.PENDING
    passes(site.house, 1, begin=site.now)
    assert site.office.arrived == ["Ada@example.org"]
    token = site.known().token
    assert f"https://desk.example/confirm/{token}" in site.office.bodies[0].decode()
    site.client.get(f"/confirm/{token}")
    assert site.known().standing is Standing.PENDING, "a robot that follows links confirms nothing"
    assert b"Done" in site.client.post(f"/confirm/{token}").data
    assert site.known().standing is Standing.ACTIVE
    site.client.post(f"/confirm/{token}")
    assert site.known().standing is Standing.ACTIVE


def test_nobody_gets_an_edition_before_they_said_yes(site: Site) -> None:
    site.ask()
    with site.house.store.write() as db:
        join(db, "bob@example.org")
    approve_now(site.house, an_edition(site.house))
    passes(site.house, 2)
    assert [each for each in site.office.bodies if b"ada@" in each and b"You get it" in each] == []


@pytest.mark.parametrize("way", ["one click", "page"])
def test_leaving_takes_a_post_and_happens_once(site: Site, way: str) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    seen = site.client.get(f"/leave/{token}")
    assert seen.status_code == 200
    assert site.known().standing is Standing.ACTIVE, "opening the page changes nothing"
    form = {"List-Unsubscribe": "One-Click"} if way == "one click" else {}
    for _ in range(2):
        answer = site.client.post(f"/leave/{token}", data=form)
        assert answer.status_code == 200
        assert "Location" not in answer.headers
    assert site.known().standing is Standing.ENDED
    with site.house.store.read() as db:
        barred = subscribers.suppressed(db, ADA.hash, "weekly")
    assert barred is not None
    assert barred.why is Why.UNSUBSCRIBED


def test_years_later_the_way_out_of_an_old_mail_still_works(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    site.now += timedelta(days=5_000)
    assert site.client.post(f"/leave/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_who_left_comes_back_through_the_form_and_a_yes(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    site.client.post(f"/leave/{token}")
    site.ask()
    assert site.known().standing is Standing.PENDING
    site.client.post(f"/confirm/{token}")
    with site.house.store.read() as db:
        assert subscribers.suppressed(db, ADA.hash, "weekly") is None


def test_an_old_question_answered_after_leaving_promises_nothing(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    site.client.post(f"/leave/{token}")
    answer = site.client.post(f"/confirm/{token}")
    assert b"Done" not in answer.data
    assert b"Subscribe again" in answer.data
    assert site.known().standing is Standing.ENDED


def test_a_link_that_is_opened_again_says_how_things_stand(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    shown = site.client.get(f"/confirm/{token}").text
    assert "<form" not in shown
    assert "there is nothing else to do" in shown
    assert f'href="/preferences/{token}"' in shown
    site.client.post(f"/leave/{token}")
    for page in ("leave", "confirm", "preferences"):
        shown = site.client.get(f"/{page}/{token}").text
        assert "gets The Test Post no more" in shown
        assert "Subscribe again" in shown
        assert "Stop sending" not in shown
    site.ask()
    shown = site.client.get(f"/leave/{token}").text
    assert "Stop sending" in shown
    assert "Too much" not in shown, "nothing has come yet"


@pytest.mark.parametrize(
    ("why", "said"), [(Why.BOUNCED, "came back"), (Why.COMPLAINED, "reported as unwanted"), (Why.BY_HAND, "stopped")]
)
def test_only_who_is_barred_learns_it_and_what_to_do(site: Site, why: Why, said: str) -> None:
    with site.house.store.write() as db:
        ada = join(db, "ada@example.org")
        token = ada.token
        subscribers.end(db, ada, why, at=TUESDAY)
        subscribers.suppress(db, ADA.hash, why, newsletter="", at=TUESDAY)
    for page in ("leave", "confirm", "preferences"):
        shown = site.client.get(f"/{page}/{token}").text
        assert said in shown
        assert "we can lift it" in shown
        assert "Subscribe again" not in shown, "the form would promise a question that never comes"
    assert said not in site.client.post("/subscribe/weekly", data={"address": "ada@example.org"}).text


def test_who_says_yes_where_mails_came_back_is_promised_nothing(site: Site) -> None:
    site.ask()
    token = site.known().token
    with site.house.store.write() as db:
        subscribers.suppress(db, ADA.hash, Why.BOUNCED, newsletter="", at=TUESDAY)
    shown = site.client.post(f"/confirm/{token}").text
    assert "Done" not in shown
    assert "came back" in shown
    shown = site.client.get(f"/preferences/{token}").text
    assert "came back" in shown
    assert "How often" in shown


def test_a_new_reader_learns_when_it_comes_and_sees_the_newest_edition(site: Site) -> None:
    assert "The newest edition" not in site.client.get("/subscribe/weekly").text
    with site.house.store.write() as db:
        join(db, "bob@example.org")
    link = f'<a href="/archive/weekly/1">{sent(site.house, BENCH).title}</a>'
    assert link in site.client.get("/subscribe/weekly").text
    site.ask()
    shown = site.client.post(f"/confirm/{site.known().token}").text
    assert "The Test Post comes to ada@example.org, every Thursday." in shown
    assert link in shown


def test_anybody_may_find_the_form_and_nobody_a_readers_pages(site: Site) -> None:
    form = site.client.get("/subscribe/weekly")
    assert "X-Robots-Tag" not in form.headers
    assert '<meta name="robots" content="index">' in form.text
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert site.client.get(f"/preferences/{token}").headers["X-Robots-Tag"] == "noindex"


def test_the_answer_tells_nobody_who_is_on_the_list(site: Site) -> None:
    with site.house.store.write() as db:
        join(db, "ada@example.org")
        subscribers.suppress(db, Address("bad@example.org").hash, Why.COMPLAINED, newsletter="", at=TUESDAY)
    pages = [
        site.client.post("/subscribe/weekly", data={"address": address}).data.replace(address.encode(), b"")
        for address in ("ada@example.org", "new@example.org", "bad@example.org")
    ]
    assert pages[0] == pages[1] == pages[2]
    passes(site.house, 1)
    assert site.office.arrived == ["new@example.org"]


def test_who_never_says_yes_is_forgotten_after_two_weeks(site: Site) -> None:
    site.ask()
    with site.house.store.write() as db:
        join(db, "bob@example.org")
    token = site.known().token
    watch.watch(site.house, lambda: TUESDAY + 13 * DAY)
    assert site.of() is not None
    watch.watch(site.house, lambda: TUESDAY + 15 * DAY)
    assert site.of() is None
    shown = site.client.get(f"/confirm/{token}").text
    assert "did not come within two weeks" in shown
    assert '<a href="/subscribe/weekly">Subscribe to The Test Post</a>' in shown
    assert site.of(Address("bob@example.org")) is not None


def test_a_robot_that_fills_every_field_gets_nowhere(site: Site) -> None:
    assert site.ask(website="https://spam.example") == 200
    assert site.of() is None


def test_the_form_cannot_be_used_to_flood_somebody(site: Site) -> None:
    codes = [site.ask() for _ in range(12)]
    assert codes == [200] * 10 + [429] * 2
    site.now += 2 * HOUR
    for _ in range(5):
        site.ask()
        passes(site.house, 1, begin=site.now)
        site.now += timedelta(minutes=1)
    assert len(site.office.arrived) == 3, "one address is asked three times a day at most"


@pytest.mark.parametrize("written", ["", "ada", "a@b@c", "ada@example.org\r\nBcc: x@evil.example", "x" * 300])
def test_what_is_no_address_is_told_and_stays_in_the_form(site: Site, written: str) -> None:
    answer = site.client.post("/subscribe/weekly", data={"address": written})
    assert answer.status_code == 400
    assert b'role="alert"' in answer.data


def test_a_reader_chooses_how_often_and_pauses(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert b"every Thursday" in site.client.get(f"/preferences/{token}").data
    site.client.post(f"/preferences/{token}", data={"cadence": "monthly", "pause": "yes"})
    chosen = site.known()
    assert chosen.cadence is Cadence.MONTHLY
    assert chosen.paused_until == TUESDAY + 30 * DAY
    site.now += DAY
    site.client.post(f"/preferences/{token}", data={"cadence": "monthly", "pause": "yes"})
    assert site.known().paused_until == TUESDAY + 30 * DAY, "saving again makes a pause no longer"
    site.client.post(f"/preferences/{token}", data={"cadence": "every"})
    assert site.known().paused_until is None
    site.client.post(f"/preferences/{token}", data={"cadence": "monthly"})
    site.client.post(f"/preferences/{token}", data={"length": "short"})
    refused = site.client.post(f"/preferences/{token}", data={"cadence": "hourly", "length": "full"})
    assert refused.status_code == 400
    assert (site.known().cadence, site.known().wishes.length) == (Cadence.MONTHLY, Length.SHORT)


def test_one_a_week_is_offered_where_the_newsletter_comes_more_often(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert 'value="weekly"' not in site.client.get(f"/preferences/{token}").get_data(as_text=True)
    daily = with_config(site.house, lambda text: text.replace("0 9 * * 4", "0 9 * * *"))
    site = Site(replace(daily, channels=site.house.channels), site.office)
    shown = site.client.post(f"/preferences/{token}", data={"cadence": "weekly"}).get_data(as_text=True)
    assert 'value="weekly" checked' in shown
    assert site.known().cadence is Cadence.WEEKLY
    site.client.post(f"/preferences/{token}", data={"length": "short"})
    assert site.known().cadence is Cadence.WEEKLY, "what a form does not name stays as it was"


def test_the_pages_speak_the_language_of_the_newsletter(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    german = with_config(site.house, lambda text: text.replace("channel =", 'language = "de-AT"\nchannel =', 1))
    client = Site(replace(german, channels=site.house.channels), site.office).client
    said = {
        "/subscribe/weekly": "Jeden Donnerstag: was die Folgen sagten",
        f"/confirm/{token}": "ada@example.org bekommt The Test Post: Ihre Antwort ist da",
        f"/preferences/{token}": "Jede Ausgabe (jeden Donnerstag)",
        f"/leave/{token}": "The Test Post nicht mehr an ada@example.org schicken?",
    }
    for page, words in said.items():
        shown = client.get(page).get_data(as_text=True)
        assert words in shown
        assert '<html lang="de" dir="ltr">' in shown
    gone = client.get(f"/leave/{new_token()}", headers={"Accept-Language": "fr"}).get_data(as_text=True)
    assert "Über diesen Link kommt nichts" in gone
    assert '<html lang="de" dir="ltr">' in gone
    assert "Dieser Link ist nicht ganz" in client.get(f"/leave/{token[:9]}", headers={"Accept-Language": "fr"}).text
    assert "keine Mailadresse" in client.post("/subscribe/weekly", data={"address": "ada"}).get_data(as_text=True)
    posted = client.post(f"/preferences/{token}", data={"pause": "yes"}).get_data(as_text=True)
    assert "Pause bis zum 24. Dezember 2026" in posted


def test_shows_can_be_chosen_before_a_first_edition_has_gone_out(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert "Shows and topics" in site.client.get(f"/preferences/{token}").get_data(as_text=True)
    lay(site.house, BENCH)
    work(site.house)
    shown = site.client.get(f"/preferences/{token}").get_data(as_text=True)
    assert 'name="show:' in shown
    assert "Topics to leave out" in shown


def test_a_fault_in_the_hosts_own_page_keeps_nobody_from_leaving(site: Site) -> None:
    folder = site.house.loaded.home / "own" / "web" / "readers"
    folder.mkdir(parents=True)
    (folder / "leave.html").write_text("{{ nothing.there }}", encoding="utf-8")
    own = with_config(site.house, lambda text: f'templates = "own"\n{text}')
    site = Site(replace(own, channels=site.house.channels), site.office)
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert b"Stop sending The Test Post" in site.client.get(f"/leave/{token}").data


def test_a_reader_chooses_what_they_get_from_what_there_was_lately_and_nothing_else(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    page = f"/preferences/{token}"
    assert b"Ground Truth" not in site.client.get(page).data, "nothing has gone out yet"
    approve_now(site.house, an_edition(site.house, mail=OF_SIX))
    passes(site.house, 1)
    shown = site.client.get(page).get_data(as_text=True)
    assert 'name="show:Ground Truth"' in shown
    assert 'name="topic:cities"' in shown
    assert "Your time zone" not in shown, "this newsletter keeps no hours of its readers"
    form = {"cadence": "every", "length": "short", "show:Ground Truth": "less", "topic:cities": "more"}
    strange = {"show:<b>": "less", "topic:homes": "everything", "zone": "Europe/Berlin", "hour": "7"}
    site.client.post(page, data=form | strange)
    chosen = Wishes(Length.SHORT, shows=(("Ground Truth", Leaning.LESS),), topics=(("cities", Leaning.MORE),))
    assert site.known().wishes == chosen
    site.client.post(page, data={"cadence": "monthly"})
    assert site.known().wishes == chosen, "what a form does not name stays as it was"
    kept = json.loads(site.client.get(f"{page}/data.json").data)
    assert kept["subscriptions"][0]["wishes"]["length"] == "short"
    assert kept["mails"][0]["version"] == "full"
    site.client.post(page, data={"length": "huge", "show:Ground Truth": "", "topic:cities": ""})
    assert site.known().wishes == Wishes(Length.SHORT)


def test_a_reader_gives_a_zone_and_an_hour_where_the_newsletter_keeps_them(site: Site) -> None:
    kept = with_config(site.house, lambda text: text.replace("channel =", "local_hour = true\nchannel =", 1))
    site = Site(replace(kept, channels=site.house.channels), site.office)
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    assert b"Your time zone" in site.client.get(f"/preferences/{token}").data
    site.client.post(f"/preferences/{token}", data={"zone": "Asia/Tokyo", "hour": "8"})
    assert site.known().wishes == Wishes(zone="Asia/Tokyo", hour=8)
    site.client.post(f"/preferences/{token}", data={"zone": "../etc/passwd", "hour": "25"})
    assert site.known().wishes == Wishes()


def test_a_pause_is_told_by_the_day_of_the_newsletter(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    answer = site.client.post(f"/preferences/{token}", data={"cadence": "every", "pause": "yes"})
    assert "Paused until 24 December 2026: the edition of that day comes" in answer.get_data(as_text=True)


def test_a_reader_sees_what_is_kept_and_can_be_forgotten(site: Site) -> None:
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    approve_now(site.house, an_edition(site.house))
    passes(site.house, 2)
    kept = json.loads(site.client.get(f"/preferences/{token}/data.json").data)
    assert kept["address"] == "ada@example.org"
    (mail,) = kept["mails"]
    assert (mail["newsletter"], mail["edition"], mail["subject"]) == ("weekly", 1, "Deadlines")
    assert (mail["version"], mail["state"]) == ("full", "accepted")
    assert kept["subscriptions"][0]["asked_at"] == TUESDAY.isoformat()
    assert token not in json.dumps(kept)
    site.client.post(f"/preferences/{token}/erase")
    assert site.of() is not None, "without the tick nothing is erased"
    site.client.post(f"/preferences/{token}/erase", data={"sure": "yes"})
    assert site.of() is None
    assert site.client.get(f"/preferences/{token}").status_code == 404


def test_who_was_erased_has_left_and_nobody_learns_whose_a_token_was(site: Site) -> None:
    site.ask()
    token, stranger = site.known().token, new_token()
    site.client.post(f"/confirm/{token}")
    one_click = {"List-Unsubscribe": "One-Click"}
    before = site.client.post(f"/leave/{token}", data=one_click)
    site.client.post(f"/preferences/{token}/erase", data={"sure": "yes"})
    assert site.of() is None
    requests = [
        (200, "post", "/leave/{}", one_click),
        (200, "post", "/leave/{}", {}),
        (200, "get", "/leave/{}", {}),
        (200, "post", "/preferences/{}/erase", {"sure": "yes"}),
        (404, "get", "/preferences/{}", {}),
        (404, "post", "/preferences/{}", {"cadence": "monthly"}),
        (404, "get", "/preferences/{}/data.json", {}),
        (404, "get", "/confirm/{}", {}),
        (404, "post", "/confirm/{}", {}),
    ]
    for status, method, path, form in requests:
        erased, unknown, trial = (
            site.client.open(path.format(each), method=method.upper(), data=form) for each in (token, stranger, TRIAL)
        )
        assert (erased.status_code, erased.data) == (status, unknown.data), path
        assert erased.status_code == unknown.status_code == trial.status_code
        assert (erased.data, sorted(erased.headers)) == (trial.data, sorted(trial.headers))
        if form is not one_click:
            assert "on no list of ours" in erased.text
        else:
            assert (before.status_code, before.data) == (200, erased.data), "nor does who is there"
    with site.house.store.read() as db:
        assert subscribers.suppressed(db, ADA.hash, "weekly") is not None


@pytest.mark.parametrize("page", ["confirm", "leave", "preferences"])
@pytest.mark.parametrize("token", ["x", "ada" + "x" * 9 + "-wrong", "é" * 30, "a" * 10_000, "../../etc/passwd"])
def test_a_token_that_is_nobodys_opens_nothing(site: Site, page: str, token: str) -> None:
    with site.house.store.write() as db:
        join(db, "ada@example.org")
    assert site.client.get(f"/{page}/{token}").status_code == 404
    assert site.client.post(f"/{page}/{token}").status_code == 404
    assert site.known().standing is Standing.ACTIVE


def test_pages_run_no_script_are_in_no_frame_and_tell_no_address(site: Site) -> None:
    answer = site.client.get("/subscribe/weekly")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<script" not in answer.data
    assert b"http://" not in answer.data.replace(b"http://www.w3.org", b"")


def test_markup_in_a_name_or_address_stays_text(site: Site) -> None:
    answer = site.client.post("/subscribe/weekly", data={"address": '"<script>alert(1)</script>"@example.org'})
    assert b"<script>" not in answer.data


def test_a_list_that_is_not_ours_has_no_form(house: House) -> None:
    client = application(house, now=lambda: TUESDAY).test_client()
    assert client.get("/subscribe/weekly").status_code == 404
    assert client.get("/subscribe/nothing").status_code == 404


def test_the_pages_of_a_newsletter_wear_its_theme_and_work_without_it(site: Site) -> None:
    look = "/assets/themes/weekly.css"
    assert look in site.client.get("/subscribe/weekly").text
    assert "#99401c" in site.client.get(look).text
    assert site.client.get("/assets/themes/none.css").text == ""
    theme = site.house.loaded.home / "themes" / "default" / "theme.toml"
    theme.parent.mkdir(parents=True)
    theme.write_text('[light]\naccent = "#1c5599"\n', encoding="utf-8")
    assert "#1c5599" in site.client.get(look).text
    theme.write_text("[light", encoding="utf-8")
    assert site.client.get(look).text == ""
    with site.house.store.write() as db:
        token = join(db, "ada@example.org").token
    for page in ("/subscribe/weekly", f"/preferences/{token}", f"/leave/{token}"):
        assert site.client.get(page).status_code == 200, "whoever wants to leave can"


def test_the_question_to_a_new_reader_waits_for_a_broken_theme(site: Site) -> None:
    theme = site.house.loaded.home / "themes" / "default" / "theme.toml"
    theme.parent.mkdir(parents=True)
    theme.write_text("[light", encoding="utf-8")
    site.ask()
    passes(site.house, 2)
    assert (site.office.bodies, site.known().standing) == ([], Standing.PENDING)
    assert history(site.house, "newsletter:weekly")[0].startswith("questions to new readers wait: ")
    theme.unlink()
    passes(site.house, 2)
    assert len(site.office.bodies) == 1
