"""A name server on loopback that says what it is told to, or nothing at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from bot.domains import Names

SILENT, BROKEN, GARBLED = "silent", "broken", "garbled"


@dataclass
class Server:
    """`texts` are the text records by name; a name that is not there does not exist. `mood` overrides everything."""

    texts: Mapping[str, tuple[str, ...]]
    mood: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, query: bytes) -> bytes | None:
        if self.mood == GARBLED:
            return b"\x00" * 7
        asked = dns.message.from_wire(query)
        name = asked.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.mood == SILENT:
            return None
        made = dns.message.make_response(asked)
        made.flags |= dns.flags.RA
        if self.mood == BROKEN:
            made.set_rcode(dns.rcode.SERVFAIL)
        elif self.texts.get(name):
            lines = [
                " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200)) for text in self.texts[name]
            ]
            made.answer.append(dns.rrset.from_text_list(asked.question[0].name, 60, "IN", "TXT", lines))
        elif name not in self.texts:
            made.set_rcode(dns.rcode.NXDOMAIN)
        return made.to_wire()


@contextmanager
def name_server(texts: Mapping[str, tuple[str, ...]], mood: str = "") -> Iterator[tuple[Server, Names]]:
    """A server, and names that are looked up there with little patience."""
    server = Server(texts, mood)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                query, whence = listening.recvfrom(4096)
                if not query:
                    return
                if (said := server.answer(query)) is not None:
                    listening.sendto(said, whence)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        yield server, Names(servers=("127.0.0.1",), port=port, patience=0.6 if mood else 5.0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", ("127.0.0.1", port))
        thread.join(timeout=5)
