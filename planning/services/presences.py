"""Learning, once a day in each préfecture, who is expected to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from demandes.acteur import Acteur
from demandes.models import Prefecture
from demandes.services.notifications import reveiller
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.transactions import acte
from planning.calculs.presence import Dixieme, Modele, apprendre, calibrer
from planning.models import ModelePresence
from planning.querysets import bornes_du_jour
from planning.selectors_presence import RendezVousLu, dernier_modele, faits_avant, modele_appris
from planning.services.ouvertures import exiger_planifier

# The model is judged on days that it has not seen: learned from those before, it foretells these.
EPREUVE = timedelta(days=28)
EPREUVE_MIN = 50
APPRENDRE = "planning.tasks.estimer_presences"


@acte
def demander_modele(prefecture: Prefecture, *, par: Acteur, maintenant: datetime) -> None:
    """Have the machine learn now, where no night did.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``deja_appris`` (409).
    """
    exiger_planifier(par, prefecture)
    if modele_connu(prefecture, maintenant=maintenant) is not None:
        raise ErreurMetier("deja_appris", "La machine a appris entre-temps : la page est à jour.", statut=409)
    reveiller(APPRENDRE, prefecture.pk)


def modele_connu(prefecture: Prefecture, *, maintenant: datetime) -> ModelePresence | None:
    """Return the last model learned, of today when the night did its work; None before the first one."""
    return dernier_modele(prefecture, aujourdhui(prefecture.fuseau, maintenant))


def modele_du_jour(prefecture: Prefecture, *, maintenant: datetime) -> ModelePresence:
    """Return the model of today, learned now if it is not; the work of the night, never of a page.

    Args:
        prefecture: where.
        maintenant: instant.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    return modele_appris(prefecture, jour) or _apprendre_et_garder(prefecture, jour)


def _apprendre_et_garder(prefecture: Prefecture, jour: date) -> ModelePresence:
    faits = faits_avant(prefecture, jour)
    modele = _apprendre(faits)
    colonnes = zip(modele.colonnes, modele.coefficients, strict=True)
    # Two who ask at once learn the same: the first one is kept.
    garde, _ = ModelePresence.objects.get_or_create(
        prefecture=prefecture,
        jour=jour,
        defaults={
            "faits": modele.faits,
            "coefficients": [[nom, valeur, float(c)] for (nom, valeur), c in colonnes],
            "calibration": [[d.nombre, d.prevu, d.observe] for d in _eprouver(faits, prefecture, jour)],
        },
    )
    return garde


def _apprendre(faits: Sequence[RendezVousLu]) -> Modele:
    return apprendre([f.circonstances for f in faits], [f.venu for f in faits])


def _eprouver(faits: Sequence[RendezVousLu], prefecture: Prefecture, jour: date) -> list[Dixieme]:
    """Foretell the last weeks from what was known before them; nothing when they are too few to say anything."""
    coupure = bornes_du_jour(jour - EPREUVE, prefecture.fuseau)[0]
    derniers = [f for f in faits if f.debut >= coupure]
    if len(derniers) < EPREUVE_MIN:
        return []
    modele = _apprendre([f for f in faits if f.debut < coupure])
    prevus = modele.presences([f.circonstances for f in derniers])
    return calibrer([float(p) for p in prevus], [f.venu for f in derniers])
