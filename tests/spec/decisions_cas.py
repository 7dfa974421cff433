"""The cases of the manual `docs/decisions.md`: what each line of the table means, and its limits."""

from dataclasses import dataclass
from datetime import date

from siei_match.stages.decide.observation import Definition

JOUR = date(2026, 10, 15)
NAISSANCE = "2008-05-12"


@dataclass(frozen=True)
class Cas:
    """One example: a sentence, small tables, the decisions expected. Absent = empty cell."""

    titre: str
    dit: str
    parcours: str
    attendu: str
    naissances: str = ""
    titres: str = ""
    reponses: str = ""
    doutes: str = ""
    dates: str = ""
    jour: date = JOUR
    annee: int = 2026
    definition: Definition = "legale"
    delai_entree: int = 0
    collected: bool = False
    """Answers that platforms sent themselves: one dated after the day waits for the next campaign."""


@dataclass(frozen=True)
class Section:
    titre: str
    dit: str
    cas: tuple[Cas, ...]


ALL_YEAR = """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            D        | scolarite | 2025  | niveau_3
            E        | scolarite | 2025  | niveau_3
            """
TOLD_ALL_YEAR = """
            personne | plateforme | date       | retour
            A        | P          | 2026-11-10 | en_formation
            A        | P          | 2026-11-10 | annule
            A        | P          | 2026-11-12 | refus
            B        | P          | 2026-11-10 | en_emploi
            B        | P          | 2027-04-02 | annule
            C        | P          | 2026-11-20 | demenage
            C        | Q          | 2027-02-01 | en_formation
            C        | Q          | 2027-04-10 | refus
            D        | P          | 2027-03-20 | diplome
            E        | P          | 2026-12-01 | injoignable
            E        | P          | 2026-12-01 | en_emploi
            """
"""Three campaigns of one school year see these answers, each as far as its day."""

CHAMP = Section(
    "Qui est dans le champ",
    "Quinze jours consécutifs de scolarité en N-1, dans un cycle qui mène au baccalauréat ou à un "
    "diplôme professionnel de niveau 3 ou 4, collège compris. Les autres n'ont pas de décision.",
    (
        Cas(
            "Quinze jours suffisent, quatorze non",
            "Le premier et le dernier jour comptent.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  | 2025-09-01 | 2025-09-15 | baccalaureat
            B        | scolarite | 2025  | 2025-09-01 | 2025-09-14 | baccalaureat
            """,
            """
            personne | jours_consecutifs | statut  | motif
            A        | 15                | sortant | confirme
            """,
        ),
        Cas(
            "Quatre cycles mettent dans le champ",
            "L'insertion (MLDS), le supérieur et un cycle inconnu n'y mettent personne.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            B        | scolarite | 2025  | niveau_3
            C        | agricole  | 2025  | niveau_4
            D        | scolarite | 2025  | baccalaureat
            E        | scolarite | 2025  | insertion
            F        | scolarite | 2025  | superieur
            G        | scolarite | 2025  | inconnu
            H        | scolarite | 2025  |
            """,
            """
            personne | cycle_quitte | statut  | motif
            A        | college      | sortant | confirme
            B        | niveau_3     | sortant | confirme
            C        | niveau_4     | sortant | confirme
            D        | baccalaureat | sortant | confirme
            """,
        ),
        Cas(
            "Sans date de sortie, jusqu'au 31 août ; sans date d'entrée, depuis le 1er septembre",
            "Ce que dit aussi tout enregistrement SIFA, dont la sortie n'existe pas.",
            """
            personne | extrait       | annee | debut      | fin        | cycle
            A        | scolarite     | 2025  | 2026-08-17 |            | niveau_3
            B        | scolarite     | 2025  | 2026-08-18 |            | niveau_3
            C        | scolarite     | 2025  |            | 2025-09-15 | niveau_3
            D        | scolarite     | 2025  |            | 2025-09-14 | niveau_3
            E        | apprentissage | 2025  | 2025-12-01 | 2025-12-02 | niveau_3
            """,
            """
            personne | jours_consecutifs | statut  | motif    | date_derniere_sortie
            A        | 15                | sortant | confirme | 2026-08-31
            C        | 15                | sortant | confirme | 2025-09-15
            E        | 274               | sortant | confirme | 2026-08-31
            """,
        ),
        Cas(
            "Deux inscriptions qui se touchent ou se chevauchent n'en font qu'une",
            "Y compris d'un extrait à l'autre. Un jour d'écart les sépare.",
            """
            personne | extrait       | annee | debut      | fin        | cycle
            A        | scolarite     | 2025  | 2025-09-01 | 2025-09-08 | niveau_3
            A        | scolarite     | 2025  | 2025-09-09 | 2025-09-15 | baccalaureat
            B        | scolarite     | 2025  | 2025-09-01 | 2025-09-10 | niveau_3
            B        | agricole      | 2025  | 2025-09-05 | 2025-09-15 | niveau_3
            C        | scolarite     | 2025  | 2025-09-01 | 2025-09-08 | niveau_3
            C        | agricole      | 2025  | 2025-09-10 | 2025-09-23 | niveau_3
            D        | scolarite     | 2025  | 2025-09-01 | 2025-12-31 | niveau_3
            D        | agricole      | 2025  | 2025-10-01 | 2025-10-05 | niveau_3
            D        | scolarite     | 2025  | 2026-01-01 | 2026-01-10 | niveau_3
            """,
            """
            personne | jours_consecutifs | statut  | motif
            A        | 15                | sortant | confirme
            B        | 15                | sortant | confirme
            D        | 132               | sortant | confirme
            """,
        ),
        Cas(
            "L'insertion ne relie pas deux scolarités",
            "Seules les inscriptions des quatre cycles font les quinze jours.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  | 2025-09-01 | 2025-09-08 | niveau_3
            A        | scolarite | 2025  | 2025-09-09 | 2025-09-12 | insertion
            A        | scolarite | 2025  | 2025-09-13 | 2025-09-20 | niveau_3
            """,
            """
            personne | statut | motif
            """,
        ),
        Cas(
            "Une inscription est bornée par son année scolaire",
            "Une entrée au CFA il y a deux ans ne compte qu'à partir du 1er septembre ; une sortie "
            "avant l'entrée ne compte pas.",
            """
            personne | extrait       | annee | debut      | fin        | cycle
            A        | apprentissage | 2025  | 2023-09-04 |            | niveau_4
            B        | scolarite     | 2025  | 2025-08-01 | 2025-09-14 | niveau_3
            C        | scolarite     | 2025  | 2026-08-18 | 2026-09-30 | niveau_3
            D        | scolarite     | 2025  | 2026-03-01 | 2025-10-01 | niveau_3
            E        | apprentissage | 2025  | 2026-10-01 |            | niveau_3
            """,
            """
            personne | jours_consecutifs | statut  | motif
            A        | 365               | sortant | confirme
            """,
        ),
        Cas(
            "Seule l'année N-1 met dans le champ",
            "Ni N-2, ni N ; un suivi en mission locale non plus.",
            """
            personne | extrait          | annee | debut      | fin        | cycle
            A        | scolarite        | 2024  |            |            | niveau_3
            B        | scolarite        | 2026  |            |            | niveau_3
            C        | missions_locales |       | 2025-09-01 | 2026-06-30 |
            """,
            """
            personne | statut | motif
            """,
        ),
    ),
)

AGE = Section(
    "hors_champ : l'âge",
    "L'âge se prend le jour d'observation, avant toute autre règle.",
    (
        Cas(
            "Seize ans le jour de l'anniversaire, vingt-cinq ans jusqu'à la veille du suivant",
            "Le jour est le 15 octobre 2026.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            B        | scolarite | 2025  | college
            C        | scolarite | 2025  | niveau_4
            D        | scolarite | 2025  | niveau_4
            """,
            """
            personne | age | statut     | motif
            A        | 15  | hors_champ | age_moins_16
            B        | 16  | sortant    | confirme
            C        | 25  | sortant    | confirme
            D        | 26  | hors_champ | age_plus_25
            """,
            naissances="""
            personne | naissance
            A        | 2010-10-16
            B        | 2010-10-15
            C        | 2000-10-16
            D        | 2000-10-15
            """,
        ),
        Cas(
            "L'âge passe avant tout",
            "Même inscrit, diplômé ou annoncé en emploi, un moins de 16 ans est hors champ.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            A        | scolarite | 2026  | niveau_3
            """,
            """
            personne | age | statut     | motif
            A        | 15  | hors_champ | age_moins_16
            """,
            naissances="""
            personne | naissance
            A        | 2011-02-01
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-09-20 | en_emploi
            """,
        ),
        Cas(
            "Date partielle : le plus jeune possible",
            "Jour inconnu : le dernier du mois. Mois inconnu : le 31 décembre, ou le même jour de "
            "décembre.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            B        | scolarite | 2025  | college
            C        | scolarite | 2025  | college
            D        | scolarite | 2025  | college
            E        | scolarite | 2025  | niveau_4
            F        | scolarite | 2025  | niveau_4
            G        | scolarite | 2025  | niveau_4
            """,
            """
            personne | age | statut     | motif
            A        | 15  | hors_champ | age_moins_16
            B        | 16  | sortant    | confirme
            C        | 15  | hors_champ | age_moins_16
            D        | 16  | sortant    | confirme
            E        | 25  | sortant    | confirme
            F        | 26  | hors_champ | age_plus_25
            G        | 25  | sortant    | confirme
            """,
            naissances="""
            personne | naissance
            A        | 2010-10
            B        | 2010-09
            C        | 2010
            D        | 2009
            E        | 2000
            F        | 1999
            G        | 2000-10
            """,
        ),
        Cas(
            "Jour connu, mois inconnu, un 20 décembre",
            "Né le 20 d'un mois inconnu : au plus tard le 20 décembre.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            B        | scolarite | 2025  | college
            """,
            """
            personne | age | statut     | motif
            A        | 16  | sortant    | confirme
            B        | 15  | hors_champ | age_moins_16
            """,
            naissances="""
            personne | naissance
            A        | 2010-??-20
            B        | 2010-??-21
            """,
            jour=date(2026, 12, 20),
        ),
        Cas(
            "Jour inconnu : le dernier jour du mois suffit",
            "Le 30 novembre, qui est né en novembre a un an de plus, quel que soit le jour.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            """,
            """
            personne | age | statut  | motif
            A        | 16  | sortant | confirme
            """,
            naissances="""
            personne | naissance
            A        | 2010-11
            """,
            jour=date(2026, 11, 30),
        ),
        Cas(
            "Né un 29 février : le dernier jour de février",
            "Les années ordinaires, l'âge change le 28 février (circulaire du 25 juillet 2013 ; "
            "même règle à l'article 641 du Code de procédure civile).",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            """,
            """
            personne | age | statut  | motif
            A        | 19  | sortant | confirme
            B        | 18  | sortant | confirme
            """,
            naissances="""
            personne | naissance
            A        | 2008-02-29
            B        | 2008-03-01
            """,
            jour=date(2027, 2, 28),
        ),
        Cas(
            "Plusieurs dates de naissance : une seule retenue",
            "D'abord la plus complète, puis la plus fréquente, puis, de qui une mission locale suit, celle "
            "qui lui donne 16 à 25 ans (F, G ; elle ne suit personne d'autre), puis celle du premier extrait "
            "(scolarite, diplomes, agricole, diplomes_agricoles, apprentissage, "
            "missions_locales), puis la plus récente.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            D        | scolarite | 2025  | niveau_3
            E        | scolarite | 2025  | niveau_3
            F        | scolarite | 2025  | niveau_3
            G        | scolarite | 2025  | niveau_3
            H        | scolarite | 2025  | niveau_3
            """,
            """
            personne | naissance_annee | naissance_mois | naissance_jour | age
            A        | 2009            | 7              | 14             | 17
            B        | 2009            | 7              | 14             | 17
            C        | 2008            | 1              | 2              | 18
            D        | 2009            | 7              | 14             | 17
            E        | 2008            | 3              |                | 18
            F        | 2009            | 1              | 2              | 17
            G        | 2009            | 1              | 2              | 17
            H        | 2011            | 1              | 2              | 15
            """,
            naissances="""
            personne | naissance  | extrait
            A        | 2008-01    | scolarite
            A        | 2008-01    | diplomes
            A        | 2009-07-14 | missions_locales
            B        | 2008-01-02 | scolarite
            B        | 2009-07-14 | diplomes
            B        | 2009-07-14 | missions_locales
            C        | 2009-07-14 | agricole
            C        | 2008-01-02 | diplomes
            D        | 2008-01-02 | scolarite
            D        | 2009-07-14 | scolarite
            E        | 2009       | scolarite
            E        | 2009       | diplomes
            E        | 2008-03    | missions_locales
            F        | 2011-01-02 | apprentissage
            F        | 2009-01-02 | missions_locales
            G        | 1999-01-02 | apprentissage
            G        | 2009-01-02 | missions_locales
            H        | 2011-01-02 | diplomes
            H        | 2009-01-02 | apprentissage
            """,
        ),
    ),
)

EN_FORMATION = Section(
    "en_formation : inscrit ce jour-là",
    "Une inscription de l'année N, de n'importe quel cycle, qui couvre le jour.",
    (
        Cas(
            "Le premier extrait qui inscrit donne le motif",
            "Dans l'ordre scolarite, agricole, apprentissage.",
            """
            personne | extrait       | annee | cycle
            A        | scolarite     | 2025  | niveau_3
            A        | scolarite     | 2026  | niveau_3
            A        | apprentissage | 2026  | niveau_3
            B        | scolarite     | 2025  | niveau_3
            B        | apprentissage | 2026  | niveau_3
            B        | agricole      | 2026  | niveau_3
            C        | scolarite     | 2025  | niveau_3
            C        | apprentissage | 2026  | niveau_3
            """,
            """
            personne | statut       | motif
            A        | en_formation | scolarite
            B        | en_formation | agricole
            C        | en_formation | apprentissage
            """,
        ),
        Cas(
            "Tous les cycles comptent en N, l'insertion aussi",
            "MLDS, BTS, cycle inconnu : une inscription est une inscription.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            A        | scolarite | 2026  | insertion
            B        | scolarite | 2025  | baccalaureat
            B        | scolarite | 2026  | superieur
            C        | scolarite | 2025  | college
            C        | scolarite | 2026  | inconnu
            D        | scolarite | 2025  | college
            D        | scolarite | 2026  |
            """,
            """
            personne | statut       | motif
            A        | en_formation | scolarite
            B        | en_formation | scolarite
            C        | en_formation | scolarite
            D        | en_formation | scolarite
            """,
        ),
        Cas(
            "Le premier et le dernier jour couvrent le jour",
            "Sorti la veille, ou entré le lendemain, on n'est pas inscrit ce jour-là.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            A        | scolarite | 2026  |            | 2026-10-15 | niveau_3
            B        | scolarite | 2025  |            |            | niveau_3
            B        | scolarite | 2026  |            | 2026-10-14 | niveau_3
            C        | scolarite | 2025  |            |            | niveau_3
            C        | scolarite | 2026  | 2026-10-15 |            | niveau_3
            D        | scolarite | 2025  |            |            | niveau_3
            D        | scolarite | 2026  | 2026-10-16 |            | niveau_3
            """,
            """
            personne | statut       | motif     | date_derniere_sortie
            A        | en_formation | scolarite |
            B        | sortant      | confirme  | 2026-10-14
            C        | en_formation | scolarite |
            D        | sortant      | confirme  | 2026-08-31
            """,
        ),
        Cas(
            "Un délai d'entrée d'un jour accepte le lendemain",
            "Avec delai_entree = 1, l'entrée du 16 octobre compte, celle du 17 non ; une "
            "inscription qui finit avant de commencer jamais.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            A        | scolarite | 2026  | 2026-10-16 |            | niveau_3
            B        | scolarite | 2025  |            |            | niveau_3
            B        | scolarite | 2026  | 2026-10-17 |            | niveau_3
            C        | scolarite | 2025  |            |            | niveau_3
            C        | scolarite | 2026  | 2026-10-16 | 2026-10-15 | niveau_3
            """,
            """
            personne | statut       | motif
            A        | en_formation | scolarite
            B        | sortant      | confirme
            C        | sortant      | confirme
            """,
            delai_entree=1,
        ),
        Cas(
            "L'inscription doit être de l'année N",
            "Une inscription de N-1 dont la sortie annoncée dépasse le 31 août n'inscrit pas en N.",
            """
            personne | extrait   | annee | debut | fin        | cycle
            A        | scolarite | 2025  |       | 2026-12-31 | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            """,
        ),
        Cas(
            "Contrat d'apprentissage rompu : six mois de date à date",
            "Rompu le 15 avril, l'apprenti est encore au CFA le 15 octobre ; rompu le 14, non.",
            """
            personne | extrait       | annee | debut      | rupture    | cycle
            A        | apprentissage | 2025  |            |            | niveau_3
            A        | apprentissage | 2026  | 2025-09-01 | 2026-04-15 | niveau_3
            B        | apprentissage | 2025  |            |            | niveau_3
            B        | apprentissage | 2026  | 2025-09-01 | 2026-04-14 | niveau_3
            C        | apprentissage | 2025  |            |            | niveau_3
            C        | apprentissage | 2026  |            | 2026-12-01 | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | en_formation | apprentissage |
            B        | sortant      | confirme      | 2026-04-14
            C        | en_formation | apprentissage |
            """,
        ),
        Cas(
            "Six mois après un 31 août",
            "Le délai finit le dernier jour de février ; le 1er mars, il est passé.",
            """
            personne | extrait       | annee | rupture    | cycle
            A        | apprentissage | 2025  |            | niveau_3
            A        | apprentissage | 2026  | 2026-08-31 | niveau_3
            B        | apprentissage | 2025  |            | niveau_3
            B        | apprentissage | 2026  | 2026-09-01 | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | sortant      | confirme      | 2026-09-01
            B        | en_formation | apprentissage |
            """,
            jour=date(2027, 3, 1),
        ),
        Cas(
            "Une rupture en N-1 n'ôte pas du champ",
            "Tout enregistrement SIFA court jusqu'au 31 août ; la sortie montrée est la rupture.",
            """
            personne | extrait       | annee | debut      | rupture    | cycle    | uai
            A        | apprentissage | 2025  | 2025-09-01 | 2025-09-10 | niveau_3 | 0750652B
            """,
            """
            personne | jours_consecutifs | statut  | motif    | date_derniere_sortie | dernier_uai
            A        | 365               | sortant | confirme | 2025-09-10           | 0750652B
            """,
        ),
    ),
)

DIPLOME = Section(
    "diplome : légale, opérationnelle",
    "La définition légale demande un diplôme de niveau 3 ou plus, obtenu un jour ; "
    "l'opérationnelle un diplôme du niveau du cycle quitté en N-1, ou plus haut.",
    (
        Cas(
            "Le plus haut diplôme donne le motif",
            "Quel que soit l'extrait d'où il vient. Le DNB et le CFG ne comptent jamais.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | baccalaureat
            B        | scolarite | 2025  | baccalaureat
            C        | scolarite | 2025  | baccalaureat
            D        | scolarite | 2025  | baccalaureat
            E        | scolarite | 2025  | baccalaureat
            """,
            """
            personne | niveau_obtenu | statut  | motif
            A        | 4             | diplome | baccalaureat
            B        | 4             | diplome | niveau_4
            C        | 3             | diplome | niveau_3
            D        | 0             | sortant | confirme
            E        | 0             | sortant | confirme
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            A        | baccalaureat
            A        | niveau_4
            B        | niveau_3
            B        | niveau_4
            C        | aucun
            C        | niveau_3
            D        | aucun
            """,
        ),
        Cas(
            "Opérationnelle : un CAP ne suffit pas à qui quitte un bac pro",
            "Il est diplômé selon la loi, sortant selon la définition opérationnelle.",
            """
            personne | extrait       | annee | cycle
            A        | scolarite     | 2025  | baccalaureat
            B        | scolarite     | 2025  | niveau_3
            C        | apprentissage | 2025  | niveau_4
            D        | scolarite     | 2025  | college
            E        | scolarite     | 2025  | college
            """,
            """
            personne | niveau_requis | statut  | motif
            A        | 4             | sortant | confirme
            B        | 3             | diplome | niveau_3
            C        | 4             | sortant | confirme
            D        | 3             | diplome | niveau_3
            E        | 3             | sortant | confirme
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            B        | niveau_3
            C        | niveau_3
            D        | niveau_3
            E        | aucun
            """,
            definition="operationnelle",
        ),
        Cas(
            "Opérationnelle : plus haut suffit, et tous les niveaux 4 se valent",
            "Un brevet professionnel suffit à qui quitte un bac pro, un bac à qui quitte un CAP.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | baccalaureat
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_4
            """,
            """
            personne | statut  | motif
            A        | diplome | niveau_4
            B        | diplome | baccalaureat
            C        | diplome | baccalaureat
            """,
            titres="""
            personne | niveau
            A        | niveau_4
            B        | baccalaureat
            C        | baccalaureat
            """,
            definition="operationnelle",
        ),
        Cas(
            "Opérationnelle : le cycle quitté est celui de la dernière inscription de N-1",
            "Passé du bac pro au CAP en cours d'année, c'est un CAP que l'on quitte. Ni "
            "l'insertion qui suit, ni cinq jours isolés, ne changent le cycle quitté.",
            """
            personne | extrait       | annee | debut      | fin        | cycle
            A        | scolarite     | 2025  | 2025-09-01 | 2025-12-19 | baccalaureat
            A        | apprentissage | 2025  | 2026-01-05 |            | niveau_3
            B        | scolarite     | 2025  | 2025-09-01 | 2025-12-19 | niveau_3
            B        | scolarite     | 2025  | 2026-01-05 | 2026-06-30 | baccalaureat
            C        | scolarite     | 2025  | 2025-09-01 | 2025-12-19 | niveau_3
            C        | scolarite     | 2025  | 2026-01-05 | 2026-06-30 | insertion
            D        | scolarite     | 2025  | 2025-09-01 | 2025-12-19 | niveau_3
            D        | scolarite     | 2025  | 2026-01-05 | 2026-01-09 | baccalaureat
            """,
            """
            personne | cycle_quitte | statut  | motif
            A        | niveau_3     | diplome | niveau_3
            B        | baccalaureat | sortant | confirme
            C        | niveau_3     | diplome | niveau_3
            D        | niveau_3     | diplome | niveau_3
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            B        | niveau_3
            C        | niveau_3
            D        | niveau_3
            """,
            definition="operationnelle",
        ),
        Cas(
            "Opérationnelle : deux inscriptions commencées le même jour",
            "Dans l'ordre scolarite, agricole, apprentissage ; du même extrait, celle qui finit "
            "la dernière ; à égalité, le cycle le plus exigeant.",
            """
            personne | extrait       | annee | fin        | cycle
            A        | apprentissage | 2025  |            | baccalaureat
            A        | scolarite     | 2025  | 2025-12-19 | niveau_3
            B        | scolarite     | 2025  | 2026-06-30 | niveau_3
            B        | scolarite     | 2025  | 2025-12-19 | baccalaureat
            C        | scolarite     | 2025  |            | college
            C        | scolarite     | 2025  |            | niveau_4
            """,
            """
            personne | cycle_quitte | niveau_requis | statut  | motif
            A        | niveau_3     | 3             | diplome | niveau_3
            B        | niveau_3     | 3             | diplome | niveau_3
            C        | niveau_4     | 4             | sortant | confirme
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            B        | niveau_3
            C        | niveau_3
            """,
            definition="operationnelle",
        ),
        Cas(
            "Être inscrit passe avant le diplôme",
            "Le premier motif qui tient est donné.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            A        | agricole  | 2026  | baccalaureat
            """,
            """
            personne | statut       | motif
            A        | en_formation | agricole
            """,
            titres="""
            personne | niveau
            A        | niveau_3
            """,
        ),
    ),
)

RETOUR = Section(
    "retour : ce que les plateformes ont répondu",
    "La dernière réponse d'une plateforme depuis le 1er septembre de N, par sa date, puis par l'ordre de "
    "réception : en formation, en emploi, en service civique, diplômé, décédé ou doublon.",
    (
        Cas(
            "Six réponses retirent de la liste",
            "Les autres y laissent : suivi, rendez-vous, contacté sans réponse, injoignable, coordonnées "
            "incorrectes, refus, ne souhaite plus, déménagement, autre.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            D        | scolarite | 2025  | niveau_3
            E        | scolarite | 2025  | niveau_3
            F        | scolarite | 2025  | niveau_3
            G        | scolarite | 2025  | niveau_3
            H        | scolarite | 2025  | niveau_3
            I        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | retour  | en_formation
            B        | retour  | en_emploi
            C        | retour  | service_civique
            D        | retour  | diplome
            E        | retour  | decede
            F        | retour  | doublon
            G        | sortant | confirme
            H        | sortant | confirme
            I        | sortant | confirme
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-09-20 | en_formation
            B        | 2026-09-20 | en_emploi
            C        | 2026-09-20 | service_civique
            D        | 2026-09-20 | diplome
            E        | 2026-09-20 | decede
            F        | 2026-09-20 | doublon
            G        | 2026-09-20 | suivi
            H        | 2026-09-20 | refus
            I        | 2026-09-20 | demenage
            """,
        ),
        Cas(
            "Depuis le 1er septembre de l'année N",
            "Une réponse du 31 août, ou sans date, ne vaut plus.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | retour  | en_emploi
            B        | sortant | confirme
            C        | sortant | confirme
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-09-01 | en_emploi
            B        | 2026-08-31 | en_emploi
            C        |            | en_emploi
            """,
        ),
        Cas(
            "Datée d'après le jour d'observation aussi, si elle est livrée avec la campagne",
            "Qui la livre veut qu'on l'entende. Une réponse recueillie d'une plateforme "
            "(`siei collect`) et datée d'après le jour compte à la campagne suivante : refaire une "
            "campagne passée redonne donc les mêmes listes, quoi que des plateformes aient répondu "
            "depuis.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | retour  | en_emploi
            B        | retour  | en_emploi
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-10-15 | en_emploi
            B        | 2026-10-16 | en_emploi
            """,
        ),
        Cas(
            "La dernière réponse décide, quelle qu'elle soit",
            "Un « en formation » donné par erreur, puis « refus », ne cache plus personne. Le même jour, la "
            "dernière reçue l'emporte. Une ligne sans réponse, qui ne fait que transférer, n'en est pas une.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            D        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | retour  | en_emploi
            C        | sortant | confirme
            D        | retour  | doublon
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-09-20 | en_formation
            A        | 2026-10-01 | refus
            B        | 2026-10-01 | en_emploi
            B        | 2026-09-10 | injoignable
            C        | 2026-09-10 | doublon
            C        | 2026-09-10 | injoignable
            D        | 2026-09-20 | doublon
            D        | 2026-10-01 |
            """,
        ),
        Cas(
            "De plusieurs plateformes, la dernière qui a répondu",
            "Après un transfert, la nouvelle plateforme répond à son tour ; l'ancienne peut le faire encore.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | retour  | en_emploi
            """,
            reponses="""
            personne | plateforme | date       | retour
            A        | P          | 2026-09-10 | en_formation
            A        | Q          | 2026-09-20 | refus
            B        | Q          | 2026-09-10 | refus
            B        | P          | 2026-09-20 | en_emploi
            """,
        ),
        Cas(
            "`annule` reprend la dernière réponse de la plateforme qui tient encore",
            "Ce qu'elle avait répondu avant vaut de nouveau (B) ; un second `annule` reprend la réponse "
            "d'avant (C). Sans rien à reprendre, il ne fait rien (D) : il ne vaut pas pour ce qui vient après.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            D        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | retour  | en_emploi
            C        | sortant | confirme
            D        | retour  | diplome
            """,
            reponses="""
            personne | date       | retour
            A        | 2026-09-20 | en_formation
            A        | 2026-10-01 | annule
            B        | 2026-09-10 | en_emploi
            B        | 2026-09-20 | refus
            B        | 2026-10-01 | annule
            C        | 2026-09-10 | en_emploi
            C        | 2026-09-20 | refus
            C        | 2026-10-01 | annule
            C        | 2026-10-02 | annule
            D        | 2026-09-10 | annule
            D        | 2026-09-20 | diplome
            """,
        ),
        Cas(
            "`annule` ne reprend rien d'une autre plateforme",
            "Ni ce qui a été répondu après lui. Sans date, il vient après tout ce qui a été reçu avant lui (C) : "
            "une reprise ne se perd pas.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | retour  | en_emploi
            B        | retour  | en_emploi
            C        | sortant | confirme
            """,
            reponses="""
            personne | plateforme | date       | retour
            A        | P          | 2026-09-10 | en_emploi
            A        | Q          | 2026-09-20 | annule
            B        | P          | 2026-09-20 | annule
            B        | P          | 2026-09-21 | en_emploi
            C        | P          | 2026-09-20 | en_formation
            C        | P          |            | annule
            """,
        ),
        Cas(
            "Trois campagnes, 1 sur 3 : octobre",
            "Les mêmes réponses, regardées trois fois. En octobre, aucune n'est encore donnée.",
            ALL_YEAR,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | sortant | confirme
            C        | sortant | confirme
            D        | sortant | confirme
            E        | sortant | confirme
            """,
            reponses=TOLD_ALL_YEAR,
            collected=True,
        ),
        Cas(
            "Trois campagnes, 2 sur 3 : mars",
            "A : « en formation » donné par erreur, corrigé en « refus ». B : « en emploi » tient. C : transmis à Q, "
            "qui répond « en formation ». D : la réponse est datée d'après le jour. E : deux personnes de la même "
            "plateforme répondent le même jour, la dernière reçue l'emporte.",
            ALL_YEAR,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | retour  | en_emploi
            C        | retour  | en_formation
            D        | sortant | confirme
            E        | retour  | en_emploi
            """,
            reponses=TOLD_ALL_YEAR,
            collected=True,
            jour=date(2027, 3, 15),
        ),
        Cas(
            "Trois campagnes, 3 sur 3 : juin",
            "B : la réponse a été reprise, il revient. C : Q répond autre chose. D : la réponse tardive compte.",
            ALL_YEAR,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | sortant | confirme
            C        | sortant | confirme
            D        | retour  | diplome
            E        | retour  | en_emploi
            """,
            reponses=TOLD_ALL_YEAR,
            collected=True,
            jour=date(2027, 6, 15),
        ),
    ),
)

SORTANT = Section(
    "sortant : confirmé, ou à vérifier",
    "Rien de ce qui précède ne tient. Si un rapprochement resté dans la zone de doute aurait "
    "donné l'une de ces décisions, le sortant est à vérifier : on décide les deux personnes "
    "comme si elles n'en faisaient qu'une.",
    (
        Cas(
            "Un doute qui changerait la décision est à vérifier",
            "Inscription, diplôme ou réponse de l'autre personne. L'autre garde sa décision.",
            """
            personne | extrait       | annee | cycle
            A        | scolarite     | 2025  | niveau_3
            B        | apprentissage | 2026  | niveau_3
            C        | scolarite     | 2025  | niveau_3
            D        | scolarite     | 2024  | niveau_3
            E        | scolarite     | 2025  | niveau_3
            F        | scolarite     | 2025  | niveau_3
            G        | scolarite     | 2025  | niveau_3
            H        | scolarite     | 2024  | niveau_3
            """,
            """
            personne | doute | statut  | motif
            A        | oui   | sortant | a_verifier
            C        | oui   | sortant | a_verifier
            E        | oui   | sortant | a_verifier
            F        | non   | retour  | en_emploi
            G        | non   | sortant | confirme
            """,
            titres="""
            personne | niveau
            D        | niveau_3
            """,
            reponses="""
            personne | date       | retour
            F        | 2026-09-20 | en_emploi
            """,
            doutes="""
            a | b
            A | B
            D | C
            E | F
            G | H
            """,
        ),
        Cas(
            "Un doute entre deux sortants n'en est pas un",
            "Réunis, ils restent sortants : chacun est confirmé.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | sortant | confirme
            """,
            doutes="""
            a | b
            A | B
            """,
        ),
        Cas(
            "Les règles lisent les deux personnes réunies",
            "Opérationnelle : le CAP de B ne suffit pas au bac pro que A a quitté.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | baccalaureat
            B        | scolarite | 2024  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            """,
            titres="""
            personne | niveau
            B        | niveau_3
            """,
            doutes="""
            a | b
            A | B
            """,
            definition="operationnelle",
        ),
        Cas(
            "Un âge douteux est à vérifier",
            "Si A et B sont la même personne, la date que donnent deux lignes l'emporte : moins "
            "de 16 ans.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | college
            """,
            """
            personne | age | statut  | motif
            A        | 16  | sortant | a_verifier
            """,
            naissances="""
            personne | naissance  | extrait
            A        | 2010-07-14 | scolarite
            B        | 2011-07-14 | diplomes
            B        | 2011-07-14 | missions_locales
            """,
            doutes="""
            a | b
            A | B
            """,
        ),
        Cas(
            "Chaque doute est pesé seul",
            "A n'est mis en doute que par la paire qui changerait sa décision ; une paire "
            "répétée, retournée, ou d'une personne avec elle-même n'ajoute rien.",
            """
            personne | extrait   | annee | cycle
            A        | scolarite | 2025  | niveau_3
            B        | scolarite | 2025  | niveau_3
            C        | scolarite | 2026  | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | confirme
            B        | sortant | a_verifier
            """,
            doutes="""
            a | b
            A | B
            B | C
            C | B
            B | C
            A | A
            """,
        ),
    ),
)

SUIVI = Section(
    "Ce que la décision porte encore",
    "Un suivi en mission locale ne retire personne de la liste. La dernière inscription est "
    "celle qui a commencé la dernière, au plus tard le jour ; le même jour, dans l'ordre "
    "scolarite, agricole, apprentissage ; puis la plus récente année scolaire.",
    (
        Cas(
            "Suivi ouvert le jour",
            "Le premier et le dernier jour du suivi comptent ; sans fin, il est ouvert.",
            """
            personne | extrait          | annee | debut      | fin        | cycle
            A        | scolarite        | 2025  |            |            | niveau_3
            A        | missions_locales |       | 2026-10-15 |            |
            B        | scolarite        | 2025  |            |            | niveau_3
            B        | missions_locales |       | 2026-01-01 | 2026-10-15 |
            C        | scolarite        | 2025  |            |            | niveau_3
            C        | missions_locales |       | 2026-01-01 | 2026-10-14 |
            D        | scolarite        | 2025  |            |            | niveau_3
            D        | missions_locales |       | 2026-10-16 |            |
            """,
            """
            personne | suivi_mission_locale | statut  | motif
            A        | oui                  | sortant | confirme
            B        | oui                  | sortant | confirme
            C        | non                  | sortant | confirme
            D        | non                  | sortant | confirme
            """,
        ),
        Cas(
            "La dernière inscription",
            "Elle donne la formation, l'établissement et la date de sortie, cycle d'insertion "
            "compris. Une inscription à venir n'est pas la dernière.",
            """
            personne | extrait       | annee | debut      | fin        | cycle     | uai      | formation
            A        | scolarite     | 2025  |            | 2026-01-31 | niveau_3  | 0750652B | CAP cuisine
            A        | scolarite     | 2025  | 2026-02-01 | 2026-06-30 | insertion | 0590116F | MLDS
            A        | scolarite     | 2026  | 2026-11-02 |            | niveau_3  | 0010016M | CAP coiffure
            B        | apprentissage | 2025  |            |            | niveau_3  | 0750652B | CAP cuisine
            B        | scolarite     | 2025  |            | 2026-05-31 | niveau_3  | 0590116F | CAP coiffure
            C        | scolarite     | 2025  |            |            | niveau_3  | 0750652B | CAP cuisine
            C        | scolarite     | 2026  | 2026-09-01 | 2026-09-30 | niveau_3  |          | CAP coiffure
            """,
            """
            personne | date_derniere_sortie | derniere_formation | dernier_uai | statut
            A        | 2026-06-30           | MLDS               | 0590116F    | sortant
            B        | 2026-05-31           | CAP coiffure       | 0590116F    | sortant
            C        | 2026-09-30           | CAP coiffure       | 0750652B    | sortant
            """,
        ),
        Cas(
            "Une entrée au CFA ancienne : la plus récente année scolaire",
            "Deux enregistrements SIFA, une même DATE_ENTREE_CFA : le dernier est celui de N.",
            """
            personne | extrait       | annee | debut      | rupture    | cycle    | uai      | formation
            A        | apprentissage | 2025  | 2024-09-02 |            | niveau_3 | 0750652B | CAP 1re année
            A        | apprentissage | 2026  | 2024-09-02 | 2026-03-31 | niveau_3 | 0590116F | CAP 2e année
            """,
            """
            personne | date_derniere_sortie | derniere_formation | dernier_uai | statut
            A        | 2026-03-31           | CAP 2e année       | 0590116F    | sortant
            """,
        ),
    ),
)

DATES = Section(
    "Les dates en doute",
    "Une date de deux sens, ou illisible, n'est jamais devinée : son champ reste vide, ses lectures "
    "extrêmes sont gardées à côté. Si l'une d'elles sortait la personne de la liste, la personne y est, "
    "`a_verifier`. Une borne vide n'en est pas une.",
    (
        Cas(
            "Une sortie de deux sens",
            "Le 3 octobre ou le 10 mars de l'année suivante (A), le 1er ou le 2 octobre (B), le 3 "
            "novembre ou le 11 mars (C) : A est peut-être inscrit, B ne l'est en aucun cas, C l'est "
            "dans les deux.",
            """
            personne | extrait   | annee | debut      | fin | cycle
            A        | scolarite | 2025  |            |     | niveau_3
            A        | scolarite | 2026  | 2026-09-01 |     | niveau_3
            B        | scolarite | 2025  |            |     | niveau_3
            B        | scolarite | 2026  | 2026-09-01 |     | niveau_3
            C        | scolarite | 2025  |            |     | niveau_3
            C        | scolarite | 2026  | 2026-09-01 |     | niveau_3
            """,
            """
            personne | statut       | motif      | date_derniere_sortie
            A        | sortant      | a_verifier |
            B        | sortant      | confirme   |
            C        | en_formation | scolarite  |
            """,
            dates="""
            personne | inscription | date | au_plus_tot | au_plus_tard
            A        | 2           | fin  | 2026-10-03  | 2027-03-10
            B        | 2           | fin  | 2026-10-01  | 2026-10-02
            C        | 2           | fin  | 2026-11-03  | 2027-03-11
            """,
        ),
        Cas(
            "Une sortie ou une rupture illisible",
            "Il est sorti, on ne sait quand : ni inscrit ni parti pour certain (A, B) ; un contrat "
            "commencé depuis moins de six mois n'a pu être rompu il y a plus (D). Une entrée illisible "
            "est comme absente : la ligne elle-même dit son année (C).",
            """
            personne | extrait       | annee | debut      | fin | cycle
            A        | agricole      | 2025  |            |     | niveau_3
            A        | agricole      | 2026  | 2026-09-01 |     | niveau_3
            B        | apprentissage | 2025  |            |     | niveau_3
            B        | apprentissage | 2026  | 2025-09-01 |     | niveau_3
            C        | scolarite     | 2025  |            |     | niveau_3
            C        | scolarite     | 2026  |            |     | niveau_3
            D        | apprentissage | 2025  |            |     | niveau_3
            D        | apprentissage | 2026  | 2026-09-01 |     | niveau_3
            """,
            """
            personne | statut       | motif
            A        | sortant      | a_verifier
            B        | sortant      | a_verifier
            C        | en_formation | scolarite
            D        | en_formation | apprentissage
            """,
            dates="""
            personne | inscription | date    | au_plus_tot | au_plus_tard
            A        | 2           | fin     |             |
            B        | 2           | rupture | 2025-09-01  |
            C        | 2           | debut   |             |
            D        | 2           | rupture | 2026-09-01  |
            """,
        ),
        Cas(
            "Une entrée de deux sens",
            "Le 4 octobre ou le 10 avril (A), le 4 novembre ou le 11 avril (B).",
            """
            personne | extrait   | annee | debut | fin | cycle
            A        | scolarite | 2025  |       |     | niveau_3
            A        | scolarite | 2026  |       |     | niveau_3
            B        | scolarite | 2025  |       |     | niveau_3
            B        | scolarite | 2026  |       |     | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | a_verifier
            B        | sortant | confirme
            """,
            dates="""
            personne | inscription | date  | au_plus_tot | au_plus_tard
            A        | 2           | debut | 2026-10-04  | 2027-04-10
            B        | 2           | debut | 2026-11-04  | 2027-04-11
            """,
        ),
        Cas(
            "Une sortie avant l'entrée",
            "Elle est peut-être celle d'un séjour d'avant : inscrit ou non, on ne sait.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            A        | scolarite | 2026  | 2026-09-01 | 2026-06-30 | niveau_3
            B        | scolarite | 2025  | 2026-03-01 | 2025-10-01 | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | a_verifier
            """,
            dates="""
            personne | inscription | date | au_plus_tot | au_plus_tard
            A        | 2           | fin  | 2026-06-30  |
            B        | 1           | fin  | 2025-10-01  |
            """,
        ),
        Cas(
            "Quinze jours selon une lecture seulement",
            "Sorti le 4 septembre ou le 9 avril : dans le champ, à vérifier. Une sortie illisible de "
            "N-1 court jusqu'à la fin de l'année, comme une sortie absente.",
            """
            personne | extrait   | annee | debut      | fin | cycle
            A        | scolarite | 2025  | 2025-09-01 |     | niveau_3
            B        | scolarite | 2025  | 2025-09-01 |     | niveau_3
            C        | scolarite | 2025  | 2025-09-01 |     | niveau_3
            """,
            """
            personne | jours_consecutifs | statut  | motif
            A        | 221               | sortant | a_verifier
            C        | 365               | sortant | confirme
            """,
            dates="""
            personne | inscription | date | au_plus_tot | au_plus_tard
            A        | 1           | fin  | 2025-09-04  | 2026-04-09
            B        | 1           | fin  | 2025-09-02  | 2025-09-03
            C        | 1           | fin  |             |
            """,
        ),
        Cas(
            "Une naissance de deux sens",
            "La lecture la plus récente donne l'âge, le plus jeune possible : le 3 décembre ou le 12 "
            "mars 2010 n'est jamais sur une liste (A), le 3 avril ou le 4 mars 2010 a 16 ans dans les "
            "deux cas (B). 26 ans selon une lecture, 25 selon l'autre : à vérifier (C). Une date "
            "entière d'un autre extrait l'emporte (D).",
            """
            personne | extrait   | annee | debut | fin | cycle
            A        | scolarite | 2025  |       |     | niveau_3
            B        | scolarite | 2025  |       |     | niveau_3
            C        | scolarite | 2025  |       |     | niveau_3
            D        | scolarite | 2025  |       |     | niveau_3
            """,
            """
            personne | age | naissance_mois | statut     | motif
            A        | 15  |                | hors_champ | age_moins_16
            B        | 16  |                | sortant    | confirme
            C        | 25  |                | sortant    | a_verifier
            D        | 16  | 3              | sortant    | confirme
            """,
            naissances="""
            personne | naissance  | extrait
            A        | 2010       |
            B        | 2010       |
            C        | 2000       |
            D        | 2010       |
            D        | 2010-03-12 | agricole
            """,
            dates="""
            personne | date      | au_plus_tot | au_plus_tard
            A        | naissance | 2010-03-12  | 2010-12-03
            B        | naissance | 2010-03-04  | 2010-04-03
            C        | naissance | 2000-05-11  | 2000-11-05
            D        | naissance | 2010-03-12  | 2010-12-03
            """,
        ),
        Cas(
            "Un rapprochement douteux avec une date en doute",
            "B est peut-être A, et peut-être inscrit : A est à vérifier.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            B        | scolarite | 2026  | 2026-09-01 |            | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | a_verifier
            """,
            doutes="""
            a | b
            A | B
            """,
            dates="""
            personne | inscription | date | au_plus_tot | au_plus_tard
            B        | 1           | fin  |             |
            """,
        ),
    ),
)

CONTRATS = Section(
    "Les contrats d'apprentissage",
    "L'extrait facultatif contrats dit les contrats au fil de l'année, où SIFA ne voit que le 31 décembre. "
    "Un contrat est une inscription des années que ses dates couvrent, de l'inscription au CFA ou du "
    "début du contrat à sa fin.",
    (
        Cas(
            "Un contrat en cours le jour",
            "Le premier et le dernier jour comptent ; sans fin, il court jusqu'au 31 août de l'année scolaire "
            "où il commence, la suivante à partir de juillet (H, I).",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            A        | contrats  |       | 2026-10-15 | 2028-08-31 | niveau_3
            B        | scolarite | 2025  |            |            | niveau_3
            B        | contrats  |       | 2026-10-16 | 2028-08-31 | niveau_3
            C        | scolarite | 2025  |            |            | niveau_3
            C        | contrats  |       | 2025-10-01 | 2026-10-15 | niveau_3
            D        | scolarite | 2025  |            |            | niveau_3
            D        | contrats  |       | 2025-10-01 | 2026-10-14 | niveau_3
            E        | scolarite | 2025  |            |            | niveau_3
            E        | contrats  |       | 2026-09-01 |            | niveau_3
            F        | scolarite | 2025  |            |            | niveau_3
            F        | contrats  |       | 2025-09-01 |            | niveau_3
            G        | scolarite | 2025  |            |            | niveau_3
            G        | contrats  |       |            | 2028-08-31 | niveau_3
            H        | scolarite | 2025  |            |            | niveau_3
            H        | contrats  |       | 2026-07-01 |            | niveau_3
            I        | scolarite | 2025  |            |            | niveau_3
            I        | contrats  |       | 2026-06-30 |            | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | en_formation | apprentissage |
            B        | sortant      | confirme      | 2026-08-31
            C        | en_formation | apprentissage |
            D        | sortant      | confirme      | 2026-10-14
            E        | en_formation | apprentissage |
            F        | sortant      | confirme      | 2026-08-31
            G        | sortant      | confirme      | 2026-08-31
            H        | en_formation | apprentissage |
            I        | sortant      | confirme      | 2026-08-31
            """,
        ),
        Cas(
            "Un contrat rompu : six mois de date à date",
            "Comme au CFA : rompu le 15 avril, l'apprenti y est encore le 15 octobre ; rompu le 14, non.",
            """
            personne | extrait  | annee | debut      | fin        | rupture    | cycle
            A        | contrats |       | 2025-09-01 | 2027-08-31 | 2026-04-15 | niveau_3
            B        | contrats |       | 2025-09-01 | 2027-08-31 | 2026-04-14 | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | en_formation | apprentissage |
            B        | sortant      | confirme      | 2026-04-14
            """,
        ),
        Cas(
            "Un contrat mené à son terme",
            "Fini au plus 60 jours avant le 31 août où finit sa session, il va jusqu'à ce jour ; un jour "
            "plus tôt, il s'arrête où il s'arrête.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | contrats  |       | 2025-09-01 | 2027-07-02 | niveau_3
            B        | contrats  |       | 2025-09-01 | 2027-07-01 | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | en_formation | apprentissage |
            B        | sortant      | confirme      | 2027-07-01
            """,
            jour=date(2027, 7, 15),
        ),
        Cas(
            "Un contrat de N-1 met dans le champ",
            "C'est une inscription : quinze jours en N-1 suffisent (A), jusqu'à la rupture (B, C) ; ce qui "
            "s'est passé avant N-1 n'y met personne (D), un cycle qui ne mène à rien non plus (E) ; un contrat "
            "commencé en juillet ou en août est de l'année qui vient (F), commencé en juin de N-1 (G).",
            """
            personne | extrait  | annee | debut      | fin        | rupture    | cycle
            A        | contrats |       | 2026-03-01 | 2026-03-15 |            | niveau_3
            B        | contrats |       | 2026-03-01 | 2027-08-31 | 2026-03-15 | niveau_3
            C        | contrats |       | 2026-03-01 | 2027-08-31 | 2026-03-14 | niveau_3
            D        | contrats |       | 2024-03-01 | 2026-08-31 | 2025-03-14 | niveau_3
            E        | contrats |       | 2025-09-01 | 2026-08-31 |            | insertion
            F        | contrats |       | 2026-07-01 | 2027-08-31 | 2026-10-01 | niveau_3
            G        | contrats |       | 2026-06-30 | 2027-08-31 | 2026-07-14 | niveau_3
            """,
            """
            personne | statut       | motif         | date_derniere_sortie
            A        | sortant      | confirme      | 2026-03-15
            B        | sortant      | confirme      | 2026-03-15
            G        | en_formation | apprentissage |
            """,
        ),
        Cas(
            "Une date de contrat en doute",
            "Elle n'inscrit pas à elle seule, et ne fait accuser personne.",
            """
            personne | extrait   | annee | debut      | fin        | cycle
            A        | scolarite | 2025  |            |            | niveau_3
            A        | contrats  |       |            | 2028-08-31 | niveau_3
            """,
            """
            personne | statut  | motif
            A        | sortant | a_verifier
            """,
            dates="""
            personne | inscription | date  | au_plus_tot | au_plus_tard
            A        | 2           | debut | 2026-04-10  | 2026-11-04
            """,
        ),
    ),
)

MISSIONS = Section(
    "Ce que sait une mission locale",
    "Une situation « Contrat en Alternance » ou « Scolarité » en cours, d'un suivi ouvert le jour, est un "
    "doute, jamais une sortie de la liste ; toute autre situation ne change rien. La liste n'en dit rien.",
    (
        Cas(
            "En formation selon la mission locale",
            "A et B sont à vérifier ; le suivi de C est clos, celui de D n'a pas commencé ; E est inscrit.",
            """
            personne | extrait          | annee | debut      | fin        | cycle    | situation
            A        | scolarite        | 2025  |            |            | niveau_3 |
            A        | missions_locales |       | 2026-09-10 |            |          | Contrat en Alternance
            B        | scolarite        | 2025  |            |            | niveau_3 |
            B        | missions_locales |       | 2026-01-01 | 2026-10-15 |          | Scolarité
            C        | scolarite        | 2025  |            |            | niveau_3 |
            C        | missions_locales |       | 2026-01-01 | 2026-10-14 |          | Scolarité
            D        | scolarite        | 2025  |            |            | niveau_3 |
            D        | missions_locales |       | 2026-10-16 |            |          | Contrat en Alternance
            E        | scolarite        | 2025  |            |            | niveau_3 |
            E        | scolarite        | 2026  |            |            | niveau_3 |
            E        | missions_locales |       | 2026-09-10 |            |          | Scolarité
            F        | scolarite        | 2025  |            |            | niveau_3 |
            F        | missions_locales |       | 2026-09-10 |            |          |
            """,
            """
            personne | suivi_mission_locale | statut       | motif
            A        | oui                  | sortant      | a_verifier
            B        | oui                  | sortant      | a_verifier
            C        | non                  | sortant      | confirme
            D        | non                  | sortant      | confirme
            E        | oui                  | en_formation | scolarite
            F        | oui                  | sortant      | confirme
            """,
        ),
    ),
)

SECTIONS = (CHAMP, AGE, EN_FORMATION, CONTRATS, DIPLOME, RETOUR, SORTANT, MISSIONS, DATES, SUIVI)
