"""The messages' French: a platform, a campaign, counts; what to do, and where."""

from typing import Final

from siei_match.portal.messages.posting import Message
from siei_match.reference.french import french_count, french_of_month

SIGNED: Final = "\n\nCe message est envoyé par la page des plateformes du SIEI. Il ne nomme personne, et n'attend pas de réponse."


def tell_released(to: str, url: str, code: str, lists: list[tuple[str, int]]) -> Message:
    """A list is there: of which platforms, how long."""
    told = "\n".join(f"- {name} : {french_count(n, 'jeune')}" for name, n in lists)
    return Message(
        to,
        f"SIEI : liste {french_of_month(code)} publiée",
        f"La liste {french_of_month(code)} de vos plateformes est publiée.\n\n{told}\n\n"
        f"Elle est sur {url}/campagnes, où l'on répond aussi.{SIGNED}",
    )


def tell_withdrawn(to: str, url: str, code: str) -> Message:
    """A list is no more: stop working from copies of it."""
    return Message(
        to,
        f"SIEI : liste {french_of_month(code)} retirée",
        f"La liste {french_of_month(code)} est retirée : n'appelez plus à partir de cette liste, et effacez-en "
        f"les copies. Vos réponses sont gardées. Une autre liste sera peut-être publiée : {url}/campagnes{SIGNED}",
    )


def tell_transfers(to: str, url: str, platforms: list[tuple[str, int]]) -> Message:
    """Others handed young people over: they come with the next list."""
    told = "\n".join(f"- {name} : {french_count(n, 'jeune')}" for name, n in platforms)
    return Message(
        to,
        "SIEI : des jeunes vous sont transmis",
        f"D'autres plateformes vous transmettent des jeunes qui ont déménagé chez vous :\n\n{told}\n\n"
        f"Ils seront sur votre prochaine liste : {url}/campagnes{SIGNED}",
    )


def tell_week(to: str, url: str, rows: list[dict[str, object]]) -> Message:
    """Once a week: what waits on each list."""
    told = "\n".join(
        f"- {row['nom']} : {row['waiting']} à contacter, {row['due']} à rappeler aujourd'hui ou avant, "
        f"{row['contacted']} contactés, {row['reached']} joints"
        for row in rows
    )
    return Message(
        to,
        "SIEI : où en sont vos listes",
        f"Cette semaine :\n\n{told}\n\nLa suite est sur {url}/campagnes{SIGNED}",
    )


def tell_link(to: str, url: str, hours: int) -> Message:
    """A new password, by a link of one use."""
    return Message(
        to,
        "SIEI : choisir un nouveau mot de passe",
        f"Un administrateur vous permet de choisir un nouveau mot de passe. Ce lien sert une fois, pendant "
        f"{french_count(hours, 'heure')} :\n\n{url}\n\nSi vous n'attendiez rien, prévenez l'administrateur.{SIGNED}",
    )
