"""Families for the tests: a principal demande and those begun from it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from demandes.models import Convocation, Demande, Motif
from demandes.services import convocation
from planning.models import Creneau
from tests.demandes.factories import INSTANT, DemandeFactory, MotifFactory, UsagerFactory
from tests.parcours import acteur, amener_a, creneau_libre, equipe


def famille(
    nombre: int = 3, etat: str = "complete", *, motifs: list[Motif] | None = None, **motif: Any
) -> list[Demande]:
    """Return the demandes of a family brought to a state, the principal one first; one e-mail for all of them."""
    choisis = motifs or [MotifFactory(**{"pieces": 0, **motif})] * nombre
    tete = DemandeFactory(motif=choisis[0], usager=_personne("Awa", "1985-03-02"))
    autres = [
        DemandeFactory(
            motif=m, principale=tete, lien_familial="enfant", usager=_personne(f"Enfant{i}", f"200{i}-01-05")
        )
        for i, m in enumerate(choisis[1:nombre])
    ]
    return [amener_a(d, etat) for d in (tete, *autres)]


def _personne(prenoms: str, naissance: str) -> Any:
    return UsagerFactory(nom="Diop", prenoms=prenoms, date_naissance=naissance, courriel="diop@example.org")


def convoquer_ensemble(demandes: list[Demande], **options: Any) -> Convocation:
    """Convoke a family in one act; return the convocation that bears the link."""
    e = equipe(demandes[0])
    for d in demandes:
        e.file.motifs.add(d.motif)
    premiere, *autres = demandes
    usuelles: dict[str, Any] = {"motivation": "Prise d’empreintes", "sites": [e.site], "maintenant": INSTANT}
    porteuse = convocation.convoquer(premiere, **usuelles | options, avec=autres, par=acteur(e.chloe))
    return Convocation.objects.avec_page().get(pk=porteuse.pk)


def rattacher(client: Client, principale: Demande, lien: str = "enfant", motif: Motif | None = None) -> Demande:
    """Begin a draft for a relative as the button does."""
    reponse = client.post(
        f"/depot/{principale.cle}/famille/", {"lien": lien, "motif": (motif or principale.motif).code}
    )
    assert reponse.status_code == 303, reponse.content.decode()
    return Demande.objects.get(cle=reponse["Location"].split("/")[2])


def creneaux(demande: Demande, nombre: int) -> list[Creneau]:
    """Return slots in a row at the team's site."""
    return [creneau_libre(demande) for _ in range(nombre)]


def etats(*demandes: Demande) -> list[str]:
    """Return the states as the database holds them, in the order given."""
    lus = dict(Demande.objects.filter(pk__in=[d.pk for d in demandes]).values_list("pk", "etat"))
    return [lus[d.pk] for d in demandes]
