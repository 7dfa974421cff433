"""One platform's released list with its answers, read for who may see it, and noted each time."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from siei_match.output import contacts_name, list_name, movements_name
from siei_match.portal.door.visit import RefusalError, Visit, require_platform
from siei_match.portal.lists.followed import find_followed
from siei_match.portal.lists.progress import mark_progress
from siei_match.portal.lists.reader import ListTallies, ReleasedCampaign
from siei_match.portal.state import Portal
from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import UNPLACED
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows


def require_list(
    visit: Visit, code: str, psad: str, permission: Permission
) -> tuple[ReleasedCampaign, ListTallies]:
    """Return a released list that this account may have; anything else is a page that is not there.

    Raises:
        RefusalError: the platform is another's, or the campaign's state does not allow it.
    """
    require_platform(visit, psad)
    publication = visit.portal.reader.publication(code)
    if publication is None or psad not in publication.counts:
        raise RefusalError(404)
    if not allows(permission, publication.released.etat):
        raise RefusalError(404)
    return publication, publication.counts[psad]


@dataclass(frozen=True)
class Desk:
    """A list as its platform works in it."""

    visit: Visit
    code: str
    psad: str
    publication: ReleasedCampaign
    counts: ListTallies

    @property
    def path(self) -> tuple[str, str]:
        return self.code, self.psad

    @property
    def today(self) -> date:
        return self.visit.portal.clock().date()

    @property
    def about_this(self) -> pl.Expr:
        """Whether an answer came after what this list was made from."""
        observed = date.fromisoformat(self.publication.observation)
        released = self.publication.released.quand.date()
        return (pl.col("day") > observed) | (pl.col("date_collecte") >= released)

    @cached_property
    def liste(self) -> pl.DataFrame:
        found = self._table(list_name(self.psad, "parquet"))
        if found is None:
            raise RefusalError(404)
        return found

    def _table(self, name: str) -> pl.DataFrame | None:
        return self.visit.portal.reader.table(self.code, self.psad, name)

    @cached_property
    def answers(self) -> pl.DataFrame:
        answers, listed = self.visit.portal.answers, self.liste["id_signalement"]
        return self.visit.portal.worked.get(
            (*self.path, "reponses"), self.version, lambda: answers.of_list(self.psad, listed)
        )

    @cached_property
    def marked(self) -> pl.DataFrame:
        """The list with how far one is (`mark_progress`), sorted by what to do first.

        Besides, `followed`: who of the platform works on whom; `mine`: whether it is who is here.
        """
        me = self.visit.known.account.id
        followed = find_followed(self.visit.portal.base, self.psad)
        version = (self.version, frozenset(followed.items()))
        return self.visit.portal.worked.get(
            (*self.path, str(me)), version, lambda: self._mark(followed, me)
        )

    @cached_property
    def version(self) -> Hashable:
        """What changes whenever the list does, or what the platform answered."""
        portal = self.visit.portal
        return portal.reader.version(self.code), portal.answers.version(self.psad)

    def _mark(self, followed: Mapping[str, tuple[int, str]], me: int) -> pl.DataFrame:
        one = pl.col("id_signalement")
        return mark_progress(self.liste, self.answers, self.about_this).with_columns(
            followed=one.replace_strict(
                {of: name for of, (_, name) in followed.items()},
                default=None,
                return_dtype=pl.String,
            ),
            mine=one.is_in([of for of, (who, _) in followed.items() if who == me]),
        )

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """Every way to reach those on the list, with its source (tables/coordonnees_liste); may be empty."""
        found = self._table(contacts_name(self.psad))
        if found is None:
            return pl.DataFrame(schema=declaration("tables/coordonnees_liste").polars_schema)
        return found

    @cached_property
    def left(self) -> pl.DataFrame:
        """Who was on the list before and left it, with why (tables/mouvements_liste)."""
        found = self._table(movements_name(self.psad))
        return pl.DataFrame() if found is None else found.filter(mouvement="sortie")

    def platforms(self) -> Mapping[str, str]:
        """Return the names of the platforms to which somebody can be handed over, by their code."""
        others = self.publication.counts.items()
        return {code: c.nom for code, c in others if code not in (self.psad, UNPLACED)}

    def note(self, what: str, rows: int, **more: str) -> None:
        """Note that so many names are about to be shown; if the log refuses, none is."""
        if not rows:
            return
        details: dict[str, Any] = {
            "campagne": self.code, "psad": self.psad, "format": what, "lignes": rows,
            "voie": "page", **more,
        }  # fmt: skip
        self.visit.portal.note("acces", self.visit.known.account.courriel, details)
        self.visit.request.state.noted = True
        mark_opened(self.visit.portal, self.code, self.psad)


def mark_opened(portal: Portal, code: str, psad: str) -> None:
    """Keep that a list was seen or sent, for who follows how far platforms are."""
    portal.base.run(
        "insert or ignore into ouvertures values (?, ?, ?)", code, psad, portal.clock().isoformat()
    )


def open_desk(visit: Visit) -> Desk:
    """Open the list that the address names, for who may see its names.

    Raises:
        RefusalError: as for a list that does not exist (`require_list`).
    """
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    publication, counts = require_list(visit, code, psad, Permission.DOWNLOAD)
    return Desk(visit, code, psad, publication, counts)
