"""The catalogue's data keep their schema and add nothing to the legal dossier. No database."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def mots(texte: str) -> list[str]:
    """Return the words of a text, in order."""
    return texte.split()


DONNEES = Path(__file__).resolve().parents[2] / "demandes" / "donnees"
FICHIERS = sorted((DONNEES / "motifs").glob("*.json"))
MOTIFS: dict[str, dict[str, Any]] = {f.stem: json.loads(f.read_text(encoding="utf-8")) for f in FICHIERS}
PREFECTURES: dict[str, dict[str, Any]] = {
    p["departement"]: p for p in json.loads((DONNEES / "prefectures.json").read_text(encoding="utf-8"))
}

# The rows of the dossier: steps (optional ones left out), plein droit, minutes, where the deposit is made.
TABLEAU = """
ETR-RES10-REN 1234 oui 15 en-ligne
ETR-RES-PERM  1234 oui 15 en-ligne
ETR-ALG10-REN 1234 oui 15 en-ligne
ETR-ALG1      1234 non 25 en-ligne
ETR-VPF-REN   1234 non 20 en-ligne
ETR-SAL-REN   1234 non 20 en-ligne
ETR-CSP       1234 non 20 en-ligne
ETR-ETU       24   non 10 ailleurs
ETR-TALENT    24   non 10 ailleurs
ETR-1DEM      1234 non 40 en-ligne
ETR-AES       1234 non 45 en-ligne
ETR-DUP       134  oui 10 ailleurs
ETR-ADR       134  oui 10 ailleurs
ETR-DCEM      134  oui 15 ailleurs
ETR-REFUG     234  oui 20 ailleurs
ETR-GUDA      23   oui 60 ailleurs
ETR-REGFAM    13   non  0 ailleurs
ETR-NAT       123  non 60 ailleurs
ETR-REMISE    4    non  5 ailleurs
ETR-SUBST     1234 non 30 ailleurs
RTE-ECHG      13   oui 15 ailleurs
RTE-MED-INFR  123  non 15 en-ligne
RTE-MED-SANTE 13   non  0 en-ligne
RTE-MED-PRO   13   non  0 en-ligne
RTE-RESTIT    123  oui 10 en-ligne
RTE-PERTE     2    oui 20 ailleurs
RTE-SIV       123  oui 20 en-ligne
RTE-VTC       13   oui 10 en-ligne
RGL-ASSO      13   oui 15 en-ligne
RGL-ARMES-B   13   non 20 en-ligne
RGL-MANIF     13   non 10 en-ligne
RGL-CNI-REM   23   oui 15 ailleurs
COM-INFO      2    non 10 en-ligne
"""
LIGNES = {ligne.split()[0]: ligne.split()[1:] for ligne in TABLEAU.strip().splitlines()}
QUATRE_YEUX = {"ETR-AES", "ETR-NAT", "RGL-ARMES-B", "ETR-1DEM"}
# A delay that the dossier gives without a rule of silence.
DELAI_SANS_SILENCE = {"ETR-GUDA", "ETR-NAT", "RTE-ECHG", "RTE-VTC", "RGL-ASSO"}
# Words of the unverified statements ([M], [S-]) that the dossier attaches to each motif.
DOUTES_ATTENDUS = {
    "ETR-RES10-REN": ["L433-2"], "ETR-ALG10-REN": ["plein droit"], "ETR-TALENT": ["R432-2"],
    "ETR-ETU": ["R422-5"], "ETR-DCEM": ["silence"], "ETR-REFUG": ["L424"], "ETR-GUDA": ["L521-4"],
    "ETR-NAT": ["18 mois", "12 mois", "B2"], "ETR-1DEM": ["visa"], "ETR-REMISE": ["numéro de titre"],
    "RTE-ECHG": ["silence"],
    "RTE-MED-INFR": ["urines", "tarif", "2 ans"], "RTE-MED-SANTE": ["2 ans", "tarif"],
    "RTE-MED-PRO": ["2 ans", "tarif"], "RTE-SIV": ["VIN"], "RTE-VTC": ["fiche"],
    "RGL-ASSO": ["F1119", "RNA", "tribunal judiciaire"], "RGL-ARMES-B": ["rejet", "5 ans"],
    "RGL-CNI-REM": ["fiche"],
}  # fmt: skip

CLES_MOTIF = mots("""
    code libelle libelle_court description service etapes plein_droit quatre_yeux guichet_minutes
    mode_accueil delai silence fondement_silence recours titre_remis taxe depot_en_ligne orientation examen
    fiche fiches_liees fenetre_depot validite_convocation_jours delai_completude_jours pieces questions
    doutes
""")
CLES_PIECE = mots("""
    code libelle aide obligatoire condition validite_mois formats indispensable identite au_guichet
""")
CLES_QUESTION = mots("""
    code libelle genre obligatoire aide options motif_regex message_regex condition
""")
CLES_FENETRE = mots("""
    avant_expiration_jours_max avant_expiration_jours_min avant_expiration_mois_max question
    jours_francs retard fondement
""")
CLES_PREFECTURE = mots("""
    departement nom article fuseau taille calendrier_feries tribunal adresse courriel telephone sites
    services motifs_desactives doutes
""")
CLES_SITE = mots("""
    code nom genre adresse code_postal commune insee telephone acces horaires position doutes
""")
GENRES = {"date", "texte", "texte_long", "choix", "nombre", "oui_non", "commune", "telephone"}
SERVICES = {"etrangers", "reglementation_routiere", "reglementation", "communication"}
FICHE = re.compile(r"[FNR]\d+")
BLOC_COMMUN = set(
    mots("""
    passeport justificatif_domicile attestation_hebergement identite_hebergeant
    justificatif_domicile_hebergeant ephoto acte_naissance traduction_acte_naissance timbre_fiscal
""")
)

chaque_motif = pytest.mark.parametrize("motif", MOTIFS.values(), ids=MOTIFS.keys())
chaque_prefecture = pytest.mark.parametrize("prefecture", PREFECTURES.values(), ids=PREFECTURES.keys())


def feuilles(condition: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
    """Yield the comparisons of a condition, checking the shape of each node on the way."""
    if condition is None:
        return
    if condition["op"] in {"et", "ou"}:
        assert list(condition) == ["op", "termes"]
        assert len(condition["termes"]) > 1
        for terme in condition["termes"]:
            yield from feuilles(terme)
    elif condition["op"] == "non":
        assert list(condition) == ["op", "terme"]
        yield from feuilles(condition["terme"])
    else:
        cle = "valeurs" if condition["op"] == "dans" else "valeur"
        assert condition["op"] in {"egal", "dans", "superieur", "inferieur"}
        assert list(condition) == ["op", "question", cle]
        yield condition


def piece(motif: str, code: str) -> dict[str, Any]:
    """Return one piece of a motif."""
    return next(p for p in MOTIFS[motif]["pieces"] if p["code"] == code)


def question(motif: str, code: str) -> dict[str, Any]:
    """Return one question of a motif."""
    return next(q for q in MOTIFS[motif]["questions"] if q["code"] == code)


# --- the whole catalogue ---


def test_catalogue_holds_exactly_the_33_motifs_of_the_dossier() -> None:
    assert set(MOTIFS) == set(LIGNES)
    assert len(MOTIFS) == 33
    assert all(m["code"] == fichier for fichier, m in MOTIFS.items())


def test_labels_are_unique_and_fit_their_columns() -> None:
    libelles = [m["libelle"] for m in MOTIFS.values()]
    courts = [m["libelle_court"] for m in MOTIFS.values()]
    assert len(set(libelles)) == len(set(courts)) == 33
    assert max(map(len, libelles)) <= 200
    assert max(map(len, courts)) <= 80


@pytest.mark.parametrize("fichier", [*FICHIERS, DONNEES / "prefectures.json"], ids=lambda f: f.stem)
def test_file_is_canonical_json_in_french_typography(fichier: Path) -> None:
    texte = fichier.read_text(encoding="utf-8")
    assert texte == json.dumps(json.loads(texte), ensure_ascii=False, indent=2) + "\n"
    assert "'" not in texte


@chaque_motif
def test_motif_has_every_key_in_order(motif: dict[str, Any]) -> None:
    assert list(motif) == CLES_MOTIF
    assert re.fullmatch(r"(ETR|RTE|RGL|COM)(-[A-Z0-9]+)+", motif["code"])
    assert motif["service"] in SERVICES
    assert motif["mode_accueil"] in {"rdv", "sans_rdv", "les_deux"}
    assert len(re.findall(r"[.?!](?:\s|$)", motif["description"])) in {1, 2, 3}
    assert motif["validite_convocation_jours"] > 0
    assert motif["delai_completude_jours"] > 0


@chaque_motif
def test_motif_follows_its_row_of_the_dossier(motif: dict[str, Any]) -> None:
    etapes, plein_droit, minutes, depot = LIGNES[motif["code"]]
    assert motif["etapes"] == [int(e) for e in etapes]
    assert motif["plein_droit"] is (plein_droit == "oui")
    assert motif["guichet_minutes"] == int(minutes)
    assert motif["depot_en_ligne"] is (depot == "en-ligne")
    assert motif["quatre_yeux"] is (motif["code"] in QUATRE_YEUX)


@chaque_motif
def test_only_titres_de_sejour_have_step_4(motif: dict[str, Any]) -> None:
    assert motif["titre_remis"] is (4 in motif["etapes"])
    if motif["titre_remis"]:
        assert motif["service"] == "etrangers"
        assert motif["taxe"] is not None
        timbre = next(p for p in motif["pieces"] if p["code"] == "timbre_fiscal")
        assert timbre["au_guichet"]
    else:
        assert motif["taxe"] is None


@chaque_motif
def test_motif_without_online_deposit_says_where_to_go(motif: dict[str, Any]) -> None:
    assert motif["depot_en_ligne"] or motif["orientation"]


@chaque_motif
def test_delay_and_silence_are_coherent(motif: dict[str, Any]) -> None:
    delai = motif["delai"]
    if delai is None:
        assert motif["silence"] is None
    else:
        assert [c for c in delai if c != "base"] == ["valeur", "unite", "fondement"]
        assert delai.get("base", "sans") != ""
        assert delai["valeur"] > 0
        assert delai["unite"] in {"mois", "jours", "jours_ouvres", "jours_francs"}
        assert (motif["silence"] is None) is (motif["code"] in DELAI_SANS_SILENCE)
    assert motif["silence"] in {None, "rejet", "acceptation"}
    assert (motif["fondement_silence"] is None) is (motif["silence"] is None)


@chaque_motif
def test_refusal_always_has_a_recourse(motif: dict[str, Any]) -> None:
    if 3 in motif["etapes"] or motif["silence"] == "rejet":
        assert motif["recours"]["type"] in {"refus_sejour", "refus_general"}
        assert motif["recours"]["delai_mois"] == 2
        assert "R421-5" in motif["recours"]["fondement"]
    else:
        assert motif["recours"] is None


@chaque_motif
def test_tax_carries_its_doubt(motif: dict[str, Any]) -> None:
    if motif["taxe"]:
        assert list(motif["taxe"]) == ["libelle", "montant_euros", "moment", "doute"]
        assert motif["taxe"]["moment"] == "remise"
        assert motif["taxe"]["doute"]
        assert any("montant" in d for d in motif["doutes"])


@chaque_motif
def test_fiches_have_the_shape_of_service_public(motif: dict[str, Any]) -> None:
    liens = [*motif["fiches_liees"], *([motif["fiche"]] if motif["fiche"] else [])]
    assert all(FICHE.fullmatch(f) for f in liens)
    assert len(set(liens)) == len(liens)


@chaque_motif
def test_window_refers_to_a_date_question(motif: dict[str, Any]) -> None:
    fenetre = motif["fenetre_depot"]
    if fenetre is not None:
        assert list(fenetre) == CLES_FENETRE
        assert fenetre["avant_expiration_jours_max"] > fenetre["avant_expiration_jours_min"] >= 0
        assert question(motif["code"], fenetre["question"])["genre"] == "date"
        assert fenetre["fondement"]


# --- pieces and questions ---


@chaque_motif
def test_pieces_keep_their_schema(motif: dict[str, Any]) -> None:
    codes = [p["code"] for p in motif["pieces"]]
    assert len(set(codes)) == len(codes)
    for p in motif["pieces"]:
        assert list(p) == CLES_PIECE
        assert re.fullmatch(r"[a-z0-9_]{1,60}", p["code"])
        assert p["libelle"]
        assert set(p["formats"]) <= {"pdf", "jpeg", "png", "heic"}
        assert bool(p["formats"]) is not p["au_guichet"]
        assert p["validite_mois"] is None or p["validite_mois"] > 0


@chaque_motif
def test_questions_keep_their_schema(motif: dict[str, Any]) -> None:
    codes = [q["code"] for q in motif["questions"]]
    assert len(codes) <= 5
    assert len(set(codes)) == len(codes)
    assert "numero_etranger" not in codes
    for q in motif["questions"]:
        assert [cle for cle in q if cle != "exemple"] == CLES_QUESTION
        assert ("exemple" in q) is bool(q["motif_regex"])
        assert re.fullmatch(r"[a-z0-9_]{1,60}", q["code"])
        assert q["genre"] in GENRES
        valeurs = [o["valeur"] for o in q["options"]]
        assert bool(valeurs) is (q["genre"] == "choix")
        assert len(set(valeurs)) == len(valeurs)
        assert all(list(o) == ["valeur", "libelle"] for o in q["options"])


@chaque_motif
def test_conditions_refer_to_an_earlier_or_existing_question(motif: dict[str, Any]) -> None:
    rangs = {q["code"]: i for i, q in enumerate(motif["questions"])}
    porteurs = [(p["condition"], len(rangs)) for p in motif["pieces"]]
    porteurs += [(q["condition"], rangs[q["code"]]) for q in motif["questions"]]
    for condition, rang in porteurs:
        for feuille in feuilles(condition):
            cible = question(motif["code"], feuille["question"])
            assert rangs[cible["code"]] < rang
            valeurs = feuille.get("valeurs", [feuille.get("valeur")])
            if feuille["op"] in {"superieur", "inferieur"}:
                assert cible["genre"] in {"nombre", "date"}
            elif cible["genre"] == "oui_non":
                assert set(valeurs) <= {"oui", "non"}
            else:
                assert set(valeurs) <= {o["valeur"] for o in cible["options"]}


@chaque_motif
def test_regexes_compile_and_explain_themselves(motif: dict[str, Any]) -> None:
    for q in motif["questions"]:
        assert (q["motif_regex"] is None) is (q["message_regex"] is None)
        if q["motif_regex"]:
            assert re.fullmatch(q["motif_regex"], q["exemple"])
            assert q["motif_regex"][0] + q["motif_regex"][-1] == "^$"
            assert len(q["motif_regex"]) <= 200
            assert q["genre"] == "texte"


@pytest.mark.parametrize(
    ("motif", "code", "bons", "mauvais"),
    [
        ("RTE-RESTIT", "neph", ["991267300001"], ["991367300001", "99126730000", "991267300001\n"]),
        (
            "RTE-SIV", "immatriculation",
            ["AB-123-CD", "AB-001-CD", "123 ABC 67", "1234AB2A", "12 A 974"],
            ["SS-123-CD", "WW-123-AA", "AB-000-CD", "AB-123-SS", "IA-123-CD", "ab-123-cd", "123 ABC 6"],
        ),
        ("RTE-SIV", "vin", ["VF1ABCDEF12345678"], ["VF1ABCDEF1234567O", "VF1"]),
        ("RGL-CNI-REM", "numero_pre_demande", ["A1B2C3D4E5"], ["A1B2C3D4E", "a1b2c3d4e5", "A1B2C3D4E56"]),
        ("RGL-ASSO", "rna", ["W123456789"], ["123456789", "W12345678"]),
        ("ETR-1DEM", "numero_visa", ["123456789", "FRA123456789"], ["12345678", "FRA1234567890"]),
        ("ETR-REMISE", "numero_titre", ["ABC123456", "ABCD123456"], ["ABC12345", "ABC12345678"]),
    ],
)  # fmt: skip
def test_identifier_is_matched_whole(motif: str, code: str, bons: list[str], mauvais: list[str]) -> None:
    regex = question(motif, code)["motif_regex"]
    assert [v for v in bons if not re.fullmatch(regex, v)] == []
    assert [v for v in mauvais if re.fullmatch(regex, v)] == []


@pytest.mark.parametrize(
    "code",
    [
        "ETR-RES10-REN", "ETR-RES-PERM", "ETR-ALG10-REN", "ETR-ALG1", "ETR-VPF-REN", "ETR-SAL-REN", "ETR-CSP",
        "ETR-ETU", "ETR-TALENT", "ETR-1DEM", "ETR-AES", "ETR-DUP", "ETR-ADR", "ETR-REFUG", "ETR-SUBST",
    ],
)  # fmt: skip
def test_titre_de_sejour_spells_out_the_common_block(code: str) -> None:
    codes = {p["code"] for p in MOTIFS[code]["pieces"]}
    assert codes >= BLOC_COMMUN
    assert codes & {"titre_sejour", "visa"}
    assert piece(code, "attestation_hebergement")["condition"] == {
        "op": "egal", "question": "hebergement", "valeur": "oui",
    }  # fmt: skip
    assert piece(code, "justificatif_domicile")["condition"]["valeur"] == "non"
    assert piece(code, "justificatif_domicile")["validite_mois"] == (3 if code == "ETR-ADR" else 6)
    assert piece(code, "traduction_acte_naissance")["condition"]["question"] == "naissance_etranger"


def test_health_documents_are_never_uploaded() -> None:
    mots_sante = re.compile(r"questionnaire|analyse|bilan|psychotech|ordonnance", re.IGNORECASE)
    sante = [p for m in MOTIFS.values() for p in m["pieces"] if mots_sante.search(p["code"] + p["libelle"])]
    assert len(sante) == 5
    assert all(p["au_guichet"] and not p["formats"] for p in sante)


# --- doubts ---


@chaque_motif
def test_doubts_are_marked_single_sentences(motif: dict[str, Any]) -> None:
    assert len(set(motif["doutes"])) == len(motif["doutes"])
    for doute in motif["doutes"]:
        assert re.match(r"\[(M|S-|D)\] [A-ZÀ-Ü«]", doute), doute
        assert doute.endswith(".")


@pytest.mark.parametrize(("code", "attendus"), DOUTES_ATTENDUS.items(), ids=DOUTES_ATTENDUS.keys())
def test_each_unverified_statement_of_the_dossier_is_a_doubt(code: str, attendus: list[str]) -> None:
    incertains = [d.replace("\u00a0", " ") for d in MOTIFS[code]["doutes"] if d.startswith(("[M]", "[S-]"))]
    for mot in attendus:
        assert any(mot in d for d in incertains), mot


@chaque_motif
def test_missing_law_is_a_doubt_and_never_a_guess(motif: dict[str, Any]) -> None:
    texte = " ".join(motif["doutes"])
    if 3 in motif["etapes"] and motif["silence"] is None:
        assert "silence" in texte or "délai" in texte
    if motif["delai"] and motif["delai"]["fondement"] is None:
        assert "délai" in texte
    if motif["quatre_yeux"]:
        assert "deux agents" in texte


# --- préfectures ---


def test_five_prefectures_are_described() -> None:
    assert sorted(PREFECTURES) == ["56", "60", "67", "93", "94"]
    assert {d: re.split("[ ’]", p["tribunal"]["nom"])[-1] for d, p in PREFECTURES.items()} == {
        "56": "Rennes", "60": "Amiens", "67": "Strasbourg", "93": "Montreuil", "94": "Melun",
    }  # fmt: skip


def test_site_codes_and_communes_are_unique() -> None:
    sites = [s for p in PREFECTURES.values() for s in p["sites"]]
    assert len(sites) == 18
    assert len({s["code"] for s in sites}) == len({s["insee"] for s in sites}) == 18


@chaque_prefecture
def test_prefecture_keeps_its_schema(prefecture: dict[str, Any]) -> None:
    assert list(prefecture) == CLES_PREFECTURE
    assert prefecture["fuseau"] == "Europe/Paris"
    assert prefecture["taille"] in {"petite", "moyenne", "tres_grande"}
    assert prefecture["tribunal"]["doute"].startswith("[M]")
    assert {s["genre"] for s in prefecture["services"]} == SERVICES
    assert len(prefecture["services"]) == 4
    assert set(prefecture["motifs_desactives"]) <= set(MOTIFS)
    for porteur in [prefecture, *prefecture["services"]]:
        assert re.fullmatch(r"[a-z-]+@\d{2}\.prefecture\.example", porteur["courriel"])
        assert re.fullmatch(r"\+33[1-9]\d{8}", porteur["telephone"])
        assert porteur["adresse"]


@chaque_prefecture
def test_sites_keep_their_schema(prefecture: dict[str, Any]) -> None:
    departement = prefecture["departement"]
    assert [s["genre"] for s in prefecture["sites"]].count("prefecture") == 1
    for site in prefecture["sites"]:
        assert list(site) == CLES_SITE
        assert re.fullmatch(departement + r"-[a-z-]+", site["code"])
        assert re.fullmatch(departement + r"\d{3}", site["insee"])
        assert site["code_postal"] is None or re.fullmatch(departement + r"\d{3}", site["code_postal"])
        texte = " ".join(site["doutes"])
        assert site["adresse"] or "adresse" in texte
        assert site["code_postal"] or "code postal" in texte
        assert "position" in texte
        latitude, longitude = site["position"] or (48, 0)
        assert 41 < latitude < 52  # the other way round is in the sea
        assert -6 < longitude < 10
        for plage in site["horaires"]:
            assert list(plage) == ["jours", "debut", "fin"]
            assert set(plage["jours"]) <= set(range(1, 8))
            assert "00:00" <= plage["debut"] < plage["fin"] <= "24:00"


def test_only_bas_rhin_has_alsace_holidays_and_no_associations() -> None:
    for departement, prefecture in PREFECTURES.items():
        alsace = departement == "67"
        assert prefecture["calendrier_feries"] == ("FR-67" if alsace else "FR")
        assert prefecture["motifs_desactives"] == (["RGL-ASSO"] if alsace else [])
    doutes = " ".join(PREFECTURES["67"]["doutes"])
    assert "Vendredi saint" in doutes
    assert "tribunal judiciaire" in doutes
