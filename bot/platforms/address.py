"""Server addresses as hosts write them in the settings of a platform."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import ConfigError

AT_HOME = ("localhost", "127.0.0.1", "::1")


def origin(server: str, *, example: str) -> str:
    """`server` as `scheme://host[:port]`, https unless it says otherwise.

    Raises ConfigError where it is no server, or would have a secret sent over the network unencrypted.
    """
    address = server.strip()
    try:
        parts = urlsplit(address if "//" in address else f"https://{address}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.path not in ("", "/") or parts.query or "@" in parts.netloc:
        raise ConfigError([f"'server' is wrong: '{server}' is no server; write for example \"{example}\"."])
    if parts.scheme != "https" and host not in AT_HOME:
        raise ConfigError([f"'server' is wrong: '{server}' would send the secret unencrypted; write https://{host}."])
    return f"{parts.scheme}://{parts.netloc}"
