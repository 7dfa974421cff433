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
WAITING: Final = timedelta(minutes=10)
"""What a person has to sign in at the provider's."""


@dataclass(frozen=True)
class Session:
    """Who is here; `token` must come back with every form."""

    empreinte: str
    account: Account
    token: str
    id_token: str | None


@dataclass(frozen=True)
class WaitingSignIn:
    """A sign-in that waits for the provider's answer."""

    nonce: str
    verifier: str


def digest(token: str) -> str:
    return bytes_sha256(token.encode())


def open_session(
    base: Base, account: Account, *, when: datetime, id_token: str | None = None
) -> str:
    """Begin a session; return the token for the cookie, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    base.run(
        "insert into sessions values (?, ?, ?, ?, ?, ?)",
        digest(token),
        account.id,
        secrets.token_urlsafe(32),
        when.isoformat(),
        when.isoformat(),
        base.vault.seal_text(id_token) if id_token else None,
    )
    return token


def find_session(
    base: Base, token: str, *, when: datetime, inactivite: int, duration: int
) -> Session | None:
    """Return the session of this token, if it has not ended; its account is read anew."""
    empreinte = digest(token)
    row = base.row("select * from sessions where empreinte = ?", empreinte)
    if row is None:
        return None
    seen = datetime.fromisoformat(row["vu"])
    ended = seen + timedelta(minutes=inactivite) <= when
    if ended or datetime.fromisoformat(row["cree"]) + timedelta(minutes=duration) <= when:
        close_session(base, empreinte)
        return None
    account = find_account(base, id=row["compte"])
    if account is None or not account.active:
        return None
    if when - seen > FRESH:
        base.run("update sessions set vu = ? where empreinte = ?", when.isoformat(), empreinte)
    id_token = base.vault.open_text(row["id_token"]) if row["id_token"] else None
    return Session(empreinte, account, row["jeton"], id_token)


def close_session(base: Base, empreinte: str) -> None:
    base.run("delete from sessions where empreinte = ?", empreinte)


def sweep(base: Base, *, when: datetime, inactivite: int) -> None:
    """Remove what has ended and nobody asked for again."""
    base.run(
        "delete from sessions where vu <= ?", (when - timedelta(minutes=inactivite)).isoformat()
    )
    base.run("delete from attentes where cree <= ?", (when - WAITING).isoformat())


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def entry_token(secret: bytes, entree: str) -> str:
    """Return what the sign-in form must bring back: there is no session yet to keep one."""
    return hmac.new(secret, entree.encode(), "sha256").hexdigest()


def open_waiting(base: Base, entree: str, *, when: datetime) -> tuple[str, WaitingSignIn]:
    """Begin a sign-in at the provider's; return its state, 43 characters, bound to a browser."""
    state = secrets.token_urlsafe(32)
    waiting = WaitingSignIn(secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    base.run(
        "insert into attentes values (?, ?, ?, ?, ?)",
        digest(state),
        waiting.nonce,
        waiting.verifier,
        digest(entree),
        when.isoformat(),
    )
    return state, waiting


def take_waiting(base: Base, state: str, entree: str, *, when: datetime) -> WaitingSignIn | None:
    """Return what waited under this state, once, to the browser that began it, if not too late."""
    with base.change() as connection:
        row = connection.execute(
            "delete from attentes where etat = ? returning *", (digest(state),)
        ).fetchone()
    if row is None or not same(row["entree"], digest(entree)):
        return None
    if datetime.fromisoformat(row["cree"]) + WAITING <= when:
        return None
    return WaitingSignIn(row["nonce"], row["verifieur"])
