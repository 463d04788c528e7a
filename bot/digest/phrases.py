"""The few words of our own that an edition needs, by the newsletter's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """`rest` heads the episodes that share no topic; the others hold `{n}`, `{title}` or `{minutes}`."""

    rest: str
    more: str
    also: str
    count_one: str
    count_many: str


_PHRASES = {
    "en": Phrases(
        rest="More episodes",
        more=", and {n} more",
        also="Also:",
        count_one="{title}, number {n}: one episode in {minutes} min of reading",
        count_many="{title}, number {n}: {count} episodes in {minutes} min of reading",
    ),
    "de": Phrases(
        rest="Weitere Folgen",
        more=", und {n} weitere",
        also="Außerdem:",
        count_one="{title}, Nummer {n}: eine Folge in {minutes} Min. Lesezeit",
        count_many="{title}, Nummer {n}: {count} Folgen in {minutes} Min. Lesezeit",
    ),
    "fr": Phrases(
        rest="Autres épisodes",
        more=", et {n} de plus",
        also="Aussi :",
        count_one="{title}, numéro {n} : un épisode en {minutes} min de lecture",
        count_many="{title}, numéro {n} : {count} épisodes en {minutes} min de lecture",
    ),
    "es": Phrases(
        rest="Más episodios",
        more=", y {n} más",
        also="Además:",
        count_one="{title}, número {n}: un episodio en {minutes} min de lectura",
        count_many="{title}, número {n}: {count} episodios en {minutes} min de lectura",
    ),
}


def phrases(language: str) -> Phrases:
    """The words for a BCP 47 tag; English where we have no others."""
    return _PHRASES.get(language.replace("_", "-").split("-")[0].casefold(), _PHRASES["en"])
