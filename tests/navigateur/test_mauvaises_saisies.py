"""What people do wrong, in a real Chromium on a phone: the right status, a French sentence, nothing lost."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page

from demandes.cycle import Etat
from demandes.models import Agent, Convocation, Demande, Motif
from demandes.services.convocation import convoquer, revoquer_convocation
from planipref.commun.horloge import maintenant
from planipref.commun.jetons import deriver
from planning.models import Creneau, RendezVous
from tests.demandes.factories import DemandeFactory
from tests.demandes.outils_depot import pdf
from tests.navigateur.monde import Monde, photo
from tests.navigateur.personne import IDENTITE, Entrer, Personne, lire_boite
from tests.parcours import acteur, amener_a, convocation_active

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("navigateur-saisies")]

DEMARCHE = "ETR-RES10-REN"
MAUVAISES_DATES = (
    ("31/02/1980", "Cette date n’existe pas dans le calendrier."),
    ("17/05/2050", "Cette date de naissance est dans le futur."),
    ("le 17 mai", "Écrivez la date comme ceci : jour/mois/année"),
)
# Chromium says so of each page that is not a success.
LIGNE_ATTENDUE = re.compile(
    r"Failed to load resource: the server responded with a status of (403|404|409|410|422|429)\b"
)

COMPTER_LES_ENVOIS = """() => {
  sessionStorage.envois = 0;
  window.addEventListener("submit", (e) => { if (!e.defaultPrevented) sessionStorage.envois++; });
}"""


@pytest.fixture
def amina(entrer: Entrer, monde: Monde) -> Personne:
    """On her phone."""
    return entrer(largeur=390, scripts=True)


@pytest.fixture
def sans_script(entrer: Entrer, monde: Monde) -> Personne:
    """The same with an old phone, where nothing stops the second click."""
    return entrer(largeur=390, scripts=False)


def statut(qui: Personne) -> int:
    """Status of the page shown."""
    return int(qui.page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus"))


def lu(qui: Personne) -> str:
    """What the page says."""
    return qui.page.locator("main").inner_text()


def saisies(qui: Personne) -> dict[str, str]:
    """What the fields hold."""
    champs = qui.page.locator("main form input[name]:not([type=hidden]):not([type=file])").all()
    return {champ.get_attribute("name") or "": champ.input_value() for champ in champs}


def double_clic(qui: Personne, action: str, puis: str) -> None:
    """Press twice as fast as a hand can, and wait for the page that comes at last.

    With scripts, one form leaves. Without, the server gets both and the browser only shows the second answer: the first
    is sent beside it, and the click is the second. Two clicks would race: the navigation of one aborts the other's.
    """
    bouton = qui.page.locator(f'[data-action="{action}"]').first
    if qui.scripts:
        qui.page.evaluate(COMPTER_LES_ENVOIS)
    else:
        adresse, champs = bouton.evaluate("b => [b.form.action, Object.fromEntries(new FormData(b.form))]")
        premier = qui.contexte.request.post(adresse, form=champs, max_redirects=0)
        assert premier.status == 303
    with qui.page.expect_navigation(url=re.compile(puis)):
        bouton.dblclick() if qui.scripts else bouton.click()
    if qui.scripts:
        assert qui.page.evaluate("sessionStorage.envois") == "1"
    qui.regarder()


def sans_faute(*personnes: Personne) -> bool:
    """Tell whether the consoles hold nothing but the refusals that were looked for."""
    plaintes = [plainte for qui in personnes for plainte in qui.plaintes if not LIGNE_ATTENDUE.match(plainte)]
    assert plaintes == []
    return True


# --- The deposit ------------------------------------------------------------------------------------


def test_deposer_with_every_mistake_on_the_way_keeps_what_was_given_and_deposits_once(
    amina: Personne, tmp_path: Path
) -> None:
    commencer(amina)
    se_tromper_de_date(amina)
    repondre_de_travers(amina)
    joindre_de_travers(amina, tmp_path)
    perdre_la_session(amina)
    deposer_deux_fois(amina)
    assert sans_faute(amina)


def test_deposer_by_a_double_click_without_scripts_deposits_once(sans_script: Personne) -> None:
    commencer(sans_script)
    sans_script.avance()
    sans_script.remplit(sincerite=True)
    double_clic(sans_script, "deposer", "/confirmation/$")
    assert sans_script.etat == "deposee"
    assert Demande.objects.get().numero == sans_script.numero
    assert sans_faute(sans_script)


def commencer(qui: Personne) -> None:
    qui.va(f"/demarches/{DEMARCHE}/")
    qui.remplit(prefecture="67")
    qui.fait("commencer")


def se_tromper_de_date(amina: Personne) -> None:
    for date, phrase in MAUVAISES_DATES:
        amina.remplit(**{**IDENTITE, "date_naissance": date})
        avant = saisies(amina)
        amina.fait("suivant")
        assert statut(amina) == 422
        assert phrase in amina.page.locator("#id_date_naissance_error").inner_text()
        assert saisies(amina) == avant
        assert amina.page.title().startswith("Erreur")
        assert amina.page.locator("[data-erreurs]").evaluate("e => e === document.activeElement")
    amina.remplit(**IDENTITE)
    amina.fait("suivant")


def repondre_de_travers(amina: Personne) -> None:
    amina.remplit(**{**IDENTITE, "courriel": "amina@", "code_postal": "670"})
    avant = saisies(amina)
    amina.fait("suivant")
    assert statut(amina) == 422
    assert saisies(amina) == avant
    amina.remplit(**IDENTITE)
    amina.fait("suivant")
    amina.remplit(date_expiration_titre="29/02/2027")
    amina.fait("suivant")
    assert statut(amina) == 422
    assert "n’existe pas" in amina.page.locator("#id_date_expiration_titre_error").inner_text()
    assert saisies(amina) == {"date_expiration_titre": "29/02/2027"}
    amina.remplit(date_expiration_titre="28/02/2027")
    amina.avance("main input[type=file]")


def joindre_de_travers(amina: Personne, tmp_path: Path) -> None:
    """Send one good file and five bad ones: each has its sentence, the good one stays."""
    film = tmp_path / "film.jpg"
    film.write_bytes(b"\xff\xd8\xff" + bytes(30_000_000))
    photo_coupee = photo()["buffer"][:2000]
    mauvais: list[tuple[FilePayload | Path, str]] = [
        (_fichier("vide.pdf", b""), "Ce fichier est vide."),
        (_fichier("facture.pdf", b"MZ\x90\x00" + bytes(5000)), "Ce type de fichier n’est pas accepté."),
        (_fichier("scan.pdf", pdf("secret").read()), "protégé par un mot de passe"),
        (_fichier("photo.jpg", photo_coupee), "abîmé ou illisible"),
        (film, "Ce fichier est trop lourd : 10 Mo au plus."),
    ]
    entrees = amina.page.locator("main input[type=file]")
    noms = [entree.get_attribute("name") for entree in entrees.all()]
    entrees.nth(0).set_input_files([photo()])
    for nom, (fichier, _) in zip(noms[1:], mauvais, strict=False):
        amina.page.locator(f'[name="{nom}"]').set_input_files([fichier] if isinstance(fichier, dict) else fichier)
    amina.fait("suivant")
    assert statut(amina) == 422
    for nom, (_, phrase) in zip(noms[1:], mauvais, strict=False):
        assert phrase in amina.page.locator(f"#id_{nom}_erreur").inner_text()
    assert "IMG_0001.jpg" in amina.page.locator("[data-recue]").inner_text()
    assert Demande.objects.get().pieces.count() == 1
    amina.joint_tout()
    amina.fait("suivant")
    assert amina.page.locator('[data-action="deposer"]').count()


def _fichier(nom: str, contenu: bytes) -> FilePayload:
    return {"name": nom, "mimeType": "application/octet-stream", "buffer": contenu}


def perdre_la_session(amina: Personne) -> None:
    """Lose the cookies just before the end: the page says that nothing left, and a mailed code finds it all again."""
    page = amina.page.url
    amina.contexte.clear_cookies()
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    assert statut(amina) == 403
    assert "Votre page a expiré" in lu(amina)
    assert "Rien n’a été envoyé." in lu(amina)
    amina.va(page)
    assert statut(amina) == 404
    assert IDENTITE["nom"] not in lu(amina)
    amina.remplit(date_naissance=IDENTITE["date_naissance"])
    amina.fait("demander-code")
    message = lire_boite(amina, lambda m: "code" in m["objet"].lower())
    code = re.search(r"\b\d{6}\b", message["texte"])
    assert code
    amina.remplit(code=code[0])
    amina.page.locator("main form button[type=submit]").first.click()
    amina.va(page)
    assert statut(amina) == 200
    for reponse in (IDENTITE["nom"], "17 mai 1980", IDENTITE["courriel"], "28 février 2027"):
        assert reponse in lu(amina)
    assert "il manque" not in lu(amina)


def deposer_deux_fois(amina: Personne) -> None:
    """Click twice, come back, press again, and press in a tab left open: one demande, always its confirmation."""
    vieil_onglet, recapitulatif = amina.nouvel_onglet(), amina.page.url
    vieil_onglet.goto(recapitulatif)
    amina.remplit(sincerite=True)
    double_clic(amina, "deposer", "/confirmation/$")
    numero = amina.numero
    amina.page.go_back()
    amina.regarder()
    assert "Votre demande est déposée" in lu(amina)
    assert (amina.numero, amina.etat) == (numero, "deposee")
    amina.page = vieil_onglet
    amina.remplit(sincerite=True)
    amina.fait("deposer")
    assert statut(amina) == 200
    assert "Votre demande est déposée" in lu(amina)
    assert (amina.numero, amina.etat) == (numero, "deposee")
    assert Demande.objects.get().actes.count() == 1


# --- The links --------------------------------------------------------------------------------------


def convoquer_amina(monde: Monde) -> Convocation:
    """Convoke through the services a demande of the real catalogue."""
    demande = amener_a(
        DemandeFactory(motif=Motif.objects.get(code=DEMARCHE), prefecture=monde.prefecture), Etat.COMPLETE
    )
    par = acteur(Agent.objects.get(username="chloe"))
    return convoquer(demande, motivation="Empreintes", sites=[monde.site], par=par, maintenant=maintenant())


def chemin(convocation: Convocation) -> str:
    return f"/rdv/{deriver('convocation', str(convocation.cle))}/"


def test_lien_foreign_dead_or_guessed_is_refused_and_says_what_to_do(amina: Personne, monde: Monde) -> None:
    convocation = convoquer_amina(monde)
    ouvrir_des_liens_inconnus(amina, convocation)
    ouvrir_des_liens_morts(amina, monde)
    deviner_la_naissance(amina, convocation)
    assert sans_faute(amina)


def ouvrir_des_liens_inconnus(amina: Personne, convocation: Convocation) -> None:
    cle = convocation.demande.cle
    suivi = deriver("suivi", str(cle))
    for inconnu in (
        "/rdv/" + 32 * "x" + "/",
        "/rdv/a%00b%F0%9F%99%82/",
        f"/rdv/{suivi}/",
        f"/suivi/lien/{cle}/{32 * 'x'}/",
        f"/suivi/lien/{cle}{chemin(convocation).removeprefix('/rdv')}",
        f"/suivi/lien/{uuid.uuid4()}/{suivi}/",
        "/suivi/lien/67/abc/",
    ):
        amina.va(inconnu)
        assert statut(amina) == 404, inconnu
        assert "Page introuvable" in lu(amina)
        assert "Vérifiez l’adresse." in lu(amina)


def ouvrir_des_liens_morts(amina: Personne, monde: Monde) -> None:
    expiree, revoquee = convoquer_amina(monde), convoquer_amina(monde)
    Convocation.objects.filter(pk=expiree.pk).update(
        emise_le=maintenant() - timedelta(days=40), expire_le=maintenant() - timedelta(minutes=1)
    )
    par = acteur(Agent.objects.get(username="chloe"))
    revoquer_convocation(revoquee.demande, par=par, maintenant=maintenant())
    servie = convocation_active(amener_a(DemandeFactory(), Etat.CONVOQUEE))
    amener_a(servie.demande, Etat.RECUE)
    for morte in (expiree, revoquee, servie):
        amina.va(chemin(morte))
        assert statut(amina) == 410
        assert "Ce lien n’est plus valable" in lu(amina)
        assert amina.page.locator('main a[href="/suivi/"]').count()
        amina.va(f"{chemin(morte)}deplacer/")
        assert statut(amina) == 410


def deviner_la_naissance(amina: Personne, convocation: Convocation) -> None:
    amina.va(chemin(convocation))
    for essai in ("31/02/1980", "", *(f"0{jour}/01/1990" for jour in range(1, 6))):
        amina.remplit(date_naissance=essai)
        amina.fait("verifier")
        assert statut(amina) == 422
        assert amina.page.locator("#id_date_naissance_error").inner_text()
        assert saisies(amina) == {"date_naissance": essai}
    amina.remplit(date_naissance=IDENTITE["date_naissance"])
    amina.fait("verifier")
    assert statut(amina) == 429
    assert "Attendez quelques minutes" in lu(amina)
    assert str(convocation.demande.numero) not in amina.page.content()


def test_reserver_twice_back_and_without_session_takes_one_slot_and_says_so(
    amina: Personne, sans_script: Personne, monde: Monde
) -> None:
    convocation, autre = convoquer_amina(monde), convoquer_amina(monde)
    ouvrir(amina, convocation)
    vieil_onglet = amina.nouvel_onglet()
    vieil_onglet.goto(amina.page.url)
    choisir(amina, 0)
    double_clic(amina, "reserver", f"{chemin(convocation)}(#|$)")
    assert est_pris_une_fois(amina, convocation)
    amina.page.go_back()
    amina.regarder()
    assert "Votre rendez-vous" in lu(amina)
    assert est_pris_une_fois(amina, convocation)
    reserver_dans_le_vieil_onglet(amina, vieil_onglet)
    assert est_pris_une_fois(amina, convocation)
    ouvrir(sans_script, autre)
    choisir(sans_script, 1)
    double_clic(sans_script, "reserver", f"{chemin(autre)}(#|$)")
    assert est_pris_une_fois(sans_script, autre)
    assert sum(Creneau.objects.values_list("prises", flat=True)) == 2
    assert sans_faute(amina, sans_script)


def ouvrir(qui: Personne, convocation: Convocation) -> None:
    qui.va(chemin(convocation))
    qui.remplit(date_naissance=IDENTITE["date_naissance"])
    qui.fait("verifier")


def choisir(qui: Personne, rang: int) -> None:
    qui.page.locator("[data-creneau]").nth(rang).check(force=True)


def est_pris_une_fois(qui: Personne, convocation: Convocation) -> bool:
    assert qui.etat == "rdv_pris"
    return RendezVous.objects.filter(convocation=convocation).count() == 1


def reserver_dans_le_vieil_onglet(amina: Personne, onglet: Page) -> None:
    """Choose another slot on a page of before: the appointment is shown; without cookies, the link opens again."""
    amina.page = onglet
    lien = amina.page.url
    choisir(amina, 3)
    amina.fait("reserver")
    assert statut(amina) == 409
    assert "Vous avez déjà un rendez-vous. Vous pouvez le déplacer." in lu(amina)
    amina.va(f"{lien}deplacer/")
    amina.contexte.clear_cookies()
    choisir(amina, 3)
    amina.fait("reserver")
    assert statut(amina) == 403
    assert "Rien n’a été envoyé." in lu(amina)
    amina.va(lien)
    amina.remplit(date_naissance=IDENTITE["date_naissance"])
    amina.fait("verifier")
