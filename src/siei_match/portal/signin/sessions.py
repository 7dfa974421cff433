"""Sessions: a random token in a cookie, its hash here; they end by themselves, or at once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from siei_match.portal.base import Base
from siei_match.portal.signin.accounts import Account, find_account
from siei_match.reference.files import bytes_sha256

FRESH: Final = timedelta(seconds=30)
"""A request sooner than that after the last one noted is not noted: fewer writes."""
ATTENTE: Final = timedelta(minutes=10)
"""What a person has to sign in at the provider's."""


@dataclass(frozen=True)
class Session:
    """Who is here; `jeton` must come back with every form."""

    empreinte: str
    compte: Account
    jeton: str
    id_token: str | None


@dataclass(frozen=True)
class Attente:
    """A sign-in that waits for the provider's answer."""

    nonce: str
    verifieur: str


def digest(token: str) -> str:
    return bytes_sha256(token.encode())


def open_session(
    base: Base, compte: Account, *, quand: datetime, id_token: str | None = None
) -> str:
    """Begin a session; return the token for the cookie, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    base.run(
        "insert into sessions values (?, ?, ?, ?, ?, ?)",
        digest(token),
        compte.id,
        secrets.token_urlsafe(32),
        quand.isoformat(),
        quand.isoformat(),
        id_token,
    )
    return token


def find_session(
    base: Base, token: str, *, quand: datetime, inactivite: int, duree: int
) -> Session | None:
    """Return the session of this token, if it has not ended; its account is read anew."""
    empreinte = digest(token)
    row = base.row("select * from sessions where empreinte = ?", empreinte)
    if row is None:
        return None
    seen = datetime.fromisoformat(row["vu"])
    ended = seen + timedelta(minutes=inactivite) <= quand
    if ended or datetime.fromisoformat(row["cree"]) + timedelta(minutes=duree) <= quand:
        close_session(base, empreinte)
        return None
    compte = find_account(base, id=row["compte"])
    if compte is None or not compte.actif:
        return None
    if quand - seen > FRESH:
        base.run("update sessions set vu = ? where empreinte = ?", quand.isoformat(), empreinte)
    return Session(empreinte, compte, row["jeton"], row["id_token"])


def close_session(base: Base, empreinte: str) -> None:
    base.run("delete from sessions where empreinte = ?", empreinte)


def sweep(base: Base, *, quand: datetime, inactivite: int) -> None:
    """Remove what has ended and nobody asked for again."""
    base.run(
        "delete from sessions where vu <= ?", (quand - timedelta(minutes=inactivite)).isoformat()
    )
    base.run("delete from attentes where cree <= ?", (quand - ATTENTE).isoformat())


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def entry_token(secret: bytes, entree: str) -> str:
    """Return what the sign-in form must bring back: there is no session yet to keep one."""
    return hmac.new(secret, entree.encode(), "sha256").hexdigest()


def open_attente(base: Base, entree: str, *, quand: datetime) -> tuple[str, Attente]:
    """Begin a sign-in at the provider's; return its state, 43 characters, bound to a browser."""
    state = secrets.token_urlsafe(32)
    attente = Attente(secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    base.run(
        "insert into attentes values (?, ?, ?, ?, ?)",
        digest(state),
        attente.nonce,
        attente.verifieur,
        digest(entree),
        quand.isoformat(),
    )
    return state, attente


def take_attente(base: Base, state: str, entree: str, *, quand: datetime) -> Attente | None:
    """Return what waited under this state, once, to the browser that began it, if not too late."""
    with base.change() as connection:
        row = connection.execute(
            "delete from attentes where etat = ? returning *", (digest(state),)
        ).fetchone()
    if row is None or not same(row["entree"], digest(entree)):
        return None
    if datetime.fromisoformat(row["cree"]) + ATTENTE <= quand:
        return None
    return Attente(row["nonce"], row["verifieur"])
