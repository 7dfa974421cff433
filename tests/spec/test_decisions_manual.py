"""Prints the cases as the manual page `docs/decisions.md`, and checks that the page is current.

Rewrite the page with `python -m tests.spec.test_decisions_manual`.
"""

from collections.abc import Iterator
from pathlib import Path

from siei_match.stages.decide import REGLES
from siei_match.stages.decide.facts import FACTS
from tests.spec.ascii_tables import read_header, read_table
from tests.spec.decisions_cas import JOUR, SECTIONS, Cas

PAGE = Path(__file__).parents[2] / "docs" / "decisions.md"
COMMANDE = "python -m tests.spec.test_decisions_manual"

INTRODUCTION = f"""\
*Page écrite par `{COMMANDE}` : ne pas la modifier ici.*

# Les décisions

Elle vient des règles du code (`src/siei_match/stages/decide/rules.py`) et des exemples que les tests exécutent : elle
ne peut pas en différer.

Toute personne qui a eu au moins quinze jours consécutifs de scolarité en N-1, dans un cycle qui mène
au baccalauréat ou à un diplôme professionnel de niveau 3 ou 4 (collège compris), reçoit **une**
décision : un statut et son motif. Les règles se lisent dans l'ordre ; la première qui tient décide.

## Les règles
"""

CONVENTIONS = f"""\
## Les exemples

Sauf mention contraire, le jour d'observation est le {JOUR:%d/%m/%Y}, l'année N est 2026-2027
(`annee` 2026), la définition est la légale, le délai d'entrée est nul, et chacun est né le 12 mai
2008. Une case vide est une valeur absente. Qui ne figure pas dans la décision n'est pas dans le champ.
"""


TRANSFERTS = """\
## À quelle plateforme

Celle de la commune de résidence : la ligne avec une adresse dont l'inscription ou le suivi a commencé
en dernier, au plus tard le jour ; sinon celle de la commune du dernier établissement ; sinon la
liste `non_affecte` ([contrat](contract.md#4-who-is-on-a-list), section 4).

Extension (transferts entre plateformes) : quand une plateforme transmet une personne à une autre
(`psad_destination` de sa réponse), la personne est sur la liste de cette autre dès la campagne
suivante. La dernière transmission datée d'avant le jour, ou de ce jour, l'emporte ; une ligne
commencée après elle, dont l'adresse est dans le territoire d'une plateforme, y met fin ; `annule` la
reprend, comme la réponse qui la portait. Le code d'une plateforme qui n'existe pas, ou de celle qui
répond, ne déplace personne : il est vidé, avec un avertissement (`psad_destination_connue`,
`psad_destination_autre`), et la réponse est gardée.
"""


def write_manual() -> str:
    pages = [*_write_regles(), *_write_faits(), CONVENTIONS, *_write_sections(), TRANSFERTS]
    return "\n".join(pages).rstrip("\n") + "\n"


def write_markdown(rangs: list[dict[str, str | None]], colonnes: list[str]) -> Iterator[str]:
    yield f"| {' | '.join(colonnes)} |"
    yield f"|{'---|' * len(colonnes)}"
    for rang in rangs:
        yield f"| {' | '.join(rang[colonne] or '' for colonne in colonnes)} |"
    yield ""


def _write_regles() -> Iterator[str]:
    yield INTRODUCTION
    colonnes = ["", "statut", "motif", "quand", "d'où vient la règle"]
    rangs = [
        dict(
            zip(
                colonnes,
                (str(n), f"`{r.statut}`", f"`{r.motif}`", r.en_clair, r.source),
                strict=True,
            )
        )
        for n, r in enumerate(REGLES, start=1)
    ]
    yield from write_markdown(rangs, colonnes)


def _write_faits() -> Iterator[str]:
    yield "## Les faits que lisent les règles\n"
    yield "Ils sont gardés avec la décision : chacune s'explique après coup.\n"
    rangs = [{"fait": f"`{nom}`", "ce qu'il dit": dit} for nom, dit in FACTS.items()]
    yield from write_markdown(rangs, ["fait", "ce qu'il dit"])


def _write_sections() -> Iterator[str]:
    for section in SECTIONS:
        yield f"## {section.titre}\n"
        yield f"{section.dit}\n"
        for cas in section.cas:
            yield from _write_cas(cas)


def _write_cas(cas: Cas) -> Iterator[str]:
    yield f"### {cas.titre}\n"
    yield f"{cas.dit}\n"
    reglages = []
    if cas.jour != JOUR:
        reglages.append(f"le jour est le {cas.jour:%d/%m/%Y}")
    if cas.definition != "legale":
        reglages.append(f"la définition est `{cas.definition}`")
    if cas.delai_entree:
        reglages.append(f"`delai_entree` = {cas.delai_entree}")
    if reglages:
        yield f"*Ici, {', '.join(reglages)}.*\n"
    tables = {
        "Naissances": cas.naissances,
        "Inscriptions et suivis": cas.parcours,
        "Diplômes obtenus": cas.titres,
        "Réponses des plateformes": cas.reponses,
        "Rapprochements douteux": cas.doutes,
        "Dates en doute": cas.dates,
        "**Décision**": cas.attendu,
    }
    for nom, texte in tables.items():
        if texte:
            yield f"{nom} :\n"
            yield from write_markdown(read_table(texte), read_header(texte))


def test_manual_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_manual(), f"Run `{COMMANDE}`."


def test_manual_shows_every_rule_in_order() -> None:
    page = write_manual()
    places = [page.index(f"| `{r.statut}` | `{r.motif}` |") for r in REGLES]
    assert places == sorted(places)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(write_manual(), encoding="utf-8")
    print(f"{PAGE.name}: {len(REGLES)} rules, {sum(len(s.cas) for s in SECTIONS)} cases")
