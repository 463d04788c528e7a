"""What Amazon's notification service (SNS) hands on: whether a message proves itself, and what it then says.

Every message is signed with a key whose certificate lies at Amazon. Which customer it is from the signature does not
say; the topic does, and only the one that was set is believed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.platforms.replies import field
from bot.platforms.telling import Forged

# What is signed, in this order, each name and value on a line of its own (SNS, "Verifying message signatures").
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_TOPIC = re.compile(r"arn:aws(-cn|-us-gov)?:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]+\.pem")
# SNS tries for hours, not for weeks; what was told is remembered for longer than this, so that it counts once.
_OLDEST, _CLOCKS_DIFFER = timedelta(days=30), timedelta(hours=1)


def is_topic(topic: str) -> bool:
    """Whether this is the name of a topic."""
    return _TOPIC.fullmatch(topic) is not None


def message(body: bytes, *, topic: str, now: datetime, certificate: Callable[[str], bytes]) -> Mapping[str, object]:
    """The message of a request, once it has proven that it comes from a topic, lately.

    `certificate` gives what lies at an address of Amazon's (PEM). Raises Forged, or ValueError for nonsense.
    """
    said = json.loads(body)
    if not isinstance(said, Mapping) or field(said, "Type") not in _SIGNED:
        raise ValueError("no message of Amazon SNS")
    if not topic or field(said, "TopicArn") != topic:
        raise Forged("another topic than the channel's")
    sent = _moment(field(said, "Timestamp"))
    if not now - _OLDEST < sent < now + _CLOCKS_DIFFER:
        raise Forged("dated too long ago, or in the future")
    place = field(said, "SigningCertURL")
    if not _is_amazons(place, topic) or not _CERTIFICATE.fullmatch(place.partition(".com")[2].removeprefix(".cn")):
        raise Forged("a certificate from elsewhere")
    names = _SIGNED[field(said, "Type")]
    signed = "".join(f"{name}\n{field(said, name)}\n" for name in names if name != "Subject" or said.get(name))
    if not _proven(field(said, "Signature"), signed, certificate(place), field(said, "SignatureVersion"), now):
        raise Forged("a wrong signature")
    return said


def confirmation(said: Mapping[str, object], topic: str) -> str | None:
    """The address to open where a topic asks whether it may tell us; None where it asks nothing. Raises Forged."""
    if said["Type"] != "SubscriptionConfirmation":
        return None
    place = field(said, "SubscribeURL")
    if not _is_amazons(place, topic):
        raise Forged("a question that leads elsewhere")
    return place


def _is_amazons(place: str, topic: str) -> bool:
    """Whether an address is SNS's own, in the region of the topic."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        return False
    domain = "amazonaws.com.cn" if found[1] == "-cn" else "amazonaws.com"
    return place.startswith(f"https://sns.{found[2]}.{domain}/")


def _proven(signature: str, signed: str, certificate: bytes, version: str, now: datetime) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.x509 import load_pem_x509_certificate

    # Version 1 is what topics have unless they are set to 2.
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(version)  # noqa: S303
    try:
        found = load_pem_x509_certificate(certificate)
        key = found.public_key()
        valid = found.not_valid_before_utc <= now <= found.not_valid_after_utc
        if digest is None or not valid or not isinstance(key, rsa.RSAPublicKey):
            return False
        key.verify(base64.b64decode(signature, validate=True), signed.encode(), padding.PKCS1v15(), digest)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
