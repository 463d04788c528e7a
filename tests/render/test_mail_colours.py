"""Whether a mail can be read: every text against its ground, light, dark as designed, and inverted by force."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.render import Renderer
from tests.render.conftest import THEMES
from tests.render.editions import IMPRINT, edition

pytestmark = pytest.mark.parametrize("renderer", THEMES, indirect=True, scope="module")

Colour = tuple[float, float, float]
Styles = dict[int, dict[str, str]]


def declarations(style: str) -> dict[str, str]:
    pairs = (pair.split(":", 1) for pair in style.split(";") if ":" in pair)
    return {name.strip(): value.replace("!important", "").strip() for name, value in pairs}


def light(tree: LexborHTMLParser) -> Styles:
    return {node.mem_id: declarations(node.attributes.get("style") or "") for node in tree.css("*")}


def dark(tree: LexborHTMLParser) -> Styles:
    """The styles of the light design with those of the dark one over them, in the order of the sheet."""
    styles = light(tree)
    sheet = tree.css_first("style")
    assert sheet is not None
    inner = sheet.text().split("{", 1)[1].rsplit("}", 1)[0]
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", inner):
        for selector in selectors.split(","):
            for node in tree.css(selector.strip()):
                styles[node.mem_id] |= declarations(body)
    return styles


def inherited(node: LexborNode, name: str, styles: Styles) -> str:
    at: LexborNode | None = node
    while at is not None:
        if name in styles.get(at.mem_id, {}):
            return styles[at.mem_id][name]
        at = at.parent
    raise AssertionError(f"no {name} above <{node.tag}>")


def shown(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """Every element of the visible mail that holds words of its own."""
    for node in tree.css("body > [role=article] *"):
        if (node.text(deep=False) or "").strip():
            yield node


def pairs(tree: LexborHTMLParser, styles: Styles) -> set[tuple[str, str]]:
    return {(inherited(node, "color", styles), inherited(node, "background-color", styles)) for node in shown(tree)}


def colour(code: str) -> Colour:
    assert re.fullmatch("#[0-9a-f]{6}", code), f"{code}: six digits, please"
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:], 16) / 255)


def contrast(first: Colour, second: Colour) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(value: Colour) -> float:
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in value)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def inverted(value: Colour) -> Colour:
    """What a program that forces darkness makes of a colour: its lightness turned over, its hue kept."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*value)
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)


@pytest.fixture(scope="module")
def tree(renderer: Renderer) -> LexborHTMLParser:
    return LexborHTMLParser(renderer.mail(edition(12), IMPRINT)[0])


@pytest.mark.parametrize("design", [light, dark])
def test_every_text_stands_out_from_its_ground(tree: LexborHTMLParser, design: object) -> None:
    styles = design(tree)  # type: ignore[operator]
    found = pairs(tree, styles)
    assert len(found) >= 5
    for text, ground in found:
        ratio = contrast(colour(text), colour(ground))
        assert ratio >= 4.5, f"{text} on {ground} is {ratio:.2f}:1"


def test_a_forced_inversion_leaves_it_legible(tree: LexborHTMLParser) -> None:
    for text, ground in pairs(tree, light(tree)):
        ratio = contrast(inverted(colour(text)), inverted(colour(ground)))
        assert ratio >= 4.5, f"{text} on {ground}, inverted, is {ratio:.2f}:1"


@pytest.mark.parametrize("design", [light, dark])
def test_nothing_is_pure_black_or_white(tree: LexborHTMLParser, design: object) -> None:
    used = {code for pair in pairs(tree, design(tree)) for code in pair}  # type: ignore[operator]
    assert not used & {"#ffffff", "#000000"}


def test_the_dark_design_leaves_no_colour_of_the_light_one(tree: LexborHTMLParser) -> None:
    bright = {code for pair in pairs(tree, light(tree)) for code in pair}
    night = {code for pair in pairs(tree, dark(tree)) for code in pair}
    assert not {ground for _, ground in pairs(tree, light(tree))} & {ground for _, ground in pairs(tree, dark(tree))}
    assert len(night) >= len(bright) - 1


def test_every_text_is_at_least_16_pixels(tree: LexborHTMLParser) -> None:
    styles = light(tree)
    for found in styles.values():
        if short := re.search(r"(\d+)px(?:/[\d.]+)? ", found.get("font", "")):
            found["font-size"] = f"{short[1]}px"
    for node in shown(tree):
        assert int(inherited(node, "font-size", styles).removesuffix("px")) >= 16
