"""What a person needs on the day of their visit: theirs to tell, read by who receives, soon erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from demandes.acteur import acteur_usager
from demandes.cycle import Etat
from demandes.models import Convocation, Evenement, Notification
from demandes.tasks import purger
from guichet.selectors_accueil import journee
from guichet.services import accueil, guichet
from planipref.commun.erreurs import DroitRefuse
from planipref.commun.jetons import deriver
from planning.models import BesoinVisite, RendezVous
from planning.selectors_besoins import besoins_du_rendez_vous
from planning.services.besoins import dire_ses_besoins, oublier_les_besoins
from tests.demandes.factories import INSTANT, DemandeFactory
from tests.parcours import acteur, amener_a, convocation_active, equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("temps_fige")]


@pytest.fixture
def amina(db: None) -> Convocation:
    return convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))


def dire(convocation: Convocation, *codes: str, langue: str = "", par: Any = None) -> None:
    par = par or acteur_usager(convocation.demande.usager_id)
    dire_ses_besoins(convocation, codes=codes, langue=langue, par=par, maintenant=INSTANT)


def ouvrir(client: Client, convocation: Convocation, nom: str = "besoins") -> str:
    jeton = deriver("convocation", str(convocation.cle))
    client.post(reverse("planning:lien", args=[jeton]), {"date_naissance": "17/05/1980"})
    return reverse(f"planning:{nom}", args=[jeton])


def test_besoins_are_said_changed_and_taken_back_on_the_page_of_the_link(client: Client, amina: Convocation) -> None:
    adresse = ouvrir(client, amina)
    assert client.post(adresse, {"codes": ["signes", "sans_marche"], "langue": "ti"}).status_code == 303
    dit = BesoinVisite.objects.get(convocation=amina)
    assert (dit.codes, dit.langue) == (["sans_marche", "signes"], "ti")
    page = client.get(adresse).content.decode()
    assert page.count("checked") == 2
    assert "ትግርኛ" in page
    assert client.post(adresse, {}).status_code == 303
    assert not BesoinVisite.objects.exists()


def test_besoins_unknown_are_422(client: Client, amina: Convocation) -> None:
    adresse = ouvrir(client, amina)
    assert client.post(adresse, {"codes": ["diabete"]}).status_code == 422
    assert client.post(adresse, {"langue": "xx"}).status_code == 422
    assert not BesoinVisite.objects.exists()


def test_database_keeps_no_other_words(amina: Convocation) -> None:
    for valeurs in ({"codes": ["diabete"]}, {"langue": "xx"}, {}):
        with pytest.raises(IntegrityError, match="besoin_visite_codes"), transaction.atomic():
            BesoinVisite.objects.create(convocation=amina, **valeurs)


def test_agent_says_nothing_for_the_person(amina: Convocation) -> None:
    with pytest.raises(DroitRefuse):
        dire(amina, "boucle", par=acteur(equipe(amina.demande).chloe))
    with pytest.raises(DroitRefuse):
        dire(amina, "boucle", par=acteur_usager(amina.demande.usager_id + 1))
    assert not BesoinVisite.objects.exists()


def test_journal_and_mails_do_not_say_which(amina: Convocation) -> None:
    dire(amina, "boucle", langue="ps")
    note = Evenement.objects.get(nature="besoins:changes")
    assert "boucle" not in str(note.charge)
    assert "ps" not in note.charge.values()
    assert "boucle" not in str(list(Notification.objects.values_list("contexte", flat=True)))


def test_who_receives_reads_them_on_the_list_at_the_counter_and_in_the_file(client: Client) -> None:
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    e = equipe(demande)
    rendez_vous = RendezVous.objects.get()
    dire(convocation_active(demande), "sans_marche", langue="ar")
    client.force_login(e.chloe)
    page = client.get(reverse("pages:dossier", args=[demande.numero])).content.decode()
    assert "entrée sans marche, interprète : arabe" in page
    (ligne,) = journee(e.site, maintenant=rendez_vous.creneau.debut)
    assert ligne.besoins == ("entrée sans marche", "interprète : arabe")
    assert besoins_du_rendez_vous(rendez_vous.pk) == ["entrée sans marche", "interprète : arabe"]


def test_besoins_are_erased_when_the_visit_ends() -> None:
    demande = amener_a(DemandeFactory(), Etat.RDV_PRIS)
    e, rendez_vous = equipe(demande), RendezVous.objects.get()
    dire(convocation_active(demande), "boucle")
    commun: dict[str, Any] = {"par": acteur(e.chloe), "maintenant": rendez_vous.creneau.debut}
    passage = accueil.enregistrer_arrivee(rendez_vous, **commun)
    guichet.appeler_suivant(e.guichet, [e.file], **commun)
    guichet.recevoir(passage, **commun)
    assert BesoinVisite.objects.exists()
    guichet.terminer(passage, **commun)
    assert not BesoinVisite.objects.exists()


@pytest.mark.parametrize("champ", ["terminee_le", "expire_le"])
def test_besoins_of_a_link_that_ended_are_erased_each_day(amina: Convocation, champ: str) -> None:
    dire(amina, "boucle")
    etat = {"etat": Convocation.Etat.REVOQUEE} if champ == "terminee_le" else {}
    fin = INSTANT - timedelta(hours=23)
    Convocation.objects.filter(pk=amina.pk).update(**{champ: fin}, emise_le=fin - timedelta(days=1), **etat)
    assert oublier_les_besoins(maintenant=INSTANT) == 0
    assert oublier_les_besoins(maintenant=INSTANT + timedelta(hours=2)) == 1
    assert purger()["besoins_oublies"] == 0
