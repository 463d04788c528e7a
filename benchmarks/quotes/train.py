"""Makes the weights that ship, from all labelled episodes and film pairs: bot/quotes/weights/*.json.

python -m benchmarks.quotes.train        about three minutes on one core; the same material gives the same bytes
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.quotes import learn, lines, measure
from bot.quotes import ranking

_WEIGHTS = Path(__file__).resolve().parents[2] / "bot" / "quotes" / "weights"
# Smaller weights change no order and are left out.
_LEAST = {"features": 0.0, "characters": 1e-3}


def main() -> None:
    pool, vocabulary = measure.everything()
    numbers = range(len(pool.episodes))
    model = measure.trained(pool, vocabulary, numbers)
    _write(
        "episode",
        {
            "about": f"trained on {len(pool.episodes)} episodes of two interview shows; see docs/model-card.md",
            "windows": learn.WINDOWS,
            "features": {
                name: [_short(value) for value in model.features[:, column]]
                for column, name in enumerate(ranking.NAMES)
            },
            "word_windows": learn.WORD_WINDOWS,
            "words": {
                word: [_short(value) for value in model.words[row]]
                for row, word in sorted(enumerate(vocabulary), key=lambda item: item[1])
            },
        },
    )
    pairs = lines.read()
    weights = lines.fit(pairs, np.ones(len(pairs.groups), dtype=bool))
    _write(
        "line",
        {
            "about": f"trained on {len(pairs.groups)} pairs of film lines; see docs/model-card.md",
            **{
                kind: {key: _short(value) for key, value in sorted(found.items()) if abs(value) >= _LEAST[kind]}
                for kind, found in weights.items()
            },
        },
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _write(name: str, weights: dict[str, object]) -> None:
    """One weight a line, so that two trainings can be compared with `diff`."""
    text = json.dumps(weights, ensure_ascii=False, indent=0)
    text = text.replace(",\n0", ", 0").replace(",\n-0", ", -0").replace("[\n", "[").replace("\n]", "]")
    (_WEIGHTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
