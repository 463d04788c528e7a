"""Signatures on P-256: what openssl and SendGrid signed is believed, and nothing that differs by one bit."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.ecdsa import proves
from tests.platforms.signing import der

# Made with openssl: a key, and a signature of MESSAGE.
KEY = base64.b64decode(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELFRxuLuCIqm0kDbxOH8OXAei38QnkXDIiuFL8UUrkm4508mwVP9pSPNbmGaJKAl+m1y2Jz1eeIHRCl8U"
    "zmm/Ug=="
)
SIGNATURE = base64.b64decode(
    "MEYCIQCTYPjCkFF1jImVsPCjMbaCU3sgmU5uyFgarzJA1KVlzQIhALOx8ZFCL1RUjcRASQxeyuo5ISitL/BCMHtPHvcdbwIz"
)
MESSAGE = b'1764147900[{"a":1}]'
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def numbers() -> tuple[int, int]:
    return int.from_bytes(SIGNATURE[4:37]), int.from_bytes(SIGNATURE[39:])


def test_a_signature_of_openssl_proves_its_message_and_no_other() -> None:
    assert der(*numbers()) == SIGNATURE
    assert proves(SIGNATURE, MESSAGE, public_key=KEY)
    assert not proves(SIGNATURE, MESSAGE + b" ", public_key=KEY)
    assert not proves(SIGNATURE, b"", public_key=KEY)


def test_a_published_signature_is_believed() -> None:
    """NIST's example for P-256 with SHA-256 (RFC 6979, A.2.5, message "sample"), its key written out whole."""
    key = bytes.fromhex(
        "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
    )
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    assert proves(der(r, s), b"sample", public_key=key)
    assert not proves(der(s, r), b"sample", public_key=key)
    assert not proves(der(r, s), b"test", public_key=key)


@given(where=st.integers(0, len(SIGNATURE) * 8 - 1))
def test_no_signature_that_differs_by_a_bit_is_believed(where: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[where // 8] ^= 1 << where % 8
    assert not proves(bytes(changed), MESSAGE, public_key=KEY)


@given(where=st.integers(0, len(KEY) * 8 - 1))
def test_no_key_that_differs_by_a_bit_is_believed(where: int) -> None:
    changed = bytearray(KEY)
    changed[where // 8] ^= 1 << where % 8
    assert not proves(SIGNATURE, MESSAGE, public_key=bytes(changed))


@given(signature=st.binary(max_size=80), key=st.binary(max_size=100))
def test_nonsense_proves_nothing_and_breaks_nothing(signature: bytes, key: bytes) -> None:
    assert not proves(signature, MESSAGE, public_key=KEY)
    assert not proves(SIGNATURE, MESSAGE, public_key=key)


@pytest.mark.parametrize("at", range(4))
def test_numbers_out_of_range_are_refused(at: int) -> None:
    r, s = numbers()
    wrong = [(0, s), (r, 0), (r + ORDER, s), (r, s + ORDER)][at]
    assert not proves(der(*wrong), MESSAGE, public_key=KEY)


@pytest.mark.parametrize(
    "changed",
    [
        SIGNATURE + b"\x00",
        SIGNATURE[:-1],
        b"\x30\x81\x46" + SIGNATURE[2:],
        b"\x30\x48" + SIGNATURE[2:] + b"\x05\x00",
        b"\x30\x47\x02\x22\x00" + SIGNATURE[4:],
        b"\x30\x45\x02\x20" + SIGNATURE[5:],
        b"\x30\x00",
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
        b"",
    ],
)
def test_a_signature_has_one_form(changed: bytes) -> None:
    assert not proves(changed, MESSAGE, public_key=KEY)
