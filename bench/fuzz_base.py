"""The tiny delivery that the fuzzer spoils: the required extracts and the one to spoil, a few people, values one recognises.

Every name, address and text of a person starts with `ZQ`, so that whatever a run says can be
searched for them; identifiers, phones and birth dates are searched as they are.
"""

import csv
import gzip
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS, EXTRACTS

CODE, JOUR, ANNEE = "2026-10", "2026-10-15", "2025-2026"
MARQUE = re.compile(r"ZQ[A-Z]{2}", re.IGNORECASE)
PERSONNELS = ("nom", "prenom", "ine", "naissance", "telephone", "courriel")
PERSONNES = 6
FORMS_EVERY = 5
"""One seed in so many draws another form than text."""
FIXES = {
    "uai": "0010016M", "mef": "20010018110", "diplome": "50025219", "commune": "01053",
    "pays_trois_chiffres": "100", "pays_cog": "", "sexe": "1", "civilite": "M",
    "code_postal": "01000", "annee_scolaire": ANNEE, "session": "2026", "jamais_lu": "ZQSECRET",
}  # fmt: skip


@dataclass
class Piece:
    """One file of the delivery, as the mutations change it."""

    extrait: str
    nom: str
    toml: dict[str, Any]
    colonnes: list[str]
    rangees: list[list[str]]
    separateur: str = ";"
    fin: str = "\r\n"
    encodage: str = "utf-8"
    entete: bool = True
    """Whether its first line names its columns."""
    brut: bytes | None = None
    """Its bytes, where a mutation has made them; `rangees` then says nothing."""
    pose: Callable[[Path], None] | None = None
    """What stands at its place instead of a file."""
    lignes: int | None = None
    """How many data rows it holds where it is read at all: what was cut is refused, or read whole."""
    compte: bool = True
    """Whether its data rows are `rangees`, one each."""

    def encode(self) -> bytes:
        if self.brut is not None:
            return self.brut
        texte = io.StringIO(newline="")
        lignes = [self.colonnes, *self.rangees] if self.entete else self.rangees
        if self.extrait == "apprentissage":
            texte.writelines(self.separateur.join(ligne) + self.fin for ligne in lignes)
        else:
            csv.writer(texte, delimiter=self.separateur, lineterminator=self.fin).writerows(lignes)
        octets = texte.getvalue().encode(self.encodage, "replace")
        return gzip.compress(octets, 1, mtime=0) if self.nom.endswith(".gz") else octets


@dataclass
class Depot:
    """A delivery being spoilt: its pieces, the one that is spoilt, what its campagne.toml says."""

    pieces: list[Piece]
    cible: Piece
    campagne: dict[str, Any] = field(default_factory=dict)
    toml: bytes | None = None
    """The bytes of campagne.toml, where a mutation has made them."""
    pose: Callable[[Path], None] | None = None
    """What stands at the place of campagne.toml instead of a file."""
    autour: list[Callable[[Path], None]] = field(default_factory=list)
    """What else is put into the folder."""
    faits: list[str] = field(default_factory=list)

    def write(self, dossier: Path) -> None:
        dossier.mkdir()
        for piece in self.pieces:
            chemin = dossier / piece.nom if _is_plain(piece.nom) else None
            if piece.pose is not None and chemin is not None:
                piece.pose(chemin)
            elif chemin is not None:
                chemin.write_bytes(piece.encode())
        for pose in self.autour:
            pose(dossier)
        if self.pose is not None:
            self.pose(dossier / "campagne.toml")
        else:
            (dossier / "campagne.toml").write_bytes(self.toml or self.declare().encode())

    def declare(self) -> str:
        """Return the text of campagne.toml."""
        texte = "[campagne]\n" + _tell(self.campagne)
        for piece in self.pieces:
            texte += "\n[[fichiers]]\n" + _tell(
                {"extrait": piece.extrait, "nom": piece.nom} | piece.toml
            )
        return texte


def _is_plain(nom: str) -> bool:
    return bool(nom) and len(nom.encode()) < 250 and not set(nom) & set("/\0") and nom not in ".."


class Nu(str):
    """A value that campagne.toml writes as it is."""


def _tell(valeurs: Mapping[str, Any]) -> str:
    return "".join(f"{nom} = {_literal(valeur)}\n" for nom, valeur in valeurs.items())


def _literal(valeur: Any) -> str:
    if isinstance(valeur, Nu):
        return valeur
    if isinstance(valeur, str):
        echappe = valeur.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in echappe) + '"'
    return str(valeur).lower() if isinstance(valeur, bool) else str(valeur)


def make_depot(extrait: str) -> Depot:
    """Return a delivery that holds: the required extracts, and the one to be spoilt, first."""
    requis = [e for e in EXTRACTS if e in ("scolarite", "diplomes", "agricole", "apprentissage")]
    pieces = [_piece(e) for e in dict.fromkeys((extrait, *requis))]
    campagne = {
        "code": CODE, "date_observation": Nu(JOUR), "annee_scolaire": "2026-2027",
        "definition": "legale",
        # A few rows of one school year: refused as no delivery, nothing beyond validation would be tried.
        "controles": "publication",
    }  # fmt: skip
    return Depot(pieces, pieces[0], campagne)


def _piece(extrait: str) -> Piece:
    declared = declaration(f"extraits/{extrait}")
    toml: dict[str, Any] = {"date_extraction": Nu("2026-10-10")}
    if extrait in ENROLMENT_EXTRACTS:
        toml["annee_scolaire"] = ANNEE
    return Piece(
        extrait,
        f"{extrait}.csv" if extrait != "apprentissage" else f"{extrait}.txt",
        toml,
        declared.columns,
        [[_value(f, extrait, p) for f in declared.fields] for p in range(PERSONNES)],
        entete=extrait != "apprentissage",
    )


def draws_form(graine: int) -> bool:
    """Tell whether a seed draws another form than text: the others stay what they were."""
    return graine % FORMS_EVERY == 3


def letters(nombre: int) -> str:
    return "".join(chr(65 + int(chiffre)) for chiffre in f"{nombre * 7919 + 12345:06d}")


def _value(champ: Mapping[str, Any], extrait: str, personne: int) -> str:
    nom, dit = champ["name"], champ["siei"]
    genre = dit["kind"]
    if nom == "id_signalement":
        return f"s{personne:031x}"
    if nom in ("psad_destination", "DATE_SORTIE", "DATE_RUPT_CONT") or re.search("Sortie|Fin", nom):
        return ""
    if genre == "session" and extrait == "diplomes_agricoles":
        return "2025"  # no two files of a delivery are the same
    if genre in FIXES:
        return FIXES[genre]
    if genre == "code":
        return str(champ.get("constraints", {}).get("enum", ["en_emploi"])[0])
    if genre in ("date", "naissance"):
        jour = (2025, 9, 1) if genre == "date" else (2008, 5, 11 + personne)
        modele = dit.get("format") or dit["formats"][0]
        parties = zip(("%Y", "%m", "%d"), (f"{jour[0]}", f"{jour[1]:02}", f"{jour[2]:02}"))  # noqa: B905
        for signe, partie in parties:
            modele = modele.replace(signe, partie)
        return str(modele)
    return {
        "ine": f"{123456700 + personne}AB",
        "telephone": f"06{71223300 + personne}",
        "courriel": f"zq{letters(personne).lower()}@exemple.fr",
    }.get(genre, f"ZQ{genre[:1].upper()}{letters(personne)}")


def list_secrets() -> list[str]:
    """Return the personal values of the base that carry no mark: each must stay unsaid."""
    secrets = set()
    for extrait in EXTRACTS:
        declared = declaration(f"extraits/{extrait}")
        for champ in declared.fields:
            if champ["siei"]["kind"] in PERSONNELS:
                secrets |= {_value(champ, extrait, p) for p in range(PERSONNES)}
    return sorted(s for s in secrets if not MARQUE.search(s))
