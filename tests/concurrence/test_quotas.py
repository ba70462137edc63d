"""Quotas of an organisation: aidants who act at the same instant cannot take more than it may hold."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from threading import Event

import pytest

from demandes.acteur import acteur_organisme
from demandes.models import AlerteOrganisme, Convocation, Demande, Mandat
from demandes.services.mandats import Termes, acteur_du_mandat, ouvrir_pour, revoquer, titulaire
from demandes.services.messages import ecrire
from planning.models import OffreAttente, RendezVous
from planning.services import attente, reservation
from planning.services.quotas import exiger_quota_du_jour
from tests.demandes.factories import INSTANT, AidantFactory, OrganismeFactory, PrefectureFactory
from tests.demandes.outils_depot import motif_ouvert
from tests.pages.outils_accompagnement import mandater
from tests.parcours import acteur, convocation_active, creneau_libre, equipe
from tests.planning.factories import CreneauFactory

pytestmark = pytest.mark.usefixtures("temps_fige")


def test_12_aidants_at_once_book_no_more_than_the_quota(courir):
    organisme, motif = OrganismeFactory(quota_rendez_vous=3), motif_ouvert(pieces=0)
    mandats = [mandater("convoquee", organisme=organisme, demande={"motif": motif}) for _ in range(12)]
    creneaux = [creneau_libre(m.demande) for m in mandats]

    def appel(mandat, creneau):
        convocation, par = convocation_active(mandat.demande), acteur_du_mandat(mandat, mandat.aidant_id)
        return lambda: reservation.reserver(convocation, creneau, par=par, maintenant=INSTANT) and "pris"

    issues = Counter(courir([appel(m, c) for m, c in zip(mandats, creneaux, strict=True)]))
    assert issues == {"pris": 3, "quota_atteint": 9}
    assert RendezVous.objects.actifs().filter(organisme=organisme).count() == 3
    assert AlerteOrganisme.objects.get(organisme=organisme, niveau="refus").nombre == 9


def test_aidants_of_one_organisation_who_accept_and_book_the_same_slot_do_not_deadlock(courir, monkeypatch):
    """The organisation is locked before the slot by both: the one who books waits until the offer is taken."""
    organisme, motif = OrganismeFactory(), motif_ouvert(pieces=0)
    mandats = [mandater("convoquee", organisme=organisme, demande={"motif": motif}) for _ in range(3)]
    attend, prend, part = (Convocation.objects.avec_page().get(demande=m.demande) for m in mandats)
    acteurs = [acteur_du_mandat(m, m.aidant_id) for m in mandats]
    file = equipe(mandats[0].demande).file
    creneau = CreneauFactory(file=file, debut=datetime(2030, 3, 12, 9, tzinfo=UTC), places=2)
    attente.inscrire(attend, par=acteurs[0], maintenant=INSTANT)
    reservation.reserver(part, creneau, par=acteurs[2], maintenant=INSTANT)
    reservation.annuler(part, par=acteur(equipe(part.demande).chloe), maintenant=INSTANT)
    assert attente.proposer_places(maintenant=INSTANT)["proposees"] == 1
    compter, tient_le_creneau, tient_l_organisme = exiger_quota_du_jour, Event(), Event()

    def croiser(creneau, par, **options):
        """Let the one who accepts hold the slot, and the one who books the organisation, if they ever can at once."""
        if par.demande_id == attend.demande_id:
            tient_le_creneau.set()
            tient_l_organisme.wait(1)
            compter(creneau, par, **options)
        else:
            compter(creneau, par, **options)
            tient_l_organisme.set()
            tient_le_creneau.wait(1)

    monkeypatch.setattr(reservation, "exiger_quota_du_jour", croiser)
    offre = OffreAttente.objects.get()
    accepter = partial(attente.accepter, attend, offre.pk, par=acteurs[0], maintenant=INSTANT)
    reserver = partial(reservation.reserver, prend, creneau, par=acteurs[1], maintenant=INSTANT)
    courir([accepter, reserver])
    creneau.refresh_from_db()
    assert (creneau.prises, RendezVous.objects.actifs().filter(organisme=organisme).count()) == (2, 2)


def test_10_drafts_at_once_open_no_more_than_the_quota(courir):
    organisme, motif = OrganismeFactory(quota_brouillons=4), motif_ouvert(pieces=0)
    prefecture = PrefectureFactory()
    aidants = [AidantFactory(organisme=organisme) for _ in range(10)]
    termes = Termes(["suivre"], INSTANT.date(), Mandat.Signature.PAPIER.value, INSTANT.date())

    def appel(aidant):
        identite = {"nom": "Ben Ali", "prenoms": f"Amina {aidant.pk}", "date_naissance": "1980-05-17"}
        par = acteur_organisme(organisme.pk, aidant.pk)
        return lambda: (
            ouvrir_pour(motif, prefecture, identite=identite, termes=termes, par=par, maintenant=INSTANT) and "ouverte"
        )

    assert Counter(courir([appel(a) for a in aidants])) == {"ouverte": 4, "quota_atteint": 6}
    assert Demande.objects.count() == 4


def test_revocation_against_acts_lets_none_be_written_after_it(courir):
    mandat = mandater()
    par = acteur_du_mandat(mandat, mandat.aidant_id)

    def message():
        return ecrire(mandat.demande, "Bonjour", par=par, maintenant=INSTANT) and "ecrit"

    def revocation():
        return revoquer(mandat, par=titulaire(mandat), maintenant=INSTANT) and "revoque"

    issues = courir([*[message] * 8, revocation, *[message] * 8])
    natures = list(mandat.demande.evenements.order_by("rang").values_list("nature", flat=True))
    apres = natures[natures.index("mandat:revoque") :]
    assert "message:envoye" not in apres
    assert set(issues) <= {"ecrit", "revoque", "droit_refuse"}
