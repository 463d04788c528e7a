"""Takes pictures of a mail as clients show it: wide and narrow, light, dark as designed, and inverted by force."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from enum import StrEnum
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Look(StrEnum):
    LIGHT = "light"
    DARK = "dark"
    INVERTED = "inverted"


# Blink's settings stand in for the three regimes of mail programs: none, the design's own dark, a forced inversion.
# Programs of the third kind see neither the dark design nor the wish to be left alone, so both are taken out for it.
_DARK_DESIGN = re.compile(r'<style.*?</style>|<meta name="(?:supported-)?color-schemes?"[^>]*>', re.DOTALL)
_FLAGS = {
    Look.LIGHT: ["--blink-settings=preferredColorScheme=1"],
    Look.DARK: ["--blink-settings=preferredColorScheme=0"],
    Look.INVERTED: ["--blink-settings=preferredColorScheme=1,forceDarkModeEnabled=true"],
}


def shoot(html: str, target: Path, *, look: Look, width: int, height: int) -> Path:
    """A PNG of `html` at `width` by `height` pixels; the page can reach no network."""
    if CHROMIUM is None:
        raise FileNotFoundError("Chromium is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "mail.html")
        # Headless Chromium makes no window narrower than 500 pixels, so the mail stands in a frame of the width wanted.
        page.write_text(_DARK_DESIGN.sub("", html) if look is Look.INVERTED else html, encoding="utf-8")
        scheme = "" if look is Look.INVERTED else '<meta name="color-scheme" content="light dark">'
        frame = Path(folder, "frame.html")
        frame.write_text(
            f'<!doctype html>{scheme}<body style="margin:0">'
            f'<iframe src="mail.html" style="border:0;width:{width}px;height:{height}px"></iframe>',
            encoding="utf-8",
        )
        subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={target}",
                *_FLAGS[look],
                frame.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
    return target
