"""Small fictive deliveries written byte by byte from the contract, and readers of what comes out.

Nothing here imports the package: the columns, formats and conventions are typed from the contract,
so that a declaration that drifts from it is seen.
"""

import csv
import gzip
import hashlib
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

Ligne = dict[str, str]
Ref = tuple[str, str, int]
"""extrait, fichier, ligne: the row of an input file."""

COLONNES: dict[str, tuple[str, ...]] = {
    "scolarite": tuple(
        "ANNEE_SCOLAIRE INE NOM_DE_FAMILLE NOM_USAGE PRENOM PRENOM2 PRENOM3 DATE_NAISS CODE_SEXE"
        " CODE_PAYS_NAISS CODE_COMMUNE_INSEE_NAISS VILLE_NAISS UAI CODE_MEF CODE_STATUT DATE_ENTREE"
        " DATE_SORTIE CODE_MOTIF_SORTIE LIGNE1_ADRESSE LIGNE2_ADRESSE CODE_POSTAL"
        " CODE_COMMUNE_INSEE CODE_PAYS TEL_PERSONNEL TEL_PORTABLE MEL RESP1_NOM RESP1_PRENOM"
        " RESP1_TEL RESP1_MEL".split()
    ),
    "diplomes": tuple(
        "INE NOM_DE_FAMILLE PRENOM PRENOM2 DATE_NAISS CODE_SEXE CODE_COMMUNE_INSEE_NAISS SESSION"
        " CODE_DIPLOME RESULTAT".split()
    ),
    "agricole": tuple(
        "ine nomUsuel prenomUsuel dateNaissance sexeId communeNaissanceCodeInsee"
        " paysNaissanceCodeInsee statutApprenant codeMef uai anneeScolaire dateEntreeFormation"
        " dateSortieFormation adresseLigne1 adresseLigne2 communeCodePostal communeCodeInsee"
        " telephone courriel".split()
    ),
    "apprentissage": tuple(
        "INE_RNIE NUMERO_UAI TYPE_CFA SIT_FORM UAI_EPLE NAT_STR_JUR STATUT DIPLOME RNCP"
        " DUR_FORM_THEO DUR_FORM_REELLE AN_FORM NOM NOM2 PRENOM1 PRENOM2 PRENOM3 ADRESSE COD_POST"
        " COM_RESID TEL_JEUNE TEL_RESP1_PERSO TEL_RESP1_PRO TEL_RESP2_PERSO TEL_RESP2_PRO"
        " MAIL_JEUNE MAIL_RESP1 MAIL_RESP2 DATE_NAIS LIEU_NAIS SEXE REGIME_SCO PCS HANDI NATIO"
        " SIT_AV_APP DIP_OBT SIT_N_1 ETAB_N_1 TYPE_EMP DATE_ENTREE_CFA DATE_DEB_CONT DATE_RUPT_CONT"
        " COM_ETAB NAF_ETAB NBSAL_EMP SIRET_EMP".split()
    ),
    "missions_locales": tuple(
        "idJeune civilite nomNaissance nomUsage prenom dateNaissance adresse complement codePostal"
        " commune communeCodeInsee mail telephone structureCode structureNom"
        " dateDebutAccompagnement dateFinAccompagnement situationCategorie situationEtat".split()
    ),
    "retours": ("id_signalement", "date_retour", "retour", "psad_destination", "commentaire"),
}
COLONNES["diplomes_agricoles"] = COLONNES["diplomes"]
INSCRIPTION = ("scolarite", "agricole", "apprentissage")
EXTRAITS = (
    "scolarite", "diplomes", "agricole", "diplomes_agricoles", "apprentissage",
    "missions_locales", "retours",
)  # fmt: skip

# Cycles and diplomas of the national nomenclatures.
MEF_COLLEGE = "10310019110"
MEF_SECONDE = "20010018110"
MEF_TERMINALE = "20210019110"
MEF_CAP = "24125219210"
MEF_CAP2 = "24125219220"
MEF_BACPRO = "24725411310"
MEF_MLDS = "75341001110"
CAP, BEP, BAC_PRO, BAC_GENERAL, BTS = "50025219", "51031105", "40025411", "47010019", "32022103"
UAI = "0010016M"

NOMS = (
    "ABGRALL BOUTROUILLE CALVARIN DEWAELE ESCOFFIER FAUCHEREAU GUILLERMOU HAUTEFEUILLE ILLAC"
    " JACQUEMIN KERHERVE LANGLAMET MORISSEAU NOUGARET OLLIVRO PEYRUCHAT QUINIOU RABILLER"
    " SALVAGNIAC TREHOREL URVOAS VANDAMME WINCKLER YZIQUEL ZIMBARDO"
).split()
PRENOMS = (
    "Achille Bertille Cyprien Daphné Edgar Faustine Gaspard Honorine Isidore Joséphine Killian"
    " Léopoldine Maxence Noémie Octave Pétronille Quitterie Romuald Sidonie Théodule Ursuline"
    " Valère Wandrille Yolande Zéphyrin"
).split()


def iso_fr(jour: str) -> str:
    """2008-05-12 → 12/05/2008; empty stays empty."""
    return "/".join(reversed(jour.split("-"))) if jour else ""


@dataclass(frozen=True)
class Personne:
    """A fictive person, written in each provider's own conventions."""

    nom: str
    prenom: str
    ne: str = "2008-05-12"
    ine: str = ""
    usage: str = ""
    prenom2: str = ""
    sexe: str = "2"
    lieu: str = "01053"
    rue: str = "3 rue du Puits"
    cp: str = "01000"
    commune: str = "01053"
    tel: str = ""
    mel: str = ""

    def mais(self, **autres: str) -> "Personne":
        return replace(self, **autres)

    def scolarite(
        self, annee: str = "2025-2026", mef: str = MEF_SECONDE, entree: str = "2025-09-01",
        sortie: str = "2026-06-30", **reste: str,
    ) -> Ligne:  # fmt: skip
        return {
            "ANNEE_SCOLAIRE": annee, "INE": self.ine, "NOM_DE_FAMILLE": self.nom,
            "NOM_USAGE": self.usage, "PRENOM": self.prenom, "PRENOM2": self.prenom2,
            "DATE_NAISS": iso_fr(self.ne), "CODE_SEXE": self.sexe, "CODE_PAYS_NAISS": "100",
            "CODE_COMMUNE_INSEE_NAISS": self.lieu, "UAI": UAI, "CODE_MEF": mef, "CODE_STATUT": "ST",
            "DATE_ENTREE": iso_fr(entree), "DATE_SORTIE": iso_fr(sortie),
            "LIGNE1_ADRESSE": self.rue, "CODE_POSTAL": self.cp, "CODE_COMMUNE_INSEE": self.commune,
            "CODE_PAYS": "100", "TEL_PORTABLE": self.tel, "MEL": self.mel, **reste,
        }  # fmt: skip

    def diplome(
        self, code: str = CAP, session: str = "2026", resultat: str = "ADMIS", **reste: str
    ) -> Ligne:
        return {
            "INE": self.ine, "NOM_DE_FAMILLE": self.nom, "PRENOM": self.prenom,
            "DATE_NAISS": iso_fr(self.ne), "CODE_SEXE": self.sexe,
            "CODE_COMMUNE_INSEE_NAISS": self.lieu, "SESSION": session, "CODE_DIPLOME": code,
            "RESULTAT": resultat, **reste,
        }  # fmt: skip

    def agricole(
        self, annee: str = "2026-2027", mef: str = "27121010210", entree: str = "2026-09-01",
        sortie: str = "", **reste: str,
    ) -> Ligne:  # fmt: skip
        return {
            "ine": self.ine, "nomUsuel": self.usage or self.nom, "prenomUsuel": self.prenom,
            "dateNaissance": self.ne, "sexeId": self.sexe, "communeNaissanceCodeInsee": self.lieu,
            "paysNaissanceCodeInsee": "99100", "statutApprenant": "2501", "codeMef": mef,
            "uai": UAI, "anneeScolaire": annee, "dateEntreeFormation": entree,
            "dateSortieFormation": sortie, "adresseLigne1": self.rue,
            "communeCodePostal": self.cp, "communeCodeInsee": self.commune,
            "telephone": self.tel, "courriel": self.mel, **reste,
        }  # fmt: skip

    def apprentissage(
        self, entree: str = "2026-09-01", diplome: str = CAP, rupture: str = "", dip_obt: str = "03",
        **reste: str,
    ) -> Ligne:  # fmt: skip
        return {
            "INE_RNIE": self.ine, "NUMERO_UAI": UAI, "TYPE_CFA": "03", "STATUT": "APP",
            "DIPLOME": diplome, "AN_FORM": "1", "NOM": sans_accent(self.nom),
            "NOM2": sans_accent(self.usage), "PRENOM1": sans_accent(self.prenom),
            "ADRESSE": self.rue, "COD_POST": self.cp, "COM_RESID": self.commune,
            "TEL_JEUNE": self.tel, "MAIL_JEUNE": self.mel,
            "DATE_NAIS": iso_fr(self.ne).replace("/", ""), "LIEU_NAIS": self.lieu,
            "SEXE": self.sexe, "PCS": "52", "HANDI": "0", "NATIO": "1", "DIP_OBT": dip_obt,
            "DATE_ENTREE_CFA": iso_fr(entree).replace("/", ""),
            "DATE_DEB_CONT": iso_fr(entree).replace("/", ""),
            "DATE_RUPT_CONT": iso_fr(rupture).replace("/", ""), **reste,
        }  # fmt: skip

    def mission_locale(self, debut: str = "2026-01-05", fin: str = "", **reste: str) -> Ligne:
        return {
            "idJeune": "J" + hashlib.sha256(repr(self).encode()).hexdigest()[:8],
            "civilite": {"1": "M", "2": "MME"}.get(self.sexe, ""), "nomNaissance": self.nom,
            "nomUsage": self.usage, "prenom": self.prenom, "dateNaissance": self.ne,
            "adresse": self.rue, "codePostal": self.cp, "communeCodeInsee": self.commune,
            "mail": self.mel, "telephone": self.tel, "structureCode": "ML01",
            "structureNom": "Mission locale de Bourg", "dateDebutAccompagnement": debut,
            "dateFinAccompagnement": fin, "situationCategorie": "Demandeur d'emploi",
            "situationEtat": "EN_COURS", **reste,
        }  # fmt: skip


PASSANT = Personne("XIMENES", "Baudouin", "2007-11-30", "987654321AB", sexe="1", lieu="33063")
"""An apprentice of year N only: never in scope."""


def sans_accent(texte: str) -> str:
    table = str.maketrans("ÀÂÄÉÈÊËÎÏÔÖÙÛÜÇ'", "AAAEEEEIIOOUUUC ")
    return texte.upper().translate(table)


def personnes(graine: int = 0) -> Iterator[Personne]:
    """Yield people whom nothing could take for one another: names, dates, numbers all differ."""
    for rang in itertools.count(graine):
        tour, place = divmod(rang, len(NOMS))
        yield Personne(
            nom=NOMS[place], prenom=PRENOMS[(place * 7 + tour * 11) % len(PRENOMS)],
            ne=f"2008-{1 + (rang * 5) % 9:02d}-{1 + (rang * 11) % 28:02d}",
            ine=f"{100000007 + rang * 7919:09d}{'ABCDEFGHJK'[rang % 10]}{'KJHGFEDCBA'[rang % 9]}",
            sexe="12"[rang % 2], lieu=f"{59001 + rang * 3}", rue=f"{2 + rang} rue du Puits",
            tel=f"06{10203040 + rang * 104729}", mel=f"jeune{rang}@exemple.fr",
        )  # fmt: skip


@dataclass
class Livraison:
    """A campaign's folder in the making: rows by file, then `ecrire`."""

    code: str = "2026-10"
    jour: str = "2026-10-15"
    annee: str = "2026-2027"
    definition: str = "legale"
    controles: str = "publication"
    """A few rows, often of one school year alone: no real delivery, and not what is tried here."""
    formats: dict[str, str] = field(default_factory=dict)
    """extrait → suffix of its files, with the dot."""
    encodages: dict[str, str] = field(default_factory=dict)
    separateur: str = ";"
    vides: tuple[str, ...] = EXTRAITS[:5]
    """Extracts listed even when no row was added to them."""
    lignes: dict[tuple[str, str], list[Ligne | bytes]] = field(default_factory=dict)
    plus: dict[str, str] = field(default_factory=dict)
    """nom of a file → lines added to its entry in campagne.toml."""

    def fichier(self, extrait: str, annee: str) -> str:
        suffixe = self.formats.get(extrait, ".txt" if extrait == "apprentissage" else ".csv")
        return f"{extrait}_{annee}{suffixe}" if extrait in INSCRIPTION else f"{extrait}{suffixe}"

    def ajoute(self, extrait: str, *lignes: Ligne | bytes, annee: str = "") -> Ref:
        """Add rows to an extract; return where the last one stands."""
        for ligne in lignes:
            an = annee
            if not an and extrait in INSCRIPTION:
                quand = ligne if isinstance(ligne, dict) else {}
                an = quand.get("ANNEE_SCOLAIRE") or quand.get("anneeScolaire") or self.annee
            self.lignes.setdefault((extrait, an), []).append(ligne)
        return extrait, self.fichier(extrait, an), len(self.lignes[extrait, an])

    def ecrire(self, dossier: Path) -> Path:
        dossier.mkdir(parents=True, exist_ok=True)
        for extrait in self.vides:
            if not any(e == extrait for e, _ in self.lignes):
                # A SIFA file has no header: without a row it would have no byte, which is an error.
                seul = [PASSANT.apprentissage()] if extrait == "apprentissage" else []
                self.lignes[extrait, self.annee if extrait in INSCRIPTION else ""] = [*seul]
        toml = (
            f'[campagne]\ncode = "{self.code}"\ndate_observation = {self.jour}\n'
            f'annee_scolaire = "{self.annee}"\ndefinition = "{self.definition}"\n'
            f'controles = "{self.controles}"\n'
        )
        for (extrait, annee), lignes in self.lignes.items():
            nom = self.fichier(extrait, annee)
            encodage = self.encodages.get(extrait, "utf-8")
            ecrire_fichier(dossier / nom, extrait, lignes, encodage, self.separateur)
            toml += f'\n[[fichiers]]\nextrait = "{extrait}"\nnom = "{nom}"\n'
            toml += f"date_extraction = {self.jour}\n"
            toml += f'annee_scolaire = "{annee}"\n' if extrait in INSCRIPTION else ""
            toml += f'encodage = "{encodage.removesuffix("-sig")}"\n'
            toml += self.plus.get(nom, "")
        (dossier / "campagne.toml").write_text(toml, "utf-8")
        return dossier


def ecrire_fichier(
    chemin: Path, extrait: str, lignes: Sequence[Ligne | bytes], encodage: str, separateur: str
) -> None:
    colonnes = COLONNES[extrait]
    for ligne in lignes:
        if isinstance(ligne, dict):
            assert set(ligne) <= set(colonnes), set(ligne) - set(colonnes)
    if chemin.suffix == ".parquet":
        rangs = [x for x in lignes if isinstance(x, dict)]
        pl.DataFrame(
            {c: [x.get(c) or None for x in rangs] for c in colonnes},
            schema=dict.fromkeys(colonnes, pl.String),
        ).write_parquet(chemin)
        return
    brut = b""
    if extrait != "apprentissage":
        brut = (";".join(colonnes) + "\r\n").encode(encodage)
    for ligne in lignes:
        if isinstance(ligne, bytes):
            brut += ligne + b"\r\n"
            continue
        valeurs = [ligne.get(c, "") for c in colonnes]
        if extrait == "apprentissage":
            texte = separateur.join(valeurs) + "\r\n"
        else:
            tampon = io.StringIO()
            csv.writer(tampon, delimiter=";", lineterminator="\r\n").writerow(valeurs)
            texte = tampon.getvalue()
        brut += texte.encode(encodage.removesuffix("-sig"))
    chemin.write_bytes(gzip.compress(brut, mtime=0) if chemin.suffix == ".gz" else brut)


@dataclass(frozen=True)
class Resultat:
    """What a campaign published, read as the contract says it is written."""

    sortie: Path
    code: str = "2026-10"

    @property
    def dossier(self) -> Path:
        return self.sortie / "campagnes" / self.code

    def table(self, nom: str) -> pl.DataFrame:
        return pl.read_parquet(self.dossier / f"{nom}.parquet")

    def personne(self, ref: Ref) -> str:
        extrait, fichier, ligne = ref
        trouve = self.table("identites").filter(
            (pl.col("extrait") == extrait)
            & (pl.col("fichier") == fichier)
            & (pl.col("ligne") == ligne)
        )
        return str(trouve["id_personne"].item())

    def decision(self, ref: Ref) -> tuple[str, str] | None:
        """statut and motif of the person of a row; None: not in scope."""
        trouve = self.table("decisions").filter(pl.col("id_personne") == self.personne(ref))
        return trouve.select("statut", "motif").row(0) if trouve.height else None  # type: ignore[return-value]

    def ligne_decision(self, ref: Ref) -> dict[str, object]:
        decisions = self.table("decisions").filter(pl.col("id_personne") == self.personne(ref))
        return decisions.row(0, named=True)

    def listes(self) -> pl.DataFrame:
        fichiers = sorted(self.dossier.glob("listes/psad=*/liste.parquet"))
        return pl.concat([pl.read_parquet(f, hive_partitioning=False) for f in fichiers])

    def sur_liste(self, ref: Ref) -> dict[str, object] | None:
        """The row of a list about the person of a row, through signalements; None: on no list."""
        signalement = self.requete(
            "select id_signalement from signalements where campagne = ? and id_personne = ?",
            self.code, self.personne(ref),
        )  # fmt: skip
        if not signalement:
            return None
        lignes = self.listes().filter(pl.col("id_signalement") == signalement[0][0])
        return lignes.row(0, named=True)

    def requete(self, sql: str, *valeurs: object, base: str = "siei") -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.sortie / f"{base}.duckdb"), read_only=True) as lien:
            return lien.execute(sql, list(valeurs)).fetchall()


def octets(racine: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        f.relative_to(racine).as_posix(): f.read_bytes()
        for f in sorted(racine.rglob("*"))
        if f.is_file()
    }


def age_le(jour: str, annees: int, decalage: int = 0) -> str:
    """The ISO birth date of someone who has `annees` on that day, `decalage` days later."""
    le = date.fromisoformat(jour)
    return date.fromordinal(le.replace(year=le.year - annees).toordinal() + decalage).isoformat()
