"""The emoji that X counts as one thing, where they are made of several code points. Data, and the pattern made of it.

Facts from twemoji-parser 11.0.2, which twitter-text 3.1.0 reads emoji with: those of Unicode 11. A younger sequence is
counted by its code points, as there. An emoji of one code point needs no entry: it weighs two, as most others do.
"""

from __future__ import annotations

import re

# Code points in hexadecimal. With U+FE0F behind them these are pictures; the last row takes one, a skin tone, or both.
_PICTURES = """
    a9 ae 2122 265f
    203c 2049 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2 25aa-25ab 25b6 25c0
    25fb-25fe 2600-2604 260e 2611 2614-2615 2618 2620 2622-2623 2626 262a 262e-262f 2638-263a 2640 2642 2648-2653 2660
    2663 2665-2666 2668 267b 267f 2692-2697 2699 269b-269c 26a0-26a1 26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 26cf
    26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f8 26fa 26fd 2702 2708-2709 270f 2712 2714 2716 271d 2721 2733-2734 2744 2747
    2757 2763-2764 27a1 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f004 1f170-1f171 1f17e-1f17f 1f202
    1f21a 1f22f 1f237 1f321 1f324-1f32c 1f336 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cd-1f3ce 1f3d4-1f3df 1f3f3
    1f3f5 1f3f7 1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 1f573 1f576-1f579 1f587 1f58a-1f58d 1f5a5 1f5a8 1f5b1-1f5b2
    1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf 1f6e0-1f6e5 1f6e9
    1f6f0 1f6f3
"""
_TONED_PICTURES = "261d 26f7 26f9 270c-270d 1f3cb-1f3cc 1f574-1f575 1f590"
# These take a skin tone.
_TONED = """
    270a-270b 1f385 1f3c2-1f3c4 1f3c7 1f3ca 1f442-1f443 1f446-1f450 1f466-1f469 1f46e 1f470-1f478 1f47c 1f481-1f483
    1f485-1f487 1f4aa 1f57a 1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc 1f918-1f91c 1f91e-1f91f
    1f926 1f930-1f939 1f93d-1f93e 1f9b5-1f9b6 1f9b8-1f9b9 1f9d1-1f9dd
"""
# These take the sign of a woman or a man: after a skin tone or none, after a skin tone or U+FE0F, or only after none.
_GENDERED = """
    1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b 1f64d-1f64e 1f6a3 1f6b4-1f6b6
    1f926 1f935 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd
"""
_GENDERED_PICTURES = "26f9 1f3cb-1f3cc 1f574-1f575"
_GENDERED_ONLY = "1f46f 1f93c 1f9de-1f9df"
# What a woman or a man does, or which hair they have.
_DOING = "1f33e 1f373 1f393 1f3a4 1f3a8 1f3eb 1f3ed 1f4bb-1f4bc 1f527 1f52c 1f680 1f692 1f9b0-1f9b3"
_DOING_PICTURES = "2695-2696 2708"
# By ISO 3166, and those that are reserved there.
_FLAGS = """
    AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU FI FJ
    FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM
    MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT
    PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL
    TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
# England, Scotland and Wales: a black flag, and their codes in tags.
_TAGGED_FLAGS = "gbeng gbsct gbwls"

_MAN, _WOMAN, _BOY, _GIRL = "\U0001f468", "\U0001f469", "\U0001f466", "\U0001f467"
_HEART, _KISS = "\u2764\ufe0f", "\U0001f48b"
_BLACK_FLAG, _WHITE_FLAG, _RAINBOW, _SKULL = "\U0001f3f4", "\U0001f3f3\ufe0f", "\U0001f308", "\u2620\ufe0f"
_EYE, _BUBBLE = "\U0001f441", "\U0001f5e8"
_TONE = "[\U0001f3fb-\U0001f3ff]"
_SIGN = "[\u2640\u2642]\ufe0f"
_JOINED = "\u200d"


def _one_of(points: str) -> str:
    """A class of the code points that stand in a table."""
    return f"[{''.join('-'.join(chr(int(each, 16)) for each in part.split('-')) for part in points.split())}]"


def _flags() -> str:
    letters = {chr(ord("A") + number): chr(0x1F1E6 + number) for number in range(26)}
    return "|".join("".join(letters[each] for each in code) for code in _FLAGS.split())


def _tagged_flags() -> str:
    codes = ("".join(chr(0xE0000 + ord(letter)) for letter in code) for code in _TAGGED_FLAGS.split())
    return "|".join(f"{_BLACK_FLAG}{code}\U000e007f" for code in codes)


def _family() -> str:
    parents = f"(?:{_MAN}(?:{_JOINED}[{_MAN}{_WOMAN}])?|{_WOMAN}(?:{_JOINED}{_WOMAN})?)"
    children = f"(?:{_BOY}(?:{_JOINED}{_BOY})?|{_GIRL}(?:{_JOINED}[{_BOY}{_GIRL}])?)"
    return f"{parents}{_JOINED}{children}"


def _couple() -> str:
    between = f"{_JOINED}{_HEART}{_JOINED}(?:{_KISS}{_JOINED})?"
    return f"{_MAN}{between}{_MAN}|{_WOMAN}{between}[{_MAN}{_WOMAN}]"


# The longest first.
SEQUENCE = re.compile(
    "|".join(
        (
            f"[{_MAN}{_WOMAN}]{_TONE}?{_JOINED}(?:{_one_of(_DOING_PICTURES)}\ufe0f|{_one_of(_DOING)})",
            f"{_one_of(_GENDERED_PICTURES)}(?:{_TONE}|\ufe0f){_JOINED}{_SIGN}",
            f"{_one_of(_GENDERED)}{_TONE}?{_JOINED}{_SIGN}",
            f"{_one_of(_GENDERED_ONLY)}{_JOINED}{_SIGN}",
            _couple(),
            _family(),
            f"{_WHITE_FLAG}{_JOINED}{_RAINBOW}|{_BLACK_FLAG}{_JOINED}{_SKULL}|{_EYE}{_JOINED}{_BUBBLE}",
            "[#*0-9]\ufe0f?\u20e3",
            f"{_one_of(_PICTURES)}\ufe0f",
            f"{_one_of(_TONED_PICTURES)}(?:\ufe0f{_TONE}?|{_TONE})",
            f"{_one_of(_TONED)}{_TONE}",
            _tagged_flags(),
            _flags(),
        )
    )
)
