"""Identify: each person's stable identifier; then who is excluded leaves the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from siei_match.campaign.by_people import PeopleParts, cut_by_people
from siei_match.campaign.earlier import REGISTRE, read_registers
from siei_match.campaign.results import IdentifiedPeople, LinkageResult, count_by, require_equal
from siei_match.campaign.rights import Linked, leave_out
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery
from siei_match.reference.settings import load_key, load_keys
from siei_match.reference.vocabulary import PERSON_EXTRACTS
from siei_match.stages.identify.fingerprints import TRAITS
from siei_match.stages.identify.identities import Identification, PeopleRows
from siei_match.stages.identify.identities import identify as identify_people
from siei_match.stages.identify.thresholds import name_thresholds

PLACE: Final = ("rid", "extrait", "fichier", "ligne")
TABLES: Final = {"groupes": ("rid", "personne"), "traits": ("rid", *TRAITS)}
"""What identification reads."""


def identify(worksite: Worksite, delivery: Delivery, linkage: LinkageResult) -> IdentifiedPeople:
    """Give each person of `groupes` a stable identifier; leave out the excluded.

    Writes `personnes`, `identites`, `identites_seuils`, `liens`, `paires_personnes`, `redirections`, `register`.
    """
    code = delivery.campagne.code
    with worksite.progress.step("identify", 1) as bar:
        registers, inherited = read_registers(worksite.staging.sortie, code)
        with cut_by_people(worksite, TABLES) as cut:
            named = identify_people(
                RowsOf(cut),
                lambda rids: worksite.read_rows("traits", rids, *PLACE),
                registers,
                load_keys(worksite.reglages),
                code,
                inherited,
                parts=worksite.parts,
            )
        bar.advance()
    people = named.people
    require_equal("people", people["personne"].n_unique(), "groups", linkage.groupes)
    require_equal("identifiers", people["id_personne"].n_unique(), "groups", linkage.groupes)
    return keep_identified(worksite, delivery, named)


@dataclass(frozen=True)
class RowsOf:
    """The rows of people who were cut, as identification takes them."""

    cut: PeopleParts

    def __iter__(self) -> Iterator[PeopleRows]:
        return (PeopleRows(rows["groupes"], rows["traits"]) for rows in self.cut)


def keep_identified(
    worksite: Worksite, delivery: Delivery, named: Identification
) -> IdentifiedPeople:
    """Write who is who, without the people whom their rights take out."""
    groupes = worksite.read("groupes")
    everybody = Linked(named.people, groupes, worksite.read("paires_groupes"))
    kept, exclues = leave_out(worksite, delivery, everybody, named.redirections)
    worksite.write(named.redirections, "redirections")
    # Written as it will be placed: it is the largest of all, and no other stage reads it.
    worksite.sink_final(named.register, REGISTRE)
    rows = write_identites(worksite, delivery, kept)
    require_equal("identified rows", rows, "rows of groups", kept.groups.height)
    worksite.write(_name_by_thresholds(worksite, kept), "identites_seuils")
    worksite.write(_name_pairs(kept.pairs, kept.people), "paires_personnes")
    return IdentifiedPeople(
        personnes=kept.people.height,
        liens=worksite.open("liens").height,
        pairs=kept.pairs.height,
        methods=count_by(kept.groups, "methode"),
        exclues=exclues,
    )


def write_identites(worksite: Worksite, delivery: Delivery, kept: Linked) -> int:
    """Write `personnes` and `identites`, a file for each of `traits`; return their rows.

    Of the texts that are few each row holds a number (`Enum`).
    """
    few = {
        "extrait": pl.Enum(PERSON_EXTRACTS),
        "fichier": pl.Enum([fichier.nom for fichier in delivery.fichiers]),
        "methode": pl.Enum(kept.groups["methode"].unique().cast(pl.String).sort()),
    }
    groups = kept.groups
    place = np.zeros(int(kept.people["personne"].max() or 0) + 1, dtype=np.uint32)  # type: ignore[arg-type]
    place[kept.people["personne"].to_numpy()] = np.arange(kept.people.height)
    total = 0
    for number, rows in enumerate(worksite.pieces("traits", *PLACE)):
        near = pl.col("rid").is_between(rows["rid"].min(), rows["rid"].max())
        mine = rows.join(groups.filter(near), on="rid", maintain_order="left")
        ids = kept.people["id_personne"].gather(place[mine["personne"].to_numpy()])
        named = mine.with_columns(ids, *(pl.col(name).cast(kind) for name, kind in few.items()))
        whose = named.select(declaration("tables/personnes").columns)
        worksite.write(whose, "personnes", part_name(number))
        told = named.select(declaration("tables/identites").columns)
        worksite.write(told, "identites", part_name(number))
        total += mine.height
    return total


def _name_by_thresholds(worksite: Worksite, kept: Linked) -> pl.DataFrame:
    """Return tables/identites_seuils: the rows of whom another threshold parts, or joins to others."""
    cores = worksite.read("noyaux")
    of_cores = kept.groups.join(cores, on="rid", how="semi").select("personne")
    ends = [kept.pairs.select(personne=f"personne_{side}") for side in "ab"]
    touched = pl.concat([of_cores, *ends]).unique()
    people = (
        kept.groups.select("rid", "personne")
        .join(touched, on="personne", how="semi")
        .join(kept.people, on="personne")
    )
    named = name_thresholds(people, cores, kept.pairs, load_key(worksite.reglages))
    rows = worksite.read_rows("traits", named.select("rid"), *PLACE)
    placed = rows.join(named, on="rid").sort("rid")
    return placed.select(declaration("tables/identites_seuils").columns)


def _name_pairs(pairs: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of people by identifier: tables/paires_personnes."""
    return (
        pairs.join(people, left_on="personne_a", right_on="personne")
        .rename({"id_personne": "id_a"})
        .join(people, left_on="personne_b", right_on="personne")
        .select("id_a", id_b="id_personne")
        .sort("id_a", "id_b")
    )
