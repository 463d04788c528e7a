"""How work grows with its size, as a ratio: what a test may say of speed on any machine, however busy."""

from __future__ import annotations

import time
from collections.abc import Callable

# Four times as much may cost ten times as much: linear work costs four times, quadratic work sixteen.
TIMES = 4
MOST = 10.0
# Below this (seconds) a measurement says more about the clock than about the work.
_GRAIN = 0.02


def growth(work: Callable[[int], object], small: int) -> float:
    """How many times more `TIMES * small` costs than `small`, in CPU time: the lesser of two each."""
    return (_least(work, TIMES * small) + _GRAIN) / (_least(work, small) + _GRAIN)


def _least(work: Callable[[int], object], size: int) -> float:
    return min(_cost(work, size) for _ in range(2))


def _cost(work: Callable[[int], object], size: int) -> float:
    began = time.process_time()
    work(size)
    return time.process_time() - began
