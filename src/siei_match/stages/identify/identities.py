"""Stable, keyed identifiers: the same person keeps theirs from campaign to campaign.

A person is recognised by fingerprints (`fingerprints.py`) in the register of the earlier
campaigns. Two known people who turn out to be one keep the older identifier, to which the other
redirects; of one who turns out to be two, who fits best keeps it, the other gets a new one.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import runs
from siei_match.reference.contracts import declaration
from siei_match.reference.engines import Parts
from siei_match.reference.keyed import keyed, lettered
from siei_match.reference.parallel import each
from siei_match.reference.settings import key_id
from siei_match.stages.identify.fingerprints import fingerprints
from siei_match.stages.identify.recognition import count_votes, merge_known, recognise
from siei_match.stages.identify.register import Codes, HandedOn, empty_register, hand_on, ranked

AT_ONCE: Final = 1 << 25
"""Fingerprints that are looked at together."""
SEEDS: Final = 1 << 19
"""People whose identifiers are drawn together: each is a text of eighty bytes meanwhile."""
Places = Callable[[pl.DataFrame], pl.DataFrame]
"""Gives `rid`, `extrait`, `fichier`, `ligne` of rows (`rid`)."""


@dataclass(frozen=True)
class Identification:
    """What identification found.

    people: `personne`, `id_personne`, sorted by the first. register: `tables/registre`, to hand on.
    redirections: `tables/redirections`, of this campaign.
    """

    people: pl.DataFrame
    register: HandedOn
    redirections: pl.DataFrame


@dataclass(frozen=True)
class PeopleRows:
    """All rows of some people.

    groupes: `rid`, `personne`. traits: of `tables/traits`, `rid` and `fingerprints.TRAITS` at least.
    """

    groupes: pl.DataFrame
    traits: pl.DataFrame


def id_signalement(id_personne: pl.Series, key: bytes) -> pl.Series:
    """Return what a list shows instead of `id_personne`: stable too, and not the same."""
    return lettered("s", keyed(("signalement|" + id_personne).alias("id_signalement"), key))


def identify(
    rows: Iterable[PeopleRows],
    places: Places,
    registers: Sequence[pl.DataFrame],
    keys: Sequence[bytes],
    campagne: str,
    inherited: pl.DataFrame | None = None,
    *,
    parts: Parts | None = None,
) -> Identification:
    """Give each person of the campaign an identifier, that of an earlier campaign if known.

    Args:
        rows: everybody's, some people at a time; gone through once for each key that is needed. How
            they are cut changes nothing.
        places: where rows stand, asked of the few people who have no fingerprint of their own.
        registers: where people are looked for: the newest register there is, and that of the
            campaign before this one if it is another. A campaign that is run again, or before a
            later one, keeps the identifiers that were already given.
        keys: the secret key, then those that it replaced and that registers still name.
        campagne: code of this campaign.
        inherited: the register of the campaign before this one, to be handed on with what is new.
        parts: where fingerprints are made; by default in threads of this process.
    """
    parts = parts or Parts()
    everybody, prints = print_everybody(rows, keys[0], parts)
    prints = parts.shelf.put(prints)
    codes = Codes.of(registers, campagne, key_id(keys[0]))
    ids, known = ranked(registers or [empty_register()], codes)
    votes = count_votes(
        pl.concat([prints, *old_prints(known, rows, keys, parts)], rechunk=False),
        known,
        twice=len(registers) > 1,
    )
    recognised = recognise(votes)
    merged = merge_known(votes, recognised)
    # Who takes an older identifier leaves the one that they were matched with.
    recognised = recognised.join(merged, on="personne", how="anti").vstack(
        merged.select("personne", "rang").unique("personne").cast(recognised.schema)
    )
    named = recognised.select("personne", id_personne=ids.gather(recognised["rang"]))
    unknown = everybody.join(named, on="personne", how="anti")
    seeds = new_seeds(unknown, places, prints, keys[0], campagne)
    redirections = redirect(merged, ids, campagne)
    taken = pl.concat([named["id_personne"], redirections["id_ancien"].alias("id_personne")])
    people = pl.concat([named, keep_apart(seeds, taken, keys[0])]).sort("personne")
    register = hand_on(
        empty_register() if inherited is None else inherited,
        prints, people, redirections, campagne, key_id(keys[0]),
    )  # fmt: skip
    return Identification(people, register, redirections)


def print_everybody(
    rows: Iterable[PeopleRows], key: bytes, parts: Parts
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return everybody (`personne`, `rid` of their first row), and their fingerprints."""
    found = [
        (
            some.groupes.group_by("personne").agg(pl.col("rid").min()),
            fingerprints(some.traits, some.groupes, key, parts),
        )
        for some in rows
    ]
    people, prints = (pl.concat(frames) for frames in zip(*found, strict=True))
    return people, prints


def old_prints(
    known: pl.DataFrame,
    rows: Iterable[PeopleRows],
    keys: Sequence[bytes],
    parts: Parts,
) -> list[pl.DataFrame]:
    """Return the fingerprints under the replaced keys by which somebody is still known."""
    names = set(known["cle"].unique().cast(pl.String))
    return [print_everybody(rows, key, parts)[1] for key in keys[1:] if key_id(key) in names]


def redirect(merged: pl.DataFrame, ids: pl.Series, campagne: str) -> pl.DataFrame:
    """Return `tables/redirections`: identifiers that are another's from this campaign on."""
    return (
        pl.DataFrame([ids.gather(merged["ancien"]).alias("id_ancien"), ids.gather(merged["rang"])])
        .select(pl.lit(campagne).alias("campagne"), *declaration("tables/redirections").columns[1:])
        .sort("id_ancien")
    )


def new_seeds(
    unknown: pl.DataFrame,
    places: Places,
    prints: pl.DataFrame,
    key: bytes,
    campagne: str,
) -> pl.DataFrame:
    """Return `personne`, `id_personne`: the identifier that people (`personne`, `rid`) get if nobody knows them.

    It comes from the least fingerprint that is theirs alone, so that no two people share it; for
    the few who have none, from the place of their first row. The campaign keeps it apart from
    earlier identifiers.
    """
    least, sole = least_sole(prints, int(unknown["personne"].max() or 0) + 1)  # type: ignore[arg-type]
    held = pl.Series(sole[unknown["personne"].to_numpy()])
    drawn, bare = unknown.filter(held), unknown.filter(~held)
    prints_of = pl.Series("empreinte", least[drawn["personne"].to_numpy()])
    first = places(bare.select("rid")).join(bare, on="rid")
    place = first.select(pl.concat_str("extrait", "fichier", "ligne", separator="|")).to_series()
    parts = [prints_of.slice(at, SEEDS) for at in range(0, len(prints_of), SEEDS)]
    seeds = each(lambda part: seeds_of(part.cast(pl.String), key, campagne), parts)
    whose = pl.concat([first["personne"], drawn["personne"]])
    everybody = pl.concat([seeds_of(place, key, campagne), *seeds])
    return pl.DataFrame([whose, everybody]).sort("personne")


def seeds_of(texts: pl.Series, key: bytes, campagne: str) -> pl.Series:
    """Return the identifiers that come from these texts."""
    drawn = keyed((f"personne|{campagne}|" + texts).alias("id_personne"), key)
    return lettered("p", drawn)


def least_sole(
    prints: pl.DataFrame, people: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return, by person, the least of the fingerprints that nobody else has, and whether there is one.

    A range of fingerprints at a time: what brings equal ones together is several times as large.

    Args:
        prints: `personne`, `empreinte`.
        people: one more than the number of any.
    """
    whose, values = (prints[column].to_numpy() for column in ("personne", "empreinte"))
    people = max(people, int(whose.max(initial=0)) + 1)
    least = np.full(people, np.iinfo(np.uint64).max, dtype=np.uint64)
    some = np.zeros(people, dtype=np.bool_)
    bits = max(1, (len(values) // AT_ONCE).bit_length())
    ranges = (values >> np.uint64(64 - bits)).astype(np.uint8 if bits <= 8 else np.uint16)
    for number in range(1 << bits):
        here = np.flatnonzero(ranges == number)
        found = runs(values[here])
        alone = here[found.first[found.lengths == 1]]
        some[whose[alone]] = True
        np.minimum.at(least, whose[alone], values[alone])
    return least, some


def keep_apart(seeds: pl.DataFrame, held: pl.Series, key: bytes) -> pl.DataFrame:
    """Draw again the seed of each unknown person that is another's identifier (`held`) already.

    A campaign run again may tell apart two people whom it took for one: the identifier goes to
    one of them, and the other may hold the fingerprint from which it was drawn.
    """
    known = pl.DataFrame([held])
    while True:
        taken = seeds.join(known, on="id_personne", how="semi").sort("personne")
        if taken.is_empty():
            return seeds
        again = lettered("p", keyed("encore|" + taken["id_personne"], key))
        drawn = pl.DataFrame([taken["personne"], again.alias("autre")])
        seeds = seeds.join(drawn, on="personne", how="left", maintain_order="left").select(
            "personne", id_personne=pl.coalesce("autre", "id_personne")
        )
