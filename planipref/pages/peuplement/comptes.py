"""The accounts of the demonstration, as one shows them to who tries it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import check_password

from demandes.droits import Role
from demandes.models import Aidant, Attribution, Prefecture
from planipref.commun.horloge import maintenant
from planipref.pages.peuplement import accompagnement
from planipref.pages.peuplement.organisation import ADMINISTRATEUR, MOT_DE_PASSE, ROLES

AIDANT = "aidant"  # no `Role`: the account of an organisation holds none


@dataclass(frozen=True)
class Compte:
    """An account one can log in with.

    Args:
        identifiant: login.
        mot_de_passe: password, the same for all.
        role: value of `Role`, or ``aidant``.
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
    departements = list(Prefecture.objects.order_by("departement").values_list("departement", flat=True))
    ordre = [(f"{nom}{d}", role.value, d) for d in departements for nom, (role, _) in ROLES.items()]
    condensats = _condensats([identifiant for identifiant, _, _ in ordre])
    condensats |= _condensats_des_aidants(departements)
    ordre += [(identifiant, AIDANT, d) for d in departements for identifiant in accompagnement.identifiants(d)]
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


def _condensats_des_aidants(departements: list[str]) -> dict[tuple[str, str], str]:
    identifiants = [i for d in departements for i in accompagnement.identifiants(d)]
    ouverts = Aidant.objects.ouverts(maintenant().date()).filter(agent__username__in=identifiants)
    valeurs = ouverts.order_by("pk").values_list("agent__username", "agent__password")
    return {(identifiant, AIDANT): condensat for identifiant, condensat in valeurs}


def _juste(condensat: str) -> bool:
    return check_password(MOT_DE_PASSE, condensat)
