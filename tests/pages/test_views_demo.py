import base64
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from planipref.commun.models import MessageBoite
from planipref.pages.boite import liens, morceaux

pytestmark = pytest.mark.django_db


def recu(cle, destinataire="amina@example.org", minute=0, **champs):
    return MessageBoite.objects.create(
        cle=cle,
        canal="courriel",
        destinataire=destinataire,
        objet=f"Objet {cle}",
        recu_le=datetime(2030, 3, 4, 8, minute, tzinfo=UTC),
        **{"texte": "Bonjour", **champs},
    )


def test_boite_json_lists_newest_first_with_links_and_files(client):
    ancien = recu("a")
    recent = recu(
        "b",
        minute=5,
        texte="Suivez : https://pref.example/suivi/x/.\nOu https://pref.example/",
        pieces_jointes=[{"nom": "acte.pdf", "type": "application/pdf", "donnees": "JVBERg=="}],
    )
    lignes = client.get("/demo/boite.json").json()
    assert [ligne["id"] for ligne in lignes] == [recent.pk, ancien.pk]
    assert set(lignes[0]) == {"id", "canal", "destinataire", "objet", "texte", "liens", "recu_le", "pieces"}
    assert lignes[0]["liens"] == ["https://pref.example/suivi/x/", "https://pref.example/"]
    assert lignes[0]["pieces"] == ["acte.pdf"]


def test_boite_filters_by_recipient(client):
    recu("a")
    autre = recu("b", destinataire="bruno@example.org")
    assert [m["id"] for m in client.get("/demo/boite.json", {"a": "Bruno@example.org"}).json()] == [autre.pk]
    page = client.get("/demo/boite/", {"a": "bruno@example.org"}).content.decode()
    assert "Objet b" in page
    assert "Objet a" not in page


def test_boite_message_shows_links_to_click_and_escapes_the_rest(client):
    message = recu("a", texte="<script>x</script> voir https://pref.example/rdv/abc/ vite")
    page = client.get(reverse("pages:demo_message", args=[message.pk])).content.decode()
    assert '<a href="https://pref.example/rdv/abc/"' in page
    assert "<script>x" not in page


def test_boite_piece_is_downloaded_as_it_was_sent(client):
    piece = {"nom": "acte.pdf", "type": "application/pdf", "donnees": base64.b64encode(b"%PDF-x").decode()}
    message = recu("a", pieces_jointes=[piece])
    reponse = client.get(f"/demo/boite/{message.pk}/pieces/1/")
    assert reponse.content == b"%PDF-x"
    assert reponse["Content-Disposition"] == 'attachment; filename="acte.pdf"'
    assert client.get(f"/demo/boite/{message.pk}/pieces/2/").status_code == 404
    assert client.get(f"/demo/boite/{message.pk}/pieces/0/").status_code == 404


def test_boite_outside_the_demonstration_is_404(client, settings):
    settings.PLANIPREF_DEMO = False
    message = recu("a")
    for adresse in (
        "/demo/boite/",
        "/demo/boite.json",
        f"/demo/boite/{message.pk}/",
        f"/demo/boite/{message.pk}/pieces/1/",
    ):
        assert client.get(adresse).status_code == 404


def test_boite_unknown_message_is_404(client):
    assert client.get("/demo/boite/999/").status_code == 404


def test_boite_lists_take_one_query_however_many_messages(client, django_assert_num_queries):
    for rang in range(30):
        recu(str(rang))
    with django_assert_num_queries(1):
        client.get("/demo/boite/")


@pytest.mark.parametrize(
    ("texte", "attendus"),
    [
        ("rien", []),
        ("(https://a.example/x), https://a.example/x.", ["https://a.example/x"]),
        ("« https://a.example/é »", ["https://a.example/é"]),
    ],
)
def test_liens_are_found_without_the_punctuation_around(texte, attendus):
    assert liens(texte) == attendus


def test_morceaux_put_together_give_the_text_back():
    texte = "Avant https://a.example/x. Après http://b.example"
    assert "".join(m.texte for m in morceaux(texte)) == texte
    assert [m.texte for m in morceaux(texte) if m.lien] == ["https://a.example/x", "http://b.example"]
