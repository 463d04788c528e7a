"""Whether the mail is short enough for Gmail, which cuts what is longer and takes the way out with it."""

from __future__ import annotations

import binascii

from bot.preflight.findings import Finding, Rule, block, warn

# Gmail shows about the first 102 KB of what travelled and hides the rest, the unsubscribe link in it. Services that
# count clicks write longer addresses into the mail: one newsletter grew from 88.7 KB to 118 KB on its way.
_KB = 1024
WARN_FROM = 75 * _KB
BLOCK_FROM = 95 * _KB
# Gmail drops what stands in <style> beyond this.
STYLES_BELOW = 16 * _KB
_LINE = 76


def quoted_printable(html: str) -> int:
    """Bytes of a part as it travels quoted-printable, which most services write."""
    return len(binascii.b2a_qp(_wire(html), istext=True))


def base64(html: str) -> int:
    """Bytes of a part as it travels in base64, in lines of 76."""
    encoded = -(-len(_wire(html)) // 3) * 4
    return encoded + 2 * -(-encoded // _LINE)


def weighed(html: str, style_bytes: int) -> list[Finding]:
    """What there is to say of the size of an HTML part.

    What counts is what travels, and which of two encodings a service takes is not ours to say: the shorter one decides.
    Where the script makes the other one far longer, that is said too.
    """
    written, packed = quoted_printable(html), base64(html)
    travels = min(written, packed)
    found = []
    remedy = "Leave episodes out (field skip:N), shorten the opener and notes, or set a smaller max_episodes."
    if travels >= BLOCK_FROM:
        found.append(
            block(Rule.SIZE, f"{_weight(travels)}; Gmail clips it, and the way to unsubscribe with it.", remedy)
        )
    elif travels >= WARN_FROM:
        said = f"{_weight(travels)}; with the longer links of a service that counts clicks Gmail may clip it."
        found.append(warn(Rule.SIZE, said, remedy))
    elif written >= BLOCK_FROM:
        said = f"{_weight(written)} where a service writes it quoted-printable, as most do; Gmail would clip it."
        found.append(warn(Rule.SIZE, said, remedy))
    if style_bytes >= STYLES_BELOW:
        said = f"The <style> blocks have {style_bytes:,} bytes; from {STYLES_BELOW:,} on Gmail drops them."
        found.append(block(Rule.STYLES, said, "Shorten email/dark.css, or write rules into the tags."))
    return found


def _weight(size: int) -> str:
    return f"The HTML part weighs {size / _KB:.0f} KB as it travels"


def _wire(html: str) -> bytes:
    return html.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
