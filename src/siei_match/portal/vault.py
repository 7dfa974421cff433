"""What the page keeps at rest, sealed under a key that stands apart from it (setting `chiffrement_cle`).

The key's file holds identities of age, one a line: the first seals, all of them open, so that a new one is put
first and the old ones go once the page has started with it. Sealed are the files that wait for their sender, and of
`portail.sqlite` what opens something or names somebody: secrets, second factors, the provider's tokens.
Without the setting nothing is, and that is said where it matters (SECURITY.md).
"""

import base64
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.extras import require_extra

SEALED: Final = "age:"
"""How a sealed text begins."""
MAGIC: Final = b"age-encryption.org/v1\n"
"""How a sealed file begins."""
REMEDY: Final = (
    "Name the file that `age-keygen -o` wrote as chiffrement_cle under [portail]: mode 0400, outside of "
    "the output folder, its back-up apart."
)


@dataclass(frozen=True)
class Vault:
    """Seals and opens; without an identity it hands everything through as it is."""

    identities: Sequence[Any] = ()

    @property
    def closed(self) -> bool:
        """Say whether anything is sealed here."""
        return bool(self.identities)

    def seal(self, content: bytes) -> bytes:
        """Return the content as it may lie on the disk."""
        if not self.closed:
            return content
        sealed: bytes = _library().encrypt(content, [self.identities[0].to_public()])
        return sealed

    def open(self, content: bytes) -> bytes:
        """Return what was sealed; what was written before there was a key, as it is.

        Raises:
            OutputError: no key at hand opens it, or it was changed.
        """
        if not content.startswith(MAGIC):
            return content
        if not self.closed:
            raise _shut()
        return _unseal(content, self.identities)

    def seal_text(self, text: str) -> str:
        if not self.closed:
            return text
        return SEALED + base64.b64encode(self.seal(text.encode())).decode("ascii")

    def open_text(self, text: str) -> str:
        """Return a text that was sealed, or that never was.

        Raises:
            OutputError: as of `open`.
        """
        if not text.startswith(SEALED):
            return text
        return self.open(base64.b64decode(text.removeprefix(SEALED))).decode()

    def is_current(self, text: str) -> bool:
        """Say whether a text is sealed by the key in force, the first one."""
        first = Vault(self.identities[:1])
        try:
            return text.startswith(SEALED) and first.open_text(text) is not None
        except OutputError:
            return False


def read_vault(path: Path | None, sortie: Path) -> Vault:
    """Read the key's file; no file, no seal.

    Raises:
        SettingsError: it cannot be read, others can read it, it stands in the output folder, or is no key.
    """
    if path is None:
        return Vault()
    require_extra("chiffrement", "What the page keeps cannot be sealed")
    if path.resolve().is_relative_to(sortie.resolve()):
        raise SettingsError(
            f"{path} stands in the output folder: whoever copies it has the key too.", remedy=REMEDY
        )
    try:
        open_to_others = stat.S_IMODE(path.stat().st_mode) & 0o077
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"The key {path} cannot be read.", remedy=REMEDY) from None
    if open_to_others:
        raise SettingsError(f"The key {path} can be read by others.", remedy=REMEDY)
    lines = [line.strip() for line in text.splitlines()]
    found = [_identity(line, path) for line in lines if line and not line.startswith("#")]
    if not found:
        raise SettingsError(f"The key {path} holds none.", remedy=REMEDY)
    return Vault(tuple(found))


def _identity(line: str, path: Path) -> Any:
    library = _library()
    try:
        return library.x25519.Identity.from_str(line)
    except library.IdentityError:
        raise SettingsError(f"The key {path} is none of age (X25519).", remedy=REMEDY) from None


def _unseal(content: bytes, identities: Sequence[Any]) -> bytes:
    library = _library()
    try:
        opened: bytes = library.decrypt(content, list(identities))
    except library.DecryptError:
        raise _shut() from None
    return opened


def _shut() -> OutputError:
    return OutputError(
        "What the page keeps is sealed, and no key at hand opens it (or it was changed).",
        remedy="Give the key's file as chiffrement_cle under [portail], the old keys in it too.",
    )


def _library() -> Any:
    import pyrage

    return pyrage
