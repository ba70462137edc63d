"""Learning, once a day in each préfecture, who is expected to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from demandes.models import Prefecture
from planipref.commun.horloge import aujourdhui
from planning.calculs.presence import Dixieme, Modele, apprendre, calibrer
from planning.models import ModelePresence
from planning.querysets import bornes_du_jour
from planning.selectors_presence import RendezVousLu, faits_avant, modele_appris

# The model is judged on days that it has not seen: learned from those before, it foretells these.
EPREUVE = timedelta(days=28)
EPREUVE_MIN = 50


def modele_du_jour(prefecture: Prefecture, *, maintenant: datetime) -> ModelePresence:
    """Return the model of today, learned now if the night did not.

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
