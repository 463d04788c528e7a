"""Cards as people see them: nothing clipped, lines that read well, every script or a clear refusal, the same bytes."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from bot.errors import Refused
from bot.media.alt import alt_of
from bot.media.card import JPEG, Look, composed, draw
from bot.media.coverage import contents
from bot.media.direction import levels, runs_right_to_left, visual
from bot.media.faces import OWN, Faces
from bot.media.lines import balanced, parted, pieces
from bot.media.look import FORMATS
from bot.media.square import COVER, cover
from bot.model.card import Colours, Words
from bot.preflight.colours import colour, contrast

POT = Words(
    "A recipe tells you what to do; it never tells you what to wait for, and waiting is most of the work.",
    speaker="Ada Ruiz",
    show="The Unhurried Pot",
    moment="about 12:34",
    language="en",
)
# What the tests may not find in this machine's own folders.
ALONE = Look(faces=Faces(installed=False))
WORD = st.text("abcdefghijklmnopqrstuvwxyzÄÖÜßéèñçşğłøåжЮλΩĐươ0123456789,.;:!?-’&%WMQgjpy", min_size=1, max_size=24)


def image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def inked(content: bytes, paper: str = Colours().paper) -> tuple[int, int, int, int]:
    """The box of everything that is not paper."""
    shown = image(content)
    box = ImageChops.difference(shown, Image.new("RGB", shown.size, paper)).getbbox()
    assert box is not None
    return box


def lines_of(text: str, limit: float) -> list[str]:
    parts = pieces(text)
    return balanced(parts, [float(len(each.text)) for each in parts], [float(each.spaced) for each in parts], limit)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORD, min_size=1, max_size=40), st.sampled_from(list(FORMATS.values())))
def test_nothing_comes_near_an_edge_whatever_is_said(words: list[str], form: object) -> None:
    assert isinstance(form, type(FORMATS["square"]))
    said = " ".join(words)[:280]
    card = draw(
        Words(said, "W" * 60, "An Everlasting Show of Very Many Words " * 4, "about 1:02:03", "de"), form, ALONE
    )
    left, top, right, bottom = inked(card.content)
    assert left >= form.safe
    assert right <= form.width - form.safe
    assert top >= form.top + form.safe
    assert bottom <= form.height - form.bottom - form.safe


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abcdefghij,.", min_size=1, max_size=9), min_size=1, max_size=40), st.integers(10, 60))
def test_lines_hold_every_word_once_and_in_order(words: list[str], limit: int) -> None:
    lines = lines_of(" ".join(words), limit)
    assert " ".join(lines) == " ".join(words)
    assert all(len(line) <= limit for line in lines)


def test_lines_are_of_like_length_and_no_word_stands_alone_at_the_end() -> None:
    said = "We had two hundred children a day and for sixteen years I watched every cook stir"
    lines = lines_of(said, 40)
    assert len(lines) == 3
    assert max(map(len, lines)) - min(map(len, lines)) <= 8
    assert all(len(line.split()) > 1 for line in lines_of("Slow down and let the pot do it all", 30))


def test_chinese_and_japanese_break_anywhere_but_before_a_stop() -> None:
    assert lines_of("たまねぎは、ほうっておけばいい。", 6) == ["たまねぎは、", "ほうってお", "けばいい。"]


@pytest.mark.parametrize(
    ("said", "breaks"),
    [
        ("เราพบว่าคนที่ฟังมากที่สุดคือคนที่ขับรถ", "เราพบว่าคนที่|ฟัง|มาก|ที่|สุด|คือคนที่|ขับรถ"),
        ("ປີພວກເຮົາຮູ້ວ່າຄົນທີ່", "ປີພວກ|ເຮົາ|ຮູ້|ວ່າ|ຄົນ|ທີ່"),
        ("បន្ទាប់ពីបីឆ្នាំយើងបានដឹង", "បន្ទាប់|ពី|បីឆ្នាំ|យើង|បាន|ដឹង"),
        ("မထင်ခဲ့ဘူး", "မထင်|ခဲ့|ဘူး"),
        ("ཉན་མཁན་མང་ཤོས་", "ཉན་|མཁན་|མང་|ཤོས་"),
    ],
)
def test_scripts_without_spaces_break_between_syllables(said: str, breaks: str) -> None:
    assert "|".join(each.text for each in pieces(said)) == breaks


def test_short_words_are_large_and_long_ones_fill_the_card() -> None:
    short = inked(draw(Words("Wait."), FORMATS["square"], ALONE).content)
    assert short[3] - short[1] > 90
    with pytest.raises(Refused, match="too many for a card of 1200 × 630"):
        draw(Words("word " * 400), FORMATS["landscape"], ALONE)


@pytest.mark.parametrize("mime", ["image/png", JPEG])
def test_the_same_quote_makes_the_same_file(mime: str) -> None:
    one, two = (draw(POT, FORMATS["square"], Look(), mime=mime) for _ in range(2))
    assert one == two
    assert (one.width, one.height) == image(one.content).size == (1080, 1080)
    assert one.content != draw(Words(POT.quote.replace("never", "ever")), FORMATS["square"], Look(), mime=mime).content
    assert b"Pillow" not in one.content


def test_what_no_font_here_holds_is_refused_and_never_drawn_as_a_box() -> None:
    with pytest.raises(Refused, match=r"No font here holds '火' \(cjk unified ideograph-706b\): put one"):
        draw(Words("Then 火鍋 for everyone."), FORMATS["square"], ALONE)
    with pytest.raises(Refused, match=r"u\+e000"):
        draw(Words("A sign of our own: \ue000"), FORMATS["square"], Look())


def test_hebrew_and_arabic_are_set_from_the_right_in_a_face_that_holds_them() -> None:
    """Debian's DejaVu holds both."""
    for said in ("תעזוב את הבצל במנוחה.", "اترك البصل وشأنه."):
        form = FORMATS["square"]
        card = image(draw(Words(said, "עדה", "הסיר", "12:34", "he"), form, Look()).content)
        paper = Image.new("RGB", card.size, Colours().paper)
        name = ImageChops.difference(card, paper).crop((0, form.height - 180, form.width, form.height)).getbbox()
        assert name is not None
        assert name[2] > form.width - form.margin - 8


def test_a_mixed_line_stands_in_the_order_in_which_it_is_read() -> None:
    def shown(text: str) -> str:
        return "".join(text[at] for at in visual(levels(text, rightwards=not runs_right_to_left(text))))

    assert shown("say אבג now") == "say גבא now"
    assert shown("אבג 12:34 דה") == "הד 12:34 גבא"
    assert shown("אבג hello 20 דה") == "הד hello 20 גבא"
    assert shown("20% אב") == "בא 20%"


def test_a_font_file_says_what_it_holds(tmp_path: Path) -> None:
    (own,) = contents(OWN.path)
    assert own.family == "Source Serif 4"
    assert all(own.holds(each) for each in "AzßłЖΩạ“”…")
    assert not any(own.holds(each) for each in "火א😀\ue000")
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(struct.pack(">4sHHHH", b"\0\1\0\0", 900, 0, 0, 0) + b"half")
    assert contents(broken) == contents(tmp_path / "none.ttf") == ()


def test_the_house_colours_can_be_read() -> None:
    tokens = Colours()
    paper = colour(tokens.paper)
    for each in (tokens.ink, tokens.muted, tokens.accent):
        found = colour(each)
        assert paper is not None
        assert found is not None
        assert contrast(found, paper) >= 4.5


def test_the_artwork_of_the_show_stands_beside_the_names() -> None:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "#1144aa").save(file, "PNG")
    form = FORMATS["landscape"]
    card = image(draw(POT, form, Look(artwork=file.getvalue())).content)
    assert card.getpixel((form.margin + 20, form.height - form.margin - 20)) == (0x11, 0x44, 0xAA)
    with pytest.raises(Refused, match="no picture that can be read"):
        draw(POT, form, Look(artwork=b"GIF89a and then nothing"))


def test_a_copy_for_readers_is_small_square_and_has_nothing_else_of_the_file() -> None:
    file = io.BytesIO()
    seen = Image.new("RGBA", (900, 600), (0, 0, 0, 0))
    seen.paste((0x11, 0x44, 0xAA, 255), (300, 150, 600, 450))
    words = PngInfo()
    words.add_text("Comment", "made at 52.5, 13.4")
    seen.save(file, "PNG", pnginfo=words)
    copy = cover(file.getvalue())
    assert len(copy) < 10_000
    assert b"made at" not in copy
    made = image(copy)
    assert (copy[:2], made.size) == (b"\xff\xd8", (COVER, COVER))
    corner, middle = made.getpixel((3, 3)), made.getpixel((84, 84))
    assert corner == (255, 255, 255), "what is transparent is white"
    assert isinstance(middle, tuple)
    assert max(abs(a - b) for a, b in zip(middle, (0x11, 0x44, 0xAA), strict=True)) < 8


def test_a_broken_or_forged_picture_is_refused() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    whole = file.getvalue()
    huge = whole[:16] + struct.pack(">II", 60_000, 60_000) + whole[24:]
    bitmap = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(bitmap, "BMP")
    for each in (b"", b"<svg/>", whole[:60], whole[:30] + whole[40:], huge, bitmap.getvalue()):
        with pytest.raises(Refused):
            cover(each)


def test_the_alt_text_is_what_the_card_says() -> None:
    assert alt_of(POT) == f"“{POT.quote}” Ada Ruiz, The Unhurried Pot, about 12:34"
    assert alt_of(Words("Leave it.", quoted=False)) == "Leave it."


def test_a_compound_is_parted_with_a_hyphen_rather_than_making_all_words_small() -> None:
    said = "Das Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz gilt."
    _, set_, _ = composed(Words(said, "Jörg", language="de"), FORMATS["square"], ALONE)
    assert set_.size > 70
    assert [line for line in set_.lines if line.endswith("-")]
    # Each line begins at its place, hyphens not counted: that is how a film finds the words that were said.
    whole = [said[begin:stop] for begin, stop in zip(set_.starts, [*set_.starts[1:], len(said)], strict=True)]
    assert [each.strip() for each in whole] == [line.removesuffix("-") for line in set_.lines]
    assert parted(pieces("Hausordnung")[0]) == pieces("Hausordnung")


def test_a_face_of_ordinary_weight_is_taken_where_there_is_one() -> None:
    """Debian's DejaVu comes in bold as well, whose file is named first."""
    faces = Faces().of("שלום", "he")
    assert all("Bold" not in each.path.name for each in faces.values())
