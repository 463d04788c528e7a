from __future__ import annotations

from urllib.parse import urlsplit

from bot.model.secret import Secret
from bot.platforms.smtp import Smtp
from tests.platforms.mailers import MailCase
from tests.relay.server import Service, serving

PASSWORD = "password-of-the-mail-server"  # noqa: S105

CASES = {
    "smtp": MailCase(
        service=lambda: Service(account=("desk", PASSWORD)),
        platform=lambda url: Smtp(
            host="127.0.0.1",
            port=urlsplit(url).port,
            tls="none",
            user="desk",
            password=Secret("SMTP_PASSWORD", PASSWORD),
        ),
        path="",
        arrived=lambda service: [each.to for each in service.mails],
        turns_away=lambda service, address: service.unknown.add(address),
        secrets=(PASSWORD,),
        serving=serving,
    )
}
