"""Which demande a title received is for: the one of the préfecture that waits for it, by its foreigner’s number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from demandes.acteur import Acteur
from demandes.calculs.noms import cle_de_nom
from demandes.cycle import PAR_NOM, Etat
from demandes.droits import Droit
from demandes.models import Demande, Usager
from guichet.models import Titre

TITRE_PRET = PAR_NOM["constater_titre_pret"]
_LOT = 1000


@dataclass(frozen=True)
class Rapprochement:
    """What was found for a foreigner's number.

    Args:
        demande: the only one that waits for a title; None when there is none, or several.
        raison: why there is none.
        propositions: demandes that a person may attach the title to.
    """

    demande: Demande | None = None
    raison: str = ""
    propositions: tuple[Demande, ...] = ()

    def pour(self, nom: str) -> Rapprochement:
        """Return what this is for a title that bears a name: nothing is matched when it is another's."""
        if self.demande is None or not porte_un_autre_nom(nom, self.demande.usager):
            return self
        return replace(self, demande=None, raison="Le nom imprimé n’est pas celui de la personne : vérifiez la carte.")


def rapprocher(prefecture_id: int, numeros_etrangers: Iterable[str], par: Acteur) -> dict[str, Rapprochement]:
    """Look for the demandes of some foreigner's numbers (one query for a thousand; locks nothing).

    Args:
        prefecture_id: where the titles are.
        numeros_etrangers: as they are stored.
        par: agent; what they may not hand over is not proposed.
    """
    cherches = sorted(set(numeros_etrangers))
    trouvees: dict[str, list[Demande]] = defaultdict(list)
    for debut in range(0, len(cherches), _LOT):
        for demande in _en_attente(prefecture_id, cherches[debut : debut + _LOT]):
            trouvees[demande.usager.numero_etranger].append(demande)
    return {numero: _conclure(trouvees[numero], par) for numero in cherches}


def porte_un_autre_nom(nom: str, usager: Usager) -> bool:
    """Tell whether a printed name is neither the usager's nor the one they use; one that begins the other is theirs."""
    imprime = cle_de_nom(nom)
    siens = [cle for cle in (cle_de_nom(usager.nom), cle_de_nom(usager.nom_usage)) if cle]
    return bool(imprime and siens) and not any(s.startswith(imprime) or imprime.startswith(s) for s in siens)


def _en_attente(prefecture_id: int, numeros: list[str]) -> Iterable[Demande]:
    """Return the demandes that the table lets wait for their title, or that wait for it without one in stock."""
    en_stock = Titre.objects.en_stock().filter(demande__isnull=False, prefecture=prefecture_id).values("demande")
    siennes = (
        Demande.objects.filter(prefecture=prefecture_id, usager__numero_etranger__in=numeros)
        .en_etat(*TITRE_PRET.depuis, Etat.A_REMETTRE)
        .exclude(pk__in=en_stock)
        .select_related("usager", "motif")
        .order_by("pk")
    )
    return (d for d in siennes if d.etat == Etat.A_REMETTRE or attend_un_titre(d))


def attend_un_titre(demande: Demande) -> bool:
    """Say whether the table lets this title be ready now."""
    return TITRE_PRET.permise(demande.motif.regles, demande.etat)


def _conclure(trouvees: list[Demande], par: Acteur) -> Rapprochement:
    attendues = [d for d in trouvees if attend_un_titre(d)]
    miennes = tuple(d for d in trouvees if par.peut_sur(Droit.REMETTRE, d))
    if len(attendues) > 1:
        raison = f"{len(attendues)} demandes attendent un titre pour ce numéro étranger."
    elif len(attendues) == 1:
        if attendues[0] in miennes:
            return Rapprochement(attendues[0], propositions=miennes)
        raison = "La demande relève d’un autre service."
    elif trouvees:
        raison = "La demande est déjà « Titre à remettre » : vérifiez, puis rattachez le titre."
    else:
        raison = "Aucune demande de la préfecture n’attend de titre pour ce numéro étranger."
    return Rapprochement(raison=raison, propositions=miennes)
