"""What the check of an edition finds, one spoilt mail after the other."""

from __future__ import annotations

import random
import re
import string
from base64 import encodebytes
from dataclasses import replace
from email.charset import QP, Charset
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.places import Place
from bot.model.publication import Mail
from bot.preflight import Circumstances, Level, Rule, blocking, inspect
from bot.preflight.colours import colour, contrast
from bot.preflight.links import fault
from bot.preflight.size import BLOCK_FROM, WARN_FROM, base64, quoted_printable
from tests.preflight.mails import AT_HOME, SOUND, beside, found, html, mail_of, the
from tests.render.editions import IMPRINT, digest, edition, hebrew, line

AWAY = replace(AT_HOME, leaves_home=True)
BLOCK, WARN = Level.BLOCK, Level.WARN


@pytest.mark.parametrize("mail", [mail_of(edition(1)), SOUND, mail_of(edition(12)), mail_of(*hebrew())])
def test_what_the_shipped_templates_write_is_in_order(mail: Mail) -> None:
    assert found(mail, replace(AT_HOME, address=IMPRINT.address)) == ()


@pytest.mark.parametrize(
    ("spoilt", "rule", "level", "says"),
    [
        (html(lambda text: text.replace(Place.UNSUBSCRIBE, "#")), Rule.UNSUBSCRIBE, BLOCK, "in the HTML."),
        (
            html(lambda text: text.replace(Place.PREFERENCES, "#")),
            Rule.UNSUBSCRIBE,
            WARN,
            "choose how often in the HTML",
        ),
        (replace(SOUND, text=SOUND.text.replace(Place.UNSUBSCRIBE, "")), Rule.UNSUBSCRIBE, BLOCK, "in the plain text."),
        (html(lambda text: text.replace("7 Chandlers Lane", "a lane")), Rule.ADDRESS, BLOCK, "stand in the HTML."),
        (replace(SOUND, text=SOUND.text.replace("Chandlers", "")), Rule.ADDRESS, BLOCK, "stand in the plain text."),
        (html(lambda text: re.sub(r"<html[^>]*>", "<html>", text)), Rule.LANGUAGE, BLOCK, "no lang and no dir"),
        (html(lambda text: text.replace('<html lang="en"', '<html lang="fr"')), Rule.LANGUAGE, WARN, "in 'fr'"),
        (html(lambda text: text.replace('role="article" lang="en"', "")), Rule.LANGUAGE, WARN, "Children of <body>"),
        (html(lambda text: text.replace('charset="utf-8"', 'charset="iso-8859-1"')), Rule.CHARACTERS, BLOCK, "another"),
        (html(lambda text: text.replace('<meta charset="utf-8">', "")), Rule.CHARACTERS, WARN, "does not name"),
        (
            html(lambda text: text.replace("<head>", f"<head><!--{'x' * 1024}-->")),
            Rule.CHARACTERS,
            WARN,
            "behind its first 1024 bytes",
        ),
        (beside("It\x92s"), Rule.CHARACTERS, BLOCK, "In the HTML are C1"),
        (replace(SOUND, subject="It\x92s here"), Rule.CHARACTERS, BLOCK, "In the subject are C1"),
        (replace(SOUND, text=f"{SOUND.text}\x07"), Rule.CHARACTERS, BLOCK, "In the plain text are control"),
        (replace(SOUND, preheader="half \ud83d"), Rule.CHARACTERS, BLOCK, "half characters"),
        (beside("It&#146;s"), Rule.CHARACTERS, WARN, "as numbers"),
        (replace(SOUND, subject="Itâ€™s here"), Rule.CHARACTERS, WARN, "wrong encoding"),
        (replace(SOUND, subject="Hello {{ name }}"), Rule.CHARACTERS, WARN, "nobody filled"),
        (replace(SOUND, subject=" "), Rule.SUBJECT, BLOCK, "no subject"),
        (replace(SOUND, subject="One\nBcc: all@example.org"), Rule.SUBJECT, BLOCK, "line break"),
        (replace(SOUND, subject="x" * 151), Rule.SUBJECT, BLOCK, "151 characters"),
        (replace(SOUND, subject="x" * 61), Rule.SUBJECT, WARN, "61 characters"),
        (replace(SOUND, subject="LAST CHANCE"), Rule.SUBJECT, WARN, "capitals"),
        (replace(SOUND, subject="Re: your order"), Rule.SUBJECT, WARN, "answer"),
        (replace(SOUND, preheader=""), Rule.PREHEADER, WARN, "no preheader"),
        (replace(SOUND, preheader=SOUND.subject), Rule.PREHEADER, WARN, "once more"),
        (replace(SOUND, preheader="x" * 151), Rule.PREHEADER, WARN, "151 characters"),
        (replace(SOUND, preheader="a\nb"), Rule.PREHEADER, BLOCK, "line break"),
        (replace(SOUND, sender="nobody"), Rule.SENDER, BLOCK, "no mail address"),
        (replace(SOUND, sender="A <a@b@c.org>"), Rule.SENDER, BLOCK, "no mail address"),
        (replace(SOUND, sender="a@b.org"), Rule.SENDER, WARN, "no name"),
        (replace(SOUND, sender='"bank@b.org" <a@c.org>'), Rule.SENDER, WARN, "another mail address"),
        (replace(SOUND, sender="A <no-reply@b.org>"), Rule.SENDER, WARN, "Nobody reads"),
        (replace(SOUND, text=" \n"), Rule.PARTS, BLOCK, "no plain-text part"),
        (replace(SOUND, html="<html></html>"), Rule.PARTS, BLOCK, "says nothing"),
        (beside("<h2>A Sixth Story</h2>"), Rule.PARTS, BLOCK, "lacks: 'A Sixth Story'"),
        (beside("<p>“Never cook on a Monday.”</p>"), Rule.PARTS, BLOCK, "lacks, where they are checked: 'Never cook"),
        (beside("<blockquote><p>Never cook.</p><p>— Ann</p></blockquote>"), Rule.PARTS, BLOCK, "'Never cook.'"),
        (beside('<a href="https://a.org/b">The rest of it</a>'), Rule.PARTS, WARN, "https://a.org/b"),
        (beside('<img src="https://a.org/b.png" width="9">'), Rule.IMAGES, BLOCK, "b.png"),
        (beside('<img src="/b.png" alt="A boat" width="9">'), Rule.IMAGES, WARN, "do not show: '/b.png'"),
        (beside('<img src="https://a.org/b.webp" alt="A boat" width="9">'), Rule.IMAGES, WARN, "do not show"),
        (beside('<img src="https://a.org/b.gif" alt="" width="1" height="1">'), Rule.IMAGES, WARN, "report who reads"),
        (beside("<h5>x</h5>"), Rule.STRUCTURE, WARN, "skip"),
        (beside("<h1>x</h1>"), Rule.STRUCTURE, WARN, "2 headings of the first"),
        (beside("<script>x()</script>"), Rule.STRUCTURE, BLOCK, "'script'"),
        (beside('<p onclick="x()">x</p>'), Rule.STRUCTURE, BLOCK, "'onclick'"),
        (beside("<video src=x></video>"), Rule.STRUCTURE, WARN, "'video'"),
        (beside("<table><tr><td>x</table>"), Rule.STRUCTURE, WARN, "layout"),
        (beside("<style>p{color:red}</style>"), Rule.STYLES, WARN, "in the body"),
        (
            html(lambda text: text.replace("</style>", f"{'.a{color:red}' * 1300}</style>")),
            Rule.STYLES,
            BLOCK,
            "Gmail drops",
        ),
        (beside("<p>Full transcript is only available for paid subscribers</p>"), Rule.MEMBERS, WARN, "members' gate"),
        (beside('<p style="color:#999;background:#aaa">Pale</p>'), Rule.CONTRAST, BLOCK, "'Pale' is #999 on #aaa"),
        (beside('<p style="color:#888">Pale</p>'), Rule.CONTRAST, WARN, "'Pale' is #888 on #fbfaf6"),
        (beside('<p bgcolor="#666"><font color="black">Grey</font></p>'), Rule.CONTRAST, WARN, "black on #666"),
        (html(lambda text: "<div>" * 2000 + text), Rule.STRUCTURE, BLOCK, "cannot be read"),
        (html(lambda text: text + "x" * 6_000_000), Rule.STRUCTURE, BLOCK, "cannot be read"),
    ],
)
def test_a_spoilt_mail_is_told_what_is_wrong_and_what_to_do(spoilt: Mail, rule: Rule, level: Level, says: str) -> None:
    there = [each for each in found(spoilt) if each.rule is rule]
    assert [each.level for each in there if says in each.said] == [level], there
    assert all(each.remedy.endswith(".") and "\n" not in str(each) for each in there)


@pytest.mark.parametrize(
    "harmless",
    [
        beside('<img src="https://a.org/b.png" alt="A boat" width="600">'),
        beside('<p style="color:#888;font-size:30px">Large and pale</p>'),
        beside('<p style="color:rgb(9 9 9 / 50%)">What the tags do not tell</p>'),
        beside('<p style="color:#ddd;display:none">Hidden</p>'),
        beside('<p style="background:url(x.png) #000">On a picture</p>'),
        beside('<a href="mailto:letters@longlisten.example">Write to us</a>'),
        beside('<a href="https://shows.example/1#t=95">Another moment</a>'),
        replace(SOUND, subject="Nasa"),
        replace(SOUND, subject="NATO"),
        replace(SOUND, subject="x" * 60),
    ],
)
def test_what_is_harmless_is_not_found_fault_with(harmless: Mail) -> None:
    assert [each for each in found(harmless) if each.rule is not Rule.PARTS and each.level is not Level.NOTE] == []


@pytest.mark.parametrize(
    ("href", "says"),
    [
        (None, "without an address"),
        ("", "without an address"),
        ("#", "without an address"),
        ("#nowhere", "not there"),
        ("/about", "no whole addresses"),
        ("//a.org/b", "no whole addresses"),
        ("www.a.org", "no whole addresses"),
        ("https://", "without a host"),
        ("https:///path", "without a host"),
        ("https://a..org", "without a host"),
        ("https://a.org:port/", "cannot be understood"),
        ("https://[::1", "cannot be understood"),
        ("https://a.org/a b", "a space"),
        ("https://a.org/\x07", "control character"),
        ("javascript:alert(1)", "do not follow"),
        ("JavaScript:alert(1)", "do not follow"),
        ("data:text/html,x", "do not follow"),
        ("file:///etc/passwd", "do not follow"),
        ("mailto:nobody", "is none"),
        ("https://ann:secret@a.org/", "a password"),
        ("https://a.org/{{ token }}", "nobody filled"),
        ("*|UNSUB|*", "nobody filled"),
        ("https://a.org/%7B%7Btoken%7D%7D", "nobody filled"),
        ("http://localhost:8000/a", "readers cannot reach"),
        ("http://192.168.1.4/a", "readers cannot reach"),
        ("http://[fe80::1]/a", "readers cannot reach"),
        ("https://desk/a", "readers cannot reach"),
        ("https://show.example/a", "readers cannot reach"),
        ("https://www.example.org/a", "readers cannot reach"),
        (f"{Place.UNSUBSCRIBE}?more", "readers cannot reach"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(href: str | None, says: str) -> None:
    assert says in str(fault(href, frozenset(), leaves_home=True))


@pytest.mark.parametrize(
    "href",
    [
        "https://a.org",
        "HTTPS://A.ORG/B?c=d#e",
        "http://93.184.216.34/x",
        "https://bücher.de/ä",
        "mailto:a@b.org?subject=x",
        "tel:+49301234",
        "#here",
        Place.UNSUBSCRIBE,
        Place.PREFERENCES,
    ],
)
def test_a_link_that_leads_somewhere_is_not(href: str) -> None:
    assert fault(href, frozenset({"here"}), leaves_home=True) is None


def test_what_only_we_can_reach_matters_where_readers_get_it() -> None:
    local = html(lambda text: re.sub(r"https://\w+\.example", "http://localhost:8000", text))
    assert the(found(local), Rule.LINKS) == []
    ((level, said),) = the(found(local, AWAY), Rule.LINKS)
    assert level is BLOCK
    assert "localhost" in said
    (ours,) = [each for each in found(local, replace(AWAY, public="http://localhost:8000")) if each.rule is Rule.LINKS]
    assert ours.remedy.startswith("Set 'public' under [web]")
    (theirs,) = [each for each in found(local, replace(AWAY, public="https://a.org")) if each.rule is Rule.LINKS]
    assert "public" not in theirs.remedy


@pytest.mark.parametrize(
    ("words", "level", "says"),
    [
        ("here", WARN, "do not say"),
        ("Read more…", WARN, "do not say"),
        ("Weiterlesen »", WARN, "do not say"),
        ("https://a.org/b", WARN, "are an address"),
        ("", BLOCK, "without words"),
        ('<img src="https://a.org/b.png" alt="" width="9">', BLOCK, "without words"),
    ],
)
def test_a_link_says_where_it_leads(words: str, level: Level, says: str) -> None:
    there = the(found(beside(f'<a href="https://a.org/b">{words}</a>')), Rule.LINKS)
    assert [each for each, said in there if says in said] == [level]


def test_a_linked_picture_speaks_by_its_alt_text() -> None:
    told = '<a href="https://a.org/b"><img src="https://a.org/b.png" alt="Hear the ferry episode" width="9"></a>'
    assert the(found(beside(told)), Rule.LINKS) == []


@pytest.mark.parametrize("other", ["https://A.org/b", "http://a.org/b", "https://a.org/b/", "https://a.org/B#top"])
def test_two_links_that_are_nearly_the_same_are_told(other: str) -> None:
    both = beside(f'<a href="https://a.org/b">The ferry</a><a href="{other}">The boat</a>')
    assert [level for level, said in the(found(both), Rule.LINKS) if "nearly the same" in said] == [WARN]


def test_two_moments_of_one_episode_are_two_places() -> None:
    both = beside('<a href="https://a.org/b#t=5">The ferry</a><a href="https://a.org/b#t=9">The boat</a>')
    assert the(found(both), Rule.LINKS) == []


def test_an_edition_that_has_no_postal_address_is_stopped_and_told_where_to_set_one() -> None:
    bare = mail_of(edition(3), replace(IMPRINT, address=""))
    (finding,) = found(bare, replace(AT_HOME, address=""))
    assert (finding.level, finding.rule) == (BLOCK, Rule.ADDRESS)
    assert "[newsletters.weekly]" in finding.remedy


def test_an_example_goes_to_nobody() -> None:
    address = "The Post, 1 Example Street, Exampleton"
    made = mail_of(edition(3), replace(IMPRINT, address=address))
    assert found(made, replace(AT_HOME, address=address)) == ()
    away = blocking(found(replace(made, sender="A <a@example.org>"), replace(AWAY, address=address)))
    assert {each.rule for each in away} == {Rule.ADDRESS, Rule.SENDER, Rule.LINKS}


def test_a_mailbox_is_no_sender() -> None:
    assert the(found(replace(SOUND, sender="A <a@gmail.com>")), Rule.SENDER) == []
    assert [level for level, _ in the(found(replace(SOUND, sender="A <a@gmail.com>"), AWAY), Rule.SENDER)] == [WARN]


def test_an_edition_too_short_a_false_quote_and_a_new_gate_are_told() -> None:
    told = replace(AT_HOME, least=5, false_quote="“x” was never said.", walled=("The Ferry",))
    assert [(each.level, each.rule) for each in found(SOUND, told)] == [
        (BLOCK, Rule.QUOTES),
        (BLOCK, Rule.EPISODES),
        (BLOCK, Rule.MEMBERS),
    ]


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (100, 100, False),
        (125, 100, False),
        (126, 100, True),
        (74, 100, True),
        (0, 400, True),
        (400, 0, True),
        (19, 1, False),
        (0, 0, False),
    ],
)
def test_a_list_that_jumps_stops_the_edition(now: int, before: int, told: bool) -> None:
    there = the(found(SOUND, replace(AT_HOME, readers=(now, before))), Rule.AUDIENCE)
    assert [level for level, _ in there] == ([BLOCK if before else WARN] if told else [])


def test_an_editors_markdown_reads_differently_and_says_the_same() -> None:
    opener = "She said “a *slow* animal, see [the walls](https://a.org/walls) of it”.\n\n# A heading\n\n- one\n- two"
    notes = ((2, "> It is **so**."),)
    assert found(mail_of(edition(3, opener=opener, notes=notes))) == ()


def heavy(size: int, alphabet: str = string.ascii_letters) -> Mail:
    """An edition whose HTML has about `size` bytes."""
    draw = random.Random(size)  # noqa: S311
    words = " ".join("".join(draw.choices(alphabet, k=8)) for _ in range((size - len(SOUND.html)) // 9))
    lead = digest(1, summary=(line(words),))
    return mail_of(edition(3, lead=lead))


@pytest.mark.parametrize(("size", "levels"), [(60_000, []), (85_000, [WARN]), (120_000, [BLOCK])])
def test_a_mail_that_gmail_clips_is_stopped_and_one_that_comes_near_is_told(size: int, levels: list[Level]) -> None:
    mail = heavy(size)
    assert abs(len(mail.html) - size) < 2_000
    assert [level for level, _ in the(found(mail), Rule.SIZE)] == levels


def test_another_script_is_not_stopped_for_the_encoding_that_fits_it_worse() -> None:
    mail = heavy(26_000, "абвгдежзийклмнопрст")
    assert base64(mail.html) < WARN_FROM
    assert quoted_printable(mail.html) >= BLOCK_FROM
    ((level, said),) = the(found(mail), Rule.SIZE)
    assert level is WARN
    assert "quoted-printable" in said


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=500))
def test_what_a_part_weighs_is_what_a_mail_program_writes(text: str) -> None:
    lines = text.replace("\r", "\n")
    wire = lines.replace("\n", "\r\n").encode()
    assert base64(lines) == len(encodebytes(wire).replace(b"\n", b"\r\n"))
    charset = Charset("utf-8")
    charset.body_encoding = QP
    part = MIMEText("", "html", "utf-8")
    del part["Content-Transfer-Encoding"]
    part.set_payload(lines, charset)
    written = part.as_string().partition("\n\n")[2].replace("\n", "\r\n")
    # The library of Python never breaks a line after 76 characters exactly as another does.
    assert abs(quoted_printable(lines) - len(written)) <= 4 + len(written) // 40


@pytest.mark.parametrize(
    ("written", "is_colour"),
    [
        ("#fff", (1.0, 1.0, 1.0)),
        ("#000000", (0.0, 0.0, 0.0)),
        ("FFFFFF", (1.0, 1.0, 1.0)),
        ("rgb(255, 0, 0)", (1.0, 0.0, 0.0)),
        ("rgba(0,0,255,1)", (0.0, 0.0, 1.0)),
        ("White", (1.0, 1.0, 1.0)),
        ("rgba(0,0,0,.5)", None),
        ("var(--ink)", None),
        ("hsl(0 0% 0%)", None),
        ("url(x.png)", None),
        ("", None),
    ],
)
def test_a_colour_is_told_where_it_is_plainly_written(written: str, is_colour: object) -> None:
    assert colour(written) == is_colour


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    grey = colour("#767676")
    assert grey is not None
    assert contrast(grey, (1, 1, 1)) == pytest.approx(4.54, abs=0.01)


SCRAPS = st.sampled_from(
    [
        "<p style='color:",
        "<a href=",
        "<a href='http://[",
        "<img alt>",
        "<html lang>",
        "<style>",
        "<!--",
        "<table><td>",
        "<blockquote>",
        "<h1>",
        "</h1>",
        "<svg><a href=x>",
        "<template>",
        "<font color=red>",
        "“",
        "<b style='font:bold 99999px x;color:rgb(999,9,9);background:url('>x",
        "\x00",
        "&#0;",
        "&#x92;",
        "\ud800",
        "<select><option>",
        "<body><body>",
        "<frameset>",
        "<plaintext>",
        "<meta http-equiv=content-type content='text/html; charset='>",
        "<a href='//'>",
        "<a href='http://a:b@c:99999999999/'>x</a>",
        "<a name=x id=x href=#x>x</a>",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SCRAPS | st.text(max_size=20), max_size=30).map("".join), st.text(max_size=80), st.booleans())
def test_whatever_stands_in_a_mail_it_is_told_and_never_raised(page: str, words: str, leaves_home: bool) -> None:
    spoilt = Mail(words, words, words, page, words, words, (), (), words)
    findings = inspect(spoilt, Circumstances(words, leaves_home, 1, walled=(words,)))
    assert blocking(findings)
    for each in findings:
        line_of = str(each)
        assert line_of.isprintable() or words in each.remedy
