"""What is to be told, and was not yet: looked at every few minutes, whoever released or answered.

A release made on the server is told like one made on the page. What was told is kept under a key
(`annonces`), after the message has left: one that could not leave is tried again.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import polars as pl

from siei_match.portal.lists.reader import ReleasedCampaign
from siei_match.portal.messages.posting import Message, post
from siei_match.portal.messages.words import (
    tell_released,
    tell_transfers,
    tell_week,
    tell_withdrawn,
)
from siei_match.portal.progress.counting import count_work
from siei_match.portal.signin import terms
from siei_match.portal.signin.accounts import Account, Withheld, list_accounts
from siei_match.portal.state import Portal
from siei_match.release.permissions import Permission, permits
from siei_match.release.policies import allows
from siei_match.stages.decide.standing import COLLECTED, find_standing

NEWS: Final = timedelta(days=7)
"""What is older, when the page first looks, is no news: nobody is told of it."""
FIRST_DAY: Final = 0


@dataclass(frozen=True)
class Announcement:
    """A message that waits, with the keys of what it tells."""

    what: str
    message: Message
    keys: tuple[str, ...]


def announce(portal: Portal) -> int:
    """Tell coordinators what is new; return how many messages left.

    Raises:
        OSError: they could not leave: all are tried again the next time.
    """
    when = portal.clock()
    told = {row["cle"] for row in portal.base.rows("select cle from annonces")}
    waiting = [one for one in _find(portal, when) if not set(one.keys) <= told]
    news = [one for one in waiting if one.message.to]
    if news:
        # Noted first, as all that leaves: in counts, by what it is about.
        portal.note("message", "page", {
            what: sum(one.what == what for one in news) for what in sorted({one.what for one in news})
        })  # fmt: skip
        post(portal.sortie, portal.reglages, [one.message for one in news], when)
    with portal.base.change() as connection:
        connection.executemany(
            "insert or ignore into annonces values (?, ?)",
            [(key, when.isoformat()) for one in waiting for key in one.keys],
        )
        # Such a key says who moved: it goes once the move is no news any more.
        connection.execute(
            "delete from annonces where cle like 'transfert %' and quand <= ?",
            ((when - 2 * NEWS).isoformat(),),
        )
    return len(news)


def _find(portal: Portal, when: datetime) -> Iterator[Announcement]:
    """Give what there is to tell, told or not."""
    accounts = [
        account
        for account in list_accounts(portal.base)
        if account.active
        and account.psads
        and permits(account.roles, Permission.SEE_LISTS)
        # Rights that have lapsed open no count either.
        and terms.hold(account, portal.reglages, when).held != Withheld.LAPSED
    ]
    released = {
        code: publication
        for code, publication in portal.reader.publications().items()
        if allows(Permission.DOWNLOAD, publication.released.etat)
    }
    for code, publication in released.items():
        yield from _released(portal, accounts, code, publication, when)
    yield from _withdrawn(portal, accounts, released)
    yield from _transfers(portal, accounts, released, when)
    if when.weekday() == FIRST_DAY:
        yield from _weeks(portal, accounts, released, when)


def _released(
    portal: Portal,
    accounts: list[Account],
    code: str,
    publication: ReleasedCampaign,
    when: datetime,
) -> Iterator[Announcement]:
    stamp = publication.released.quand
    for account in accounts:
        mine = [publication.counts[p] for p in sorted(account.psads) if p in publication.counts]
        lists = [(c.nom, c.inscrits) for c in mine if c.inscrits]
        if lists:
            to = account.courriel if when - stamp < NEWS else ""
            message = tell_released(to, portal.reglages.url, code, lists)
            yield Announcement(
                "publiee", message, (f"publiee {code} {stamp.isoformat()} {account.id}",)
            )


def _withdrawn(
    portal: Portal, accounts: list[Account], released: dict[str, ReleasedCampaign]
) -> Iterator[Announcement]:
    """Tell those who were told of a release that stands no more; an archived list still stands."""
    known = set(portal.reader.publications())
    by_id = {str(account.id): account for account in accounts}
    for row in portal.base.rows("select cle from annonces where cle like 'publiee %'"):
        _, code, stamp, number = row["cle"].split(" ")
        if code not in known and number in by_id:
            message = tell_withdrawn(by_id[number].courriel, portal.reglages.url, code)
            yield Announcement("retiree", message, (f"retiree {code} {stamp} {number}",))


def _transfers(
    portal: Portal,
    accounts: list[Account],
    released: dict[str, ReleasedCampaign],
    when: datetime,
) -> Iterator[Announcement]:
    """Tell a platform how many were handed over to it, since the last message on that."""
    answers = portal.answers.read().with_row_index("reception")
    placed = answers.with_columns(
        jour_ecrit=pl.col("date_retour").is_not_null(),
        date_retour=pl.coalesce("date_retour", "date_collecte"),
        sender=pl.coalesce("psad", pl.lit("")),
        origine=pl.lit(COLLECTED),
    )
    standing = find_standing(placed)
    recent = pl.col("date_collecte") > (when - NEWS).date()
    moved = placed.filter(
        pl.col("reception").is_in(standing.implode()),
        pl.col("psad_destination").is_not_null(),
        recent,
    )
    names = {psad: c.nom for one in released.values() for psad, c in one.counts.items()}
    arrived: dict[str, list[str]] = defaultdict(list)
    for psad, signalement, day in moved.select(
        "psad_destination", "id_signalement", "date_retour"
    ).iter_rows():
        arrived[psad].append(f"transfert {psad} {signalement} {day}")
    told = {
        row["cle"]
        for row in portal.base.rows("select cle from annonces where cle like 'transfert %'")
    }
    for account in accounts:
        new = {
            psad: [
                f"{key} {account.id}" for key in arrived[psad] if f"{key} {account.id}" not in told
            ]
            for psad in sorted(account.psads & set(arrived))
        }
        counts = [(names.get(psad, psad), len(keys)) for psad, keys in new.items() if keys]
        if counts:
            message = tell_transfers(account.courriel, portal.reglages.url, counts)
            yield Announcement(
                "transfert", message, tuple(k for keys in new.values() for k in keys)
            )


def _weeks(
    portal: Portal,
    accounts: list[Account],
    released: dict[str, ReleasedCampaign],
    when: datetime,
) -> Iterator[Announcement]:
    """Tell each coordinator once a week what waits on the newest lists of their platforms."""
    newest = next(iter(released.items()), None)
    if newest is None:
        return
    year, week, _ = when.isocalendar()
    code, publication = newest
    due = _due(portal, when.date())
    for account in accounts:
        counted = count_work(portal, code, publication, account.psads)
        rows: list[dict[str, Any]] = [
            row | {"waiting": row["listed"] - row["contacted"], "due": due.get(row["psad"], 0)}
            for row in counted.to_dicts()
        ]
        if rows:
            message = tell_week(account.courriel, portal.reglages.url, rows)
            yield Announcement("semaine", message, (f"semaine {year}-{week:02} {account.id}",))


def _due(portal: Portal, today: date) -> dict[str, int]:
    """Count those whose last answer asks for a call by today, by platform."""
    last = (
        portal.answers.read()
        .group_by("psad", "id_signalement", maintain_order=True)
        .agg(pl.col("rappel").last())
        .filter(pl.col("rappel") <= today)
    )
    return dict(last.group_by("psad").len().iter_rows())
