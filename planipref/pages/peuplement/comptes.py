"""The accounts of the demonstration, as one shows them to who tries it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import check_password

from demandes.droits import Role
from demandes.models import Attribution, Prefecture
from planipref.pages.peuplement.organisation import ADMINISTRATEUR, MOT_DE_PASSE, ROLES


@dataclass(frozen=True)
class Compte:
    """An account one can log in with.

    Args:
        identifiant: login.
        mot_de_passe: password, the same for all.
        role: value of `Role`.
        prefecture: département of the préfecture; empty for the national administrator.
    """

    identifiant: str
    mot_de_passe: str
    role: str
    prefecture: str


def comptes() -> list[Compte]:
    """Return the accounts that `peupler` made, one per role and préfecture; the many agents of the counters left out.

    An account closed since, or whose password was changed, is left out: each one listed really logs in.
    """
    departements = Prefecture.objects.order_by("departement").values_list("departement", flat=True)
    ordre = [(f"{nom}{d}", role.value, d) for d in departements for nom, (role, _) in ROLES.items()]
    condensats = _condensats([identifiant for identifiant, _, _ in ordre])
    juste = cache(_juste)  # they all carry one hash, slow on purpose
    return [
        Compte(identifiant, MOT_DE_PASSE, role, departement)
        for identifiant, role, departement in [*ordre, (ADMINISTRATEUR, Role.ADMINISTRATEUR.value, "")]
        if (identifiant, role) in condensats and juste(condensats[identifiant, role])
    ]


def _condensats(identifiants: list[str]) -> dict[tuple[str, str], str]:
    lignes = Attribution.objects.en_vigueur().filter(
        agent__username__in=[*identifiants, ADMINISTRATEUR], agent__is_active=True
    )
    valeurs = lignes.order_by("pk").values_list("agent__username", "role", "agent__password")
    return {(identifiant, role): condensat for identifiant, role, condensat in valeurs}


def _juste(condensat: str) -> bool:
    return check_password(MOT_DE_PASSE, condensat)
