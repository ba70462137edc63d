"""Steps 2 and 4 of a story: the link, the appointment, the visit, the title handed over."""

from __future__ import annotations

from collections.abc import Iterator

from guichet.models import Remise
from planipref.pages.chargement.calendrier import texte
from planipref.pages.chargement.decor import FileDuDecor, Signataire
from planipref.pages.chargement.dossier import Attendu, Dossier, Lien
from planipref.pages.chargement.ecrits import nom_complet
from planipref.pages.chargement.registre import Fait
from planipref.pages.chargement.salle import Visite
from planipref.pages.chargement.scene import Scene
from planipref.pages.chargement.suites import ACTEUR_SYSTEME, decider
from planipref.pages.chargement.tables import NUL
from planipref.pages.peuplement.vies import MOTIVATIONS
from planning.calculs.creneaux import nombre_de_creneaux
from planning.models import Prolongement, RendezVous
from planning.selectors import MINUTES_REMISE

MOTIVATION_REMISE = "Votre titre est prêt : venez le retirer."
FIN_DU_JOUR = 23 * 3600 + 59 * 60 + 59
AVANCE, RETARD = 15 * 60, 8 * 60
ATTENTE_MOYENNE, ATTENTE_MAX = 9 * 60, 55 * 60
CONSTAT_ABSENCE = 2 * 3600
MINUTE = 60
PART_DE_COTE, DE_COTE_MAX = 0.06, 25 * 60  # somebody fetches a photo, or a copy, and comes back to the same counter


def convoquer(s: Scene, d: Dossier) -> None:
    """Send the nominative link."""
    remise = d.situation == "a_remettre"
    fin = s.calendrier.jour(d.dernier) + d.motif.validite_jours
    lien = Lien(
        s.numeros.convocation,
        s.cle(),
        "remise" if remise else "reception",
        MOTIVATION_REMISE if remise else s.alea.choice(MOTIVATIONS),
        d.site,
        2 if not remise and s.alea.random() < 0.06 else 1,
        d.dernier,
        s.calendrier.instant(fin, FIN_DU_JOUR),
    )
    s.numeros.convocation += 1
    d.liens.append(lien)
    charge = f'{{"convocation_id": {lien.id}}}'
    if remise:
        s.noter(d, "convocation:remise", s.instructeur, charge)
    else:
        s.passer(d, "convoquer", "convoquee", s.instructeur, charge)
    s.ecrits.notifier(d, "convocation", lien.cle, charge)


def prendre_rendez_vous(s: Scene, d: Dossier, jour: int | None) -> None:
    """Book a slot of a past day, or one to come; nothing happens when none is left.

    Args:
        s: the stage.
        d: the demande.
        jour: civil day of the visit; None for a day to come.
    """
    lien = d.lien
    if lien is None:
        return
    file, nombre = _file(s, d, lien), _nombre(s, d, lien)
    if jour is None:
        cases = s.agenda.prendre_a_venir(file, nombre, lien.expire_le, s.alea)
    else:
        cases = s.agenda.prendre(file, jour, nombre, d.dernier, s.alea)
    if not cases:
        return
    d.attendu = Attendu(s.numeros.rendez_vous, lien, cases, d.dernier, lien.rendez_vous)
    s.numeros.rendez_vous += 1
    lien.rendez_vous += 1
    s.lot.lignes[Prolongement].extend(f"{d.attendu.id}\t{case.id}\n" for case in cases[1:])
    charge = f'{{"creneau_id": {cases[0].id}}}'
    if lien.objet == "remise":
        s.noter(d, "rendez_vous:pris", d.usager, charge)
    else:
        s.passer(d, "reserver", "rdv_pris", d.usager, charge)
    s.ecrits.rendez_vous(d, lien, cases, d.attendu.id, d.attendu.sequence)


def _file(s: Scene, d: Dossier, lien: Lien) -> FileDuDecor:
    return s.decor.remises[d.site.id] if lien.objet == "remise" else d.motif.files[d.site.id]


def _nombre(s: Scene, d: Dossier, lien: Lien) -> int:
    minutes = MINUTES_REMISE if lien.objet == "remise" else d.motif.guichet_minutes
    return nombre_de_creneaux(minutes, _file(s, d, lien).pas // 60, lien.personnes)


def manquer(s: Scene, d: Dossier) -> None:
    """Miss an appointment."""
    if d.attendu is None:
        return
    d.dernier = max(d.dernier, d.attendu.cases[0].debut + CONSTAT_ABSENCE)
    identifiant = _finir(s, d, "absent", d.dernier)
    s.passer(d, "constater_absence", "convoquee", ACTEUR_SYSTEME, f'{{"rendez_vous_id": {identifiant}}}')
    lien = d.liens[-1].id
    s.ecrits.notifier(d, "absence", str(identifiant), f'{{"convocation_id": {lien}}}')


def _finir(s: Scene, d: Dossier, etat: str, instant: int) -> int:
    """Write an appointment with its outcome."""
    a = d.attendu
    if a is None:
        return 0
    s.lot.lignes[RendezVous].append(
        f"{a.id}\t{a.lien.id}\t{a.cases[0].id}\t1\t{etat}\t{texte(a.pris_le)}\t{texte(instant)}\t{a.sequence}\n"
    )
    d.attendu = None
    return a.id


def recevoir(s: Scene, d: Dossier, *, decision: bool) -> None:
    """Come to an appointment, or without: arrival, call, reception, the decision when it falls there, the end."""
    file = d.motif.files[d.site.id]
    poste, passage, fin = _entrer(s, d, file, d.motif.guichet_minutes)
    s.passer(d, "recevoir", "recue", ("agent", poste.agent_id))
    _honorer(s, d)
    if decision:
        d.dernier = fin - MINUTE
        decider(s, d, poste, "accord")
    _sortir(s, d, poste, passage, fin)


def remettre(s: Scene, d: Dossier) -> None:
    """Come for the title: handed over, signed for, and the file is closed with the visit."""
    file = s.decor.remises[d.site.id]
    poste, passage, fin = _entrer(s, d, file, MINUTES_REMISE)
    _honorer(s, d)
    d.dernier = max(d.dernier, fin - 30)
    _remettre(s, d, poste, passage)
    _sortir(s, d, poste, passage, fin)
    s.passer(d, "cloturer", "cloturee", ("agent", poste.agent_id))


def remettre_sans_passage(s: Scene, d: Dossier) -> None:
    """Hand the title over away from the counters; the file is not closed yet."""
    poste = s.alea.choice(s.decor.postes[d.site.id])
    _honorer(s, d)
    _remettre(s, d, poste, 0)


def _entrer(s: Scene, d: Dossier, file: FileDuDecor, minutes: int) -> tuple[Signataire, int, int]:
    """Register the arrival, the call and the reception; the last instant is then that of the reception.

    Returns:
        The counter, the visit's identifier and its end.
    """
    alea, passage = s.alea, s.numeros.passage
    s.numeros.passage += 1
    debut, rang, rendez_vous, personnes = d.dernier, int(alea.random() * 1000), NUL, 1
    if d.attendu is not None:
        case = d.attendu.cases[0]
        # People of one slot go to counters that follow each other: nobody is at two places at once.
        debut, rang, rendez_vous = case.debut, case.prises + case.debut // 600, str(d.attendu.id)
        personnes = d.attendu.lien.personnes
    arrivee = debut - AVANCE + int(alea.random() * (AVANCE + RETARD)) if d.attendu else debut
    arrivee = max(arrivee, d.avant + MINUTE)
    postes = s.decor.postes[d.site.id]
    poste = postes[rang % len(postes)]
    appel = max(arrivee, debut) + 30 + min(ATTENTE_MAX, int(alea.expovariate(1 / ATTENTE_MOYENNE)))
    recu = appel + 20 + int(alea.random() * 60)
    service = max(240, int(minutes * 60 * alea.uniform(0.6, 1.5)))
    cote = (recu + service // 2, int(alea.uniform(180, DE_COTE_MAX))) if alea.random() < PART_DE_COTE else None
    fin = recu + service + (cote[1] if cote else 0)
    priorite = 1 if alea.random() < 0.04 else 0
    visite = Visite(
        arrivee,
        passage,
        d.site.id,
        f"{file.id}\t{d.id}\t{rendez_vous}",
        f"{personnes}\t{priorite}\ttermine\t{poste.guichet_id}\t{poste.agent_id}\t1\t{texte(arrivee)}\t{texte(appel)}"
        f"\t{texte(recu)}\t{texte(fin)}",
        list(_phases(f"{passage}", f"{file.id}", poste, (arrivee, appel, recu, fin), cote)),
    )
    s.salle.attendre(s.calendrier.jour(arrivee), visite)
    charge, par = f'{{"passage_id": {passage}}}', ("agent", poste.agent_id)
    s.registre.inscrire(Fait(arrivee, d.id, "passage:arrive", ("agent", s.decor.accueil_id), charge))
    s.registre.inscrire(Fait(appel, d.id, "passage:appele", par, charge))
    s.registre.inscrire(Fait(recu, d.id, "passage:recu", par, charge))
    d.dernier = recu
    return poste, passage, fin


def _phases(
    passage: str, file: str, poste: Signataire, heures: tuple[int, int, int, int], cote: tuple[int, int] | None
) -> Iterator[str]:
    """Yield the stretches of a visit, put aside for a while or not."""
    arrivee, appel, recu, fin = heures
    tenu = f"{poste.guichet_id}\t{poste.agent_id}"
    yield f"{passage}\tarrive\t{file}\t{NUL}\t{NUL}\t{texte(arrivee)}\t{texte(appel)}\n"
    etapes = [("appele", appel), ("recu", recu)]
    if cote is not None:
        etapes += [("suspendu", cote[0]), ("recu", sum(cote))]
    fins = [*(debut for _, debut in etapes[1:]), fin]
    for (etat, debut), suite in zip(etapes, fins, strict=True):
        yield f"{passage}\t{etat}\t{file}\t{tenu}\t{texte(debut)}\t{texte(suite)}\n"


def _honorer(s: Scene, d: Dossier) -> None:
    """End the appointment and the link that the visit answers."""
    _finir(s, d, "honore", d.dernier)
    if (lien := d.lien) is not None:
        lien.situation, lien.terminee_le = "honoree", d.dernier


def _remettre(s: Scene, d: Dossier, par: Signataire, passage: int) -> None:
    charge, numero = "{}", f"Z{int(s.alea.random() * 10**8):08d}"
    if d.titre is not None:
        charge, numero, d.titre.remis_le = f'{{"titre_id": {d.titre.id}}}', d.titre.numero, d.dernier
    s.passer(d, "remettre", "remise", ("agent", par.agent_id), charge)
    signature = nom_complet(d.identite)
    ligne = f"{d.id}\t{passage or NUL}\t{par.agent_id}\t{numero}\tt\t{signature}\t\t{texte(d.dernier)}\n"
    s.lot.lignes[Remise].append(ligne)
    s.ecrits.remise(d, s.jour(d), par, numero, signature)


def _sortir(s: Scene, d: Dossier, poste: Signataire, passage: int, fin: int) -> None:
    d.dernier = max(d.dernier, fin)
    s.noter(d, "passage:termine", ("agent", poste.agent_id), f'{{"passage_id": {passage}}}')
