"""Letters and messages that did not arrive, in the audit of accessibility."""

from __future__ import annotations

from demandes.models import LotCourrier, Notification
from demandes.services.lots_courrier import composer_lots
from tests.demandes.aide_lettres import sans_adresse_electronique
from tests.navigateur.visites import Visites


def poster_des_lettres(v: Visites) -> None:
    """Print a batch, post it, note a letter that came back, say how the person was told."""
    with v.a_la_main():
        sans_adresse_electronique("complete", motif=v.motif)
    v.devient("instructeur", v.equipe.chloe)
    v.va("/agent/courriers/", "des lettres attendent")
    v.fait("preparer-lot", "en composition")
    v.auditeur.page.goto("about:blank")  # it would load itself again in the middle of what follows
    with v.a_la_main():
        lot = LotCourrier.objects.latest("pk")
        composer_lots()
    v.va(f"/agent/courriers/{lot.pk}/", "à imprimer")
    v.fait("poster-lot", "posté")
    v.fait("lettre-revenue", "à traiter")
    v.va("/agent/", "un message non remis")
    v.va("/agent/messages-non-remis/", "un message")
    perdue = Notification.objects.exclude(refusee_le=None).latest("pk")
    v.va(f"/agent/messages-non-remis/{perdue.pk}/", "que faire", erreurs=False)
    v.fait("noter-prevenu", "sans un mot", statut=422)
    v.va(f"/agent/messages-non-remis/{perdue.pk}/", "encore", erreurs=False)
    v.fait("noter-prevenu", "fini", note="au téléphone")
    v.va("/agent/courriers/", "un lot posté")
