"""How a message leaves: by the mail server of the settings, or into a folder of files."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from siei_match.output import MEMOIRE
from siei_match.portal.config import PortalSettings
from siei_match.reference.errors import SettingsError
from siei_match.reference.files import PRIVATE, bytes_sha256, create, output_guard

FOLDER: Final = "messages"
"""In DIR/memoire: messages as files, where no mail server is named."""
TIMEOUT: Final = 20.0


@dataclass(frozen=True)
class Message:
    """What is written to one account: no name of a young person, no number, no address of theirs."""

    to: str
    subject: str
    text: str


def post(
    sortie: Path, settings: PortalSettings, messages: Sequence[Message], when: datetime
) -> None:
    """Send messages, all by one connection; or write each as a file that a mail program opens.

    Raises:
        OSError: the server refuses or does not answer, or the folder cannot be written.
        SettingsError: the password's file cannot be read.
    """
    written = [_write(settings, message, when) for message in messages]
    if settings.courriel_smtp is None:
        folder = sortie / MEMOIRE / FOLDER
        with output_guard(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            for mail in written:
                content = mail.as_bytes(policy=SMTP)
                path = folder / f"{when:%Y%m%dT%H%M%S}-{bytes_sha256(content)[:12]}.eml"
                if not path.exists():
                    create(path, PRIVATE).write_bytes(content)
        return
    host, _, port = settings.courriel_smtp.partition(":")
    with smtplib.SMTP(host, int(port or 587), timeout=TIMEOUT) as server:
        if settings.courriel_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.courriel_utilisateur:
            server.login(settings.courriel_utilisateur, _password(settings))
        for mail in written:
            server.send_message(mail)


def _write(settings: PortalSettings, message: Message, when: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.courriel_de or f"siei@{settings.host}"
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(when)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _password(settings: PortalSettings) -> str:
    path = settings.courriel_secret_fichier
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{path} cannot be read.", remedy="Correct courriel_secret_fichier."
        ) from None
