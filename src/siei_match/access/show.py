"""Show who was found, and what is held of a person, in French, readable without colour."""

import json
import re
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from siei_match.access.model import Held, HeldCampaign
from siei_match.access.search import SHOWN, Candidate, Sighting
from siei_match.access.wording import (
    ACTS,
    ADMINISTRATIONS,
    DECISIONS,
    DURATION,
    GAPS,
    GENRES,
    HORS_CHAMP,
    INDICES,
    METHODS,
    MOTIFS,
    NOTHING,
    RETOURS,
    WITHOUT_KEY,
)
from siei_match.explain import Explanation
from siei_match.explain.model import ExplainedPair, ExplainedRow
from siei_match.explain.pairs import ABSENT
from siei_match.explain.show import Paragraph, clean
from siei_match.explain.wording import (
    STATUSES,
    VALUES,
    name_level,
    name_trait,
    show_chance,
    show_date,
)


def open_console(flux: TextIO) -> Console:
    if isinstance(flux, TextIOWrapper):
        # A terminal that is not in UTF-8 shows ? for what it lacks.
        flux.reconfigure(errors="replace")
    return Console(file=flux, highlight=False, markup=False, emoji=False)


def show_candidates(
    candidates: Sequence[Candidate], flux: TextIO, *, sealed: bool, nominative: bool
) -> None:
    """Write who was found, numbered; names on a terminal only, where `nominative` says so.

    Args:
        candidates: what `search` found.
        flux: where to write.
        sealed: the key was there, so that the register was searched.
        nominative: `flux` is a terminal.
    """
    console = open_console(flux)
    if not sealed:
        console.print(Paragraph(WITHOUT_KEY))
    if not candidates:
        console.print(Paragraph(NOTHING))
        return
    plural = "s" * (len(candidates) > 1)
    console.print(Text(f"{len(candidates)} personne{plural} trouvée{plural}.", style="bold"))
    for number, candidate in enumerate(candidates, start=1):
        for block in _candidate(number, candidate, nominative=nominative):
            console.print(block, soft_wrap=isinstance(block, Text))
    if len(candidates) > 1:
        console.print(Paragraph("Rien ici ne choisit entre elles : comparez ce qui les distingue "
                                "avec ce que la personne dit d’elle-même."))  # fmt: skip
    console.print(Text("Tout ce qui est tenu d’une personne : siei personne show ID --sortie …"))


def _candidate(number: int, c: Candidate, *, nominative: bool) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(f"{number}. {c.id_personne}", style="bold")
    if nominative and c.identified:
        named = {name: c.identified[name] for name in SHOWN if c.identified[name]}
        yield Paragraph(", ".join(map(_show, named.values())), indent=3)
    trails = [f"{INDICES.get(i, i)}{GAPS.get(e, e)}" for i, e in c.indices]
    yield Paragraph(f"Trouvée par : {' ; '.join(trails)}.", indent=3)
    for seen in c.seen:
        yield Paragraph(_tell_seen(seen), indent=3)
    if not c.seen:
        yield Paragraph("Dans aucune campagne conservée aujourd’hui.", indent=3)


def _tell_seen(seen: Sighting) -> str:
    rows = ", ".join(f"{ADMINISTRATIONS.get(e, e)} ({n})" for e, n in seen.lignes.items())
    told = f"{seen.campagne} : lignes {rows}"
    if seen.statut:
        told += f" ; {seen.age} ans, {STATUSES.get(seen.statut, seen.statut)}"
    if seen.derniere_formation:
        told += f", {clean(seen.derniere_formation)}"
    return f"{told} ; {f'liste {seen.psad}' if seen.sur_liste else 'sur aucune liste'}."


def present(held: Held, flux: TextIO, form: str) -> None:
    """Write all that is held to `flux`, as `text` or `json`."""
    if form == "json":
        # A value could command the terminal.
        plain = held.nominative or not (flux.encoding or "").lower().startswith("utf")
        data = held.model_dump(mode="json")
        flux.write(json.dumps(data, ensure_ascii=plain, indent=2) + "\n")
        return
    console = open_console(flux)
    for block in render(held):
        console.print(block, soft_wrap=isinstance(block, Text))


def render(held: Held) -> Iterator[RenderableType]:
    """Give the blocks, top to bottom; addressed to the person."""
    yield Text("Ce que ce traitement tient de vous", style="bold")
    yield Paragraph(f"Votre identifiant y est {held.id_personne} : il ne révèle rien "
                    "de vous.")  # fmt: skip
    if held.autres_identifiants:
        yield Paragraph("Anciens identifiants, qui renvoient à celui-ci : "
                        f"{', '.join(held.autres_identifiants)}.")  # fmt: skip
    if not held.campagnes:
        yield Paragraph("Aucune campagne conservée n’a de ligne de vous.")
    for campagne in held.campagnes:
        yield from _campaign(campagne)
    yield from _asked(held)
    yield from _section("À quoi l’on vous reconnaîtrait")
    kinds = [f"{GENRES.get(p.genre, p.genre)} ({p.nombre})" for p in held.empreintes]
    yield Paragraph(
        f"Des empreintes chiffrées, d’où l’on ne peut rien lire : {' ; '.join(kinds) or 'aucune'}.",
        indent=2,
    )
    yield from _section("Qui y a eu accès")
    yield from _traces(held)
    yield from _section("Où cela se trouve, et jusqu’à quand")
    for f in held.fichiers:
        mark = " (votre nom y figure)" if f.nominatif else ""
        yield Paragraph(f"{f.chemin} : {f.contenu}{mark}", indent=2)
    yield Paragraph(DURATION, indent=2)


def _section(title: str) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(title.upper(), style="bold underline")


def _campaign(c: HeldCampaign) -> Iterator[RenderableType]:
    e = c.explication
    yield from _section(f"Campagne {e.campagne}, observée le {show_date(e.date_observation)}")
    yield Paragraph("Vos lignes dans les fichiers reçus :", indent=2)
    yield _rows(e.lignes)
    for x in e.lignes:
        if x.avertissements:
            yield Paragraph(
                f"[{x.repere}] : champ illisible, vidé : {', '.join(x.avertissements)}.", indent=2
            )
    if e.nominative:
        yield from _values(e)
    yield from _likeness(e)
    yield from _decision(c)
    for r in c.reponses:
        yield Paragraph(_tell_answer(r), indent=2)


def _rows(rows: Sequence[ExplainedRow]) -> Table:
    table = Table(box=None, padding=(0, 1), show_edge=False)
    for heading in ("", "administration", "fichier", "ligne", "rattachée"):
        table.add_column(heading, overflow="fold",
                         justify="right" if heading == "ligne" else "left")  # fmt: skip
    for x in rows:
        table.add_row(
            f"[{x.repere}]", ADMINISTRATIONS.get(x.extrait, x.extrait), clean(x.fichier),
            str(x.ligne), METHODS.get(x.methode, x.methode),
        )  # fmt: skip
    return table


def _values(e: Explanation) -> Iterator[RenderableType]:
    yield Paragraph("Ce que disent ces lignes :", indent=2)
    for x in e.lignes:
        told = [f"{VALUES.get(name, name)} {clean(value)}"
                for name, value in (x.valeurs or {}).items() if value]  # fmt: skip
        yield Paragraph(f"[{x.repere}] {' ; '.join(told)}.", indent=4)


def _likeness(e: Explanation) -> Iterator[RenderableType]:
    for pair in e.paires:
        yield Paragraph(
            f"[{pair.a}] et [{pair.b}] ont été prises pour la même personne, avec une "
            f"vraisemblance de {show_chance(pair.probabilite)} : {_tell_traits(pair)}.",
            indent=2,
        )
    doubtful = [pair for pair in e.refusees if pair.issue == "a_verifier"]
    for pair in doubtful:
        yield Paragraph(
            f"[{pair.a}] ressemble à une ligne qui n’est peut-être pas la vôtre "
            f"({show_chance(pair.probabilite)}) : {_tell_traits(pair)}. Elle n’a pas été "
            "rattachée ; le doute est signalé.",
            indent=2,
        )


def _tell_traits(pair: ExplainedPair) -> str:
    return ", ".join(
        f"{name_trait(part.trait)} {name_level(part.trait, part.niveau)}"
        for part in pair.traits
        if part.niveau != ABSENT
    )


def _decision(c: HeldCampaign) -> Iterator[RenderableType]:
    decision = c.explication.decision
    if decision is None:
        yield Paragraph(HORS_CHAMP, indent=2)
        return
    pair = (decision.statut, decision.motif)
    yield Paragraph(DECISIONS.get(pair, " / ".join(pair)), indent=2, style="bold")
    if c.psad is None:
        yield Paragraph("Vous n’étiez donc sur aucune liste.", indent=2)
        return
    progress = " Une mission locale vous suivait déjà." if decision.suivi_mission_locale else ""
    yield Paragraph(
        f"Vous étiez donc sur la liste de la plateforme {c.psad}, à {decision.age} ans, sous le "
        f"numéro {c.explication.id_signalement}.{progress}",
        indent=2,
    )
    if c.liste:
        told = [f"{name.replace('_', ' ')} {_show(value)}" for name, value in c.liste.items()
                if value is not None and name not in ("id_signalement", "campagne", "psad")]  # fmt: skip
        yield Paragraph(f"Votre ligne de cette liste : {' ; '.join(told)}.", indent=4)


def _show(value: object) -> str:
    """Write a value as a French reader does: days as JJ/MM/AAAA."""
    return re.sub(r"\b(\d{4})-(\d{2})-(\d{2})\b", r"\3/\2/\1", clean(str(value)))


def _tell_answer(r: dict[str, object]) -> str:
    day = f" le {_show(r['date_retour'])}" if r.get("date_retour") else ""
    told = RETOURS.get(str(r["retour"]), str(r["retour"] or "sans réponse"))
    where = (
        f" ; votre signalement a été transmis à {r['psad_destination']}"
        if r["psad_destination"]
        else ""
    )
    used = "" if r.get("decide") else ", ce qui n’a pas changé la décision"
    return f"Une plateforme a répondu{day} : {told}{used}{where}."


def _asked(held: Held) -> Iterator[RenderableType]:
    if held.exclusion is None and not held.rectifications:
        return
    yield from _section("Vos demandes")
    if held.exclusion is not None:
        x = held.exclusion
        yield Paragraph(
            f"Exclusion enregistrée le {show_date(x.decidee_le)} : {MOTIFS.get(x.motif, x.motif)}. "
            f"Vous n’êtes sur aucune liste jusqu’au {show_date(x.fin)}.",
            indent=2,
        )
    for r in held.rectifications:
        value = f" : {clean(r.valeur or 'effacé')}" if held.nominative else ""
        yield Paragraph(
            f"Rectification du {show_date(r.decidee_le)}, {r.colonne}{value}.", indent=2
        )


def _traces(held: Held) -> Iterator[RenderableType]:
    if not held.traces:
        yield Paragraph("Personne, d’après le journal d’audit.", indent=2)
    for t in held.traces:
        done = ACTS.get(t.acte, t.acte)
        where = " (la liste où vous figurez)" if t.sur_la_liste and "liste" not in done else ""
        yield Paragraph(f"{t.quand[:16].replace('T', ' ')} UTC, {t.par} {done}{where}.", indent=2)
