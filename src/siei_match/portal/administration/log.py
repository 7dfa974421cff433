"""An administrator's pages on the audit log: by pages, by filters, as a file; in French, local time."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from siei_match.output import audit
from siei_match.output.audit import Entry
from siei_match.portal.administration.finding import cut
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.door.wording import ACTS, tell_detail
from siei_match.portal.signin.accounts import find_account
from siei_match.reference.errors import SieiError
from siei_match.reference.files import bytes_sha256
from siei_match.reference.french import french_date

SHOWN: Final = 200
"""Entries on a page; the file has them all."""
RANK: Final = re.compile("[0-9]{1,12}")
FILTERS: Final = ("acte", "compte", "du", "au")
UNREADABLE: Final = "Le journal ne se lit pas. Lancez siei audit verify."


@dataclass(frozen=True)
class LogFilters:
    """Which entries are shown: an act, an account's, of some days (local time)."""

    acte: str
    par: str
    since: date | None
    until: date | None

    @property
    def any(self) -> bool:
        return bool(self.acte or self.par or self.since or self.until)

    def keep(self, entry: Entry, zone: ZoneInfo) -> bool:
        day = _local(entry, zone).date()
        return (
            (not self.acte or entry.acte == self.acte)
            and (not self.par or entry.par == self.par)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


def show(visit: Visit) -> Response:
    """Show entries of the audit log, the newest first, and whether its chain is whole.

    `?avant=N`: those before line N. With filters, `?page=N` of what they keep.
    """
    portal, query = visit.portal, visit.request.query_params
    filters, zone = _read(visit), portal.reglages.zone
    asked = query.get("avant", "")
    before = int(asked) if RANK.fullmatch(asked) else None
    try:
        state, entries = portal.log.look(portal.clock(), before=before, count=SHOWN)
        found = list(_find(visit, filters)) if filters.any else entries
    except SieiError:
        raise RefusalError(503, UNREADABLE) from None
    older = entries[-1].n if entries and entries[-1].n > 1 else None
    rows, part = cut(found, query, *FILTERS) if filters.any else (entries, None)
    return visit.page(
        "journal.html.j2",
        entrees=[(entry, _tell(entry, zone)) for entry in rows],
        state=state,
        since=state.since.astimezone(zone),
        older=older,
        newest=before is None,
        part=part,
        asked={name: query.get(name, "") for name in FILTERS},
        acts=sorted(ACTS.items(), key=lambda act: act[1]),
        accounts=portal.base.rows("select id, nom from comptes order by nom"),
    )


def download(visit: Visit) -> Response:
    """Send the entries that the filters keep, the oldest first, after noting who takes them."""
    filters, zone = _read(visit), visit.portal.reglages.zone
    try:
        found = list(_find(visit, filters))[::-1]
    except SieiError:
        raise RefusalError(503, UNREADABLE) from None
    text = StringIO()
    table = csv.writer(text, delimiter=";")
    table.writerow(["numero", "jour", "heure", "qui", "acte", "details", "fichiers"])
    for entry in found:
        told = _tell(entry, zone)
        table.writerow(
            [
                entry.n,
                told["day"],
                told["hour"],
                _plain(entry.par),
                told["act"],
                told["details"],
                told["files"],
            ]
        )
    content = text.getvalue().encode("utf-8-sig")
    details: dict[str, str | int] = {"quoi": "journal", "lignes": len(found)}
    sealed = {"journal.csv": bytes_sha256(content)}
    visit.portal.note("export", visit.known.account.courriel, details, sealed)
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="journal.csv"'},
    )


def _read(visit: Visit) -> LogFilters:
    """Read the filters of the address; what is none is no filter. An account is its number there."""
    query = visit.request.query_params
    number = query.get("compte", "")
    account = find_account(visit.portal.base, id=int(number)) if RANK.fullmatch(number) else None
    acte = query.get("acte", "")
    return LogFilters(
        acte if acte in ACTS else "",
        account.courriel if account else "",
        _day(query.get("du", "")),
        _day(query.get("au", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _find(visit: Visit, filters: LogFilters) -> Iterator[Entry]:
    """Give the entries that the filters keep, the newest first."""
    zone = visit.portal.reglages.zone
    for entry in reversed(audit.read_entries(visit.portal.sortie)):
        if filters.keep(entry, zone):
            yield entry


def _local(entry: Entry, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(entry.quand).astimezone(zone)


def _tell(entry: Entry, zone: ZoneInfo) -> Mapping[str, Any]:
    """Say an entry in French words."""
    when = _local(entry, zone)
    return {
        "day": french_date(when.date()),
        "hour": f"{when:%H:%M}",
        "act": ACTS.get(entry.acte, entry.acte),
        "details": ", ".join(tell_detail(name, value) for name, value in entry.details.items()),
        "files": ", ".join(f"{name} {print_[:12]}" for name, print_ in entry.fichiers.items()),
    }


def _plain(text: str) -> str:
    # A spreadsheet takes what begins so for a formula.
    return f"'{text}" if text[:1] in "=+-@" else text
