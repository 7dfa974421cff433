"""One entry of the audit log: what it holds, how it is written, hashed and sealed."""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from siei_match.reference.errors import ContractError
from siei_match.reference.files import bytes_sha256

GENESIS: Final = bytes_sha256(b"siei-match audit 1")
"""What stands as `precedent` in the first line."""
TEXT_MAX: Final = 500
RECOVERED: Final = "reprise:"
"""How a seal begins that covers what an entry says and not where it stands."""
Token = tuple[str, str]
"""The name of a key, and the seal that it made."""
DECLARED: Final = "utilisateur_systeme"
"""The detail of an act whose `par` is what its user said: who they are to the system."""
NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
INE: Final = re.compile(r"\b([0-9]{9}[A-Z]{2}|[0-9]{10}[A-Z]|[0-9]{4}[A-Z][0-9]{5}[A-Z])\b")


@dataclass(frozen=True)
class Actor:
    """Who gives a command, when, and the key that seals what is noted of it, if they have it.

    `replaced`: the keys before it, under which older identifiers were made.
    """

    par: str
    quand: datetime
    cle: bytes | None = None
    replaced: tuple[bytes, ...] = ()
    ancre: str | None = None
    """Where the log's last hash is noted outside of the output folder (setting `ancre_audit`)."""
    user: str | None = None
    """The system's user who gave another name than their own (`--par`): noted beside it."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Every key that they hold, the one in force first."""
        return (self.cle, *self.replaced) if self.cle is not None else ()

    def sign(self, details: Mapping[str, str | int]) -> Mapping[str, str | int]:
        """Return the details of an act; a name that its user declared is marked as such."""
        if self.user is None:
            return details
        # A domain's user has an @, as an address has.
        return {**details, DECLARED: self.user.replace("@", " chez ")}


@dataclass(frozen=True)
class Entry:
    """A line of the log. `cle` names the key of `sceau`; both are null without a key."""

    n: int
    quand: str
    par: str
    acte: str
    details: Mapping[str, str | int]
    fichiers: Mapping[str, str]
    precedent: str
    cle: str | None = None
    sceau: str | None = None
    empreinte: str = ""


@dataclass(frozen=True)
class Body:
    """What an entry says, before it has a place in the chain."""

    quand: str
    par: str
    acte: str
    details: Mapping[str, str | int]
    fichiers: Mapping[str, str]

    def is_said_by(self, entree: Entry) -> bool:
        return all(getattr(entree, name) == value for name, value in asdict(self).items())


def make_body(
    acte: str,
    par: str,
    when: datetime,
    details: Mapping[str, str | int],
    fichiers: Mapping[str, str],
) -> Body:
    """Check what is to be noted.

    Raises:
        ContractError: a time without its zone, or a detail that is too long or looks personal.
    """
    if when.tzinfo is None:
        raise ContractError(
            "An audit entry was given a time without a time zone.",
            remedy="This is a defect of siei-match: please report it. Nothing was done.",
        )
    stamp = when.astimezone(UTC).isoformat(timespec="milliseconds")
    for name, value in {**details, "acte": acte}.items():
        if not NAME.fullmatch(name) or not _is_plain(value):
            _refuse(name)
    if not _is_short(par):
        _refuse("par")
    return Body(stamp, par, acte, dict(details), dict(fichiers))


def _is_plain(value: str | int) -> bool:
    # The log names no one: an INE or an e-mail in it is a mistake of the caller.
    return isinstance(value, int) or (
        _is_short(value) and "@" not in value and not INE.search(value)
    )


def _is_short(text: str) -> bool:
    return text.isprintable() and len(text) <= TEXT_MAX


def _refuse(name: str) -> None:
    raise ContractError(
        f"The audit log refuses {name!r}: it is too long, or looks personal.",
        remedy="Give codes, counts and identifiers only. Nothing was done.",
    )


def chain(
    body: Body, n: int, precedent: str, key: bytes | None, token: "Token | None" = None
) -> Entry:
    """Return the entry that says `body` after the entry whose hash is `precedent`.

    `token` is what `seal_body` made of it, for whoever notes it later without the key.
    """
    content = {**asdict(body), "n": n, "precedent": precedent}
    if key is not None:
        content["cle"] = key_name(key)
        content["sceau"] = compute_seal(Entry(**content), key)
    elif token is not None:
        content["cle"], content["sceau"] = token
    return Entry(**content, empreinte=compute_empreinte(Entry(**content)))


def parse(line: bytes) -> Entry | None:
    """Return the entry that a line is, or None: it must be exactly as `encode` writes it."""
    try:
        found = json.loads(line)
        entree = Entry(**found)
        exact = encode(entree) == line
    except (ValueError, TypeError, RecursionError):
        return None
    typed = type(entree.n) is int and all(
        isinstance(value, dict) for value in (entree.details, entree.fichiers)
    )
    texts = (entree.quand, entree.par, entree.acte, entree.precedent, entree.empreinte)
    return entree if exact and typed and all(isinstance(text, str) for text in texts) else None


def parse_all(content: bytes) -> Iterator[Entry]:
    """Give the entries of a log; what is none is left out."""
    parsed = (parse(line) for line in content.split(b"\n")[:-1])
    return (entree for entree in parsed if entree is not None)


def encode(entree: Entry, *, without: tuple[str, ...] = ()) -> bytes:
    """Return an entry as canonical JSON: one way only to write it."""
    kept = {name: value for name, value in asdict(entree).items() if name not in without}
    return json.dumps(
        kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode("utf-8")


def compute_empreinte(entree: Entry) -> str:
    return bytes_sha256(encode(entree, without=("empreinte",)))


def compute_seal(entree: Entry, key: bytes) -> str:
    content = encode(entree, without=("empreinte", "sceau"))
    return hmac.new(_own_key(key), content, "sha256").hexdigest()


def seal_body(body: Body, key: bytes) -> "Token":
    """Return what seals `body` wherever it comes to stand: a crash may leave it to be noted later."""
    content = json.dumps(asdict(body), sort_keys=True, ensure_ascii=False).encode("utf-8")
    made = hmac.new(_own_key(key), b"reprise" + content, "sha256").hexdigest()
    return key_name(key), RECOVERED + made


def is_sealed_by(entree: Entry, key: bytes) -> bool:
    """Say whether `key` made the seal of an entry, as it was noted or for whoever notes it later."""
    if entree.sceau is None:
        return False
    if entree.sceau.startswith(RECOVERED):
        body = Body(entree.quand, entree.par, entree.acte, entree.details, entree.fichiers)
        made = seal_body(body, key)[1]
    else:
        made = compute_seal(entree, key)
    return hmac.compare_digest(entree.sceau.encode(), made.encode())


def key_name(key: bytes) -> str:
    """Return a short name that tells two keys apart and helps nobody to find either."""
    return hmac.new(_own_key(key), b"nom", "sha256").hexdigest()[:8]


def _own_key(key: bytes) -> bytes:
    # Identifiers are keyed by the same secret: a seal must never be one of them.
    return hmac.new(key, b"siei-match audit", "sha256").digest()
