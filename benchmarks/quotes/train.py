"""Makes the weights that ship, from all labelled episodes and film pairs: bot/quotes/weights/*.json.

python -m benchmarks.quotes.train        about three minutes on one core; the same material gives the same bytes
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quotes import learn, lines, measure
from bot.quotes import ranking, weights
from bot.quotes.weights import EpisodeWeights

_WEIGHTS = Path(__file__).resolve().parents[2] / "bot" / "quotes" / "weights"
# Smaller weights change no order and are left out.
_LEAST = {"features": 0.0, "characters": 1e-3}


def main() -> None:
    pool, vocabulary = measure.everything()
    numbers = range(len(pool.episodes))
    model = measure.trained(pool, vocabulary, numbers)
    write("episode", weights.written(weights_of(model, vocabulary, episodes=len(pool.episodes))))
    pairs = lines.read()
    fitted = lines.fit(pairs, np.ones(len(pairs.groups), dtype=bool))
    write(
        "line",
        weights.lines(
            {
                "about": f"trained on {len(pairs.groups)} pairs of film lines; see docs/model-card.md",
                **{
                    kind: {
                        key: weights.short(value) for key, value in sorted(found.items()) if abs(value) >= _LEAST[kind]
                    }
                    for kind, found in fitted.items()
                },
            }
        ),
    )


def weights_of(model: learn.Model, vocabulary: Sequence[str], *, episodes: int) -> EpisodeWeights:
    """A fitted model in the form in which it ships."""
    return EpisodeWeights(
        f"trained on {episodes} episodes of two interview shows; see docs/model-card.md",
        learn.WINDOWS,
        {name: tuple(model.features[:, column].tolist()) for column, name in enumerate(ranking.NAMES)},
        learn.WORD_WINDOWS,
        {word: tuple(model.words[row].tolist()) for row, word in sorted(enumerate(vocabulary), key=lambda x: x[1])},
    )


def write(name: str, text: str) -> None:
    """Puts weights where the package finds them."""
    (_WEIGHTS / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
