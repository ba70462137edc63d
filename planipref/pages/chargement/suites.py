"""Steps 1 and 3 of a story, and its ends: each does what the service of its name does."""

from __future__ import annotations

from datetime import date

from demandes.acteur import SYSTEME
from demandes.calculs.conditions import est_vraie
from demandes.calculs.delais import Suspension
from demandes.models import Decision, Message, PieceRequise, Service
from planipref.pages.chargement.calendrier import texte
from planipref.pages.chargement.decor import Signataire
from planipref.pages.chargement.dossier import Complement, Dossier, TitreArrive
from planipref.pages.chargement.scene import Scene
from planipref.pages.chargement.tables import NUL, en_json
from planipref.pages.chargement.vies import Vie
from planipref.pages.peuplement.noms import FRANCE, ORIGINES, identite
from planipref.pages.peuplement.reponses import repondre
from planipref.pages.peuplement.vies import RAISONS

DELAI_PIECES = 30
SAISON_JOURS, REPONSES_PAR_SAISON = 90, 40
ABSENTE = "Pièce absente du dossier."
REFUS = (
    "Les conditions prévues par les textes applicables à cette démarche ne sont pas réunies.",
    "Les pièces produites n’établissent pas la réalité de la situation déclarée.",
)
QUESTION = "Bonjour, où en est ma demande ? Merci."
ACTEUR_SYSTEME = (SYSTEME.genre.value, SYSTEME.pk)


def naitre(s: Scene, vie: Vie) -> Dossier:
    """Open the demande of a life: who asks, for what, where."""
    motif = s.decor.motifs[vie.motif.id]
    site = motif.sites[0] if s.alea.random() < 0.6 else s.alea.choice(motif.sites)
    instant = vie.instants[0]
    d = Dossier(
        id=s.numeros.demande,
        usager_id=s.numeros.usager,
        cle=s.cle(),
        motif=motif,
        identite=_identite(s, motif.motif.genre_service),
        site=site,
        creee_le=instant,
        dernier=instant,
        papiers="demander_complements" not in vie.pas,
    )
    s.numeros.demande += 1
    s.numeros.usager += 1
    return d


def _identite(s: Scene, service: str) -> dict[str, str]:
    """Draw a person; two in three bear a second name, or a préfecture would count fifty family names."""
    etranger = service == Service.Genre.ETRANGERS
    site = s.decor.sites[0]
    code_postal = site.code_postal or f"{s.decor.prefecture.departement}000"
    personne: dict[str, str] = identite(s.alea, etranger=etranger, commune=site.commune, code_postal=code_postal)
    if s.alea.random() < 0.66:
        origine = s.alea.choice(ORIGINES) if etranger else FRANCE
        personne["nom"] = f"{personne['nom']} {s.alea.choice(origine.noms)}"
    return personne


def preparer(s: Scene, d: Dossier) -> None:
    """Answer the questions; the pieces come with the deposit, or half of them in a draft.

    Answers are drawn from some dozens for a motif and a season: what they are changes no measure, and drawing new
    ones each time took a tenth of the load.
    """
    jour = s.jour(d)
    tirees = s.reponses.setdefault((d.motif.motif.id, jour.toordinal() // SAISON_JOURS), [])
    if len(tirees) < REPONSES_PAR_SAISON:
        reponses = repondre(d.motif.motif.questions.all(), alea=s.alea, jour=jour)
        tirees.append((en_json(reponses), _exigees(d, reponses)))
        d.reponses, d.exigees = tirees[-1]
    else:
        d.reponses, d.exigees = s.alea.choice(tirees)


def laisser_en_plan(s: Scene, d: Dossier) -> None:
    """Leave a draft with half its pieces."""
    for requise in d.exigees[: len(d.exigees) // 2]:
        s.joindre(d, requise)


def _exigees(d: Dossier, reponses: dict[str, object]) -> list[PieceRequise]:
    return [p for p in d.motif.pieces if p.obligatoire and not p.au_guichet and est_vraie(p.condition, reponses)]


def deposer(s: Scene, d: Dossier) -> None:
    """Give every required piece and deposit."""
    for requise in d.exigees:
        s.joindre(d, requise)
    _deposer(s, d, d.usager)


def ouvrir_au_guichet(s: Scene, d: Dossier) -> None:
    """Open the demande of someone who came with papers, or without."""
    d.canal = "guichet"
    if s.alea.random() < 0.3:
        d.identite["courriel"] = ""
    d.exigees = _exigees(d, {})
    _deposer(s, d, s.instructeur)
    if d.papiers:
        for requise in d.exigees:
            s.joindre(d, requise, vue=True)


def _deposer(s: Scene, d: Dossier, par: tuple[str, int]) -> None:
    d.deposee_le = d.dernier
    jour = s.jour(d)
    rang = s.compteurs[jour.year] = s.compteurs.get(jour.year, 0) + 1
    d.numero = f"{s.decor.prefecture.departement}-{jour.year}-{rang:06d}"
    s.passer(d, "deposer", "deposee", par)
    s.ecrits.accuse(d, jour, s.echeance(d))
    if s.alea.random() < 0.4:
        d.agent_id = s.decor.instructeur.agent_id
        s.noter(d, "attribution:prise", s.instructeur, f'{{"agent_id": {d.agent_id}}}')


def demander_complements(s: Scene, d: Dossier) -> None:
    """Find one piece wrong, or none there, and ask for what is missing."""
    if d.pieces:
        fautive = d.pieces[0]
        _juger(d, sauf=fautive.id)
        fautive.verdict, fautive.raison, fautive.verifiee_le = "non_conforme", s.alea.choice(RAISONS), d.dernier
        manquants = [(fautive.requise, fautive.raison)]
    else:
        manquants = [(requise, ABSENTE) for requise in d.exigees]
    complement = Complement(
        s.numeros.complement,
        [{"code": p.code, "libelle": p.libelle, "raison": raison} for p, raison in manquants],
        any(p.indispensable for p, _ in manquants),
        d.dernier,
        s.calendrier.jour(d.dernier) + DELAI_PIECES,
    )
    s.numeros.complement += 1
    s.passer(d, "demander_complements", "a_completer", s.instructeur, f'{{"nb_pieces": {len(manquants)}}}')
    d.complements.append(complement)
    _recaler(s, d)
    s.ecrits.demande_de_pieces(d, s.jour(d), complement, s.echeance(d))


def completer(s: Scene, d: Dossier) -> None:
    """Give again what was asked."""
    refusees = [f for f in d.courantes if f.verdict == "non_conforme"]
    for fichier in refusees:
        fichier.remplacee_le = d.dernier
    presentes = {f.requise.id for f in d.courantes}
    for requise in d.exigees:
        if requise.id not in presentes:
            s.joindre(d, requise)
    s.passer(d, "completer", "deposee", d.usager)
    _clore(s, d, produit=True)
    s.ecrits.notifier(d, "pieces_recues", f"{d.cle}:{len(d.complements)}")


def constater_completude(s: Scene, d: Dossier) -> None:
    """Check every piece and establish completeness."""
    _juger(d)
    d.complete_le = d.dernier
    s.passer(d, "constater_completude", "complete", s.instructeur)
    s.ecrits.notifier(d, "complete", d.cle)


def classer(s: Scene, d: Dossier) -> None:
    """Close a demande left incomplete."""
    s.passer(d, "classer_incomplete", "sans_suite", ACTEUR_SYSTEME)
    _clore(s, d, produit=False)
    s.ecrits.notifier(d, "sans_suite", d.cle)


def _juger(d: Dossier, *, sauf: int = 0) -> None:
    for fichier in d.courantes:
        if fichier.verdict == "a_verifier" and fichier.id != sauf:
            fichier.verdict, fichier.verifiee_le = "conforme", d.dernier


def _clore(s: Scene, d: Dossier, *, produit: bool) -> None:
    complement = d.complements[-1]
    complement.clos_le = d.dernier
    complement.produit_le = d.dernier if produit else None
    _recaler(s, d)


def _recaler(s: Scene, d: Dossier) -> None:
    """Give the requests for pieces their part in the legal clock, as `calculer_echeance` does."""
    d.suspensions, d.produite = [], None
    for c in d.complements:
        fin = c.limite if c.clos_le is None else min(s.calendrier.jour(c.clos_le), c.limite)
        if c.suspensif:
            notifie = date.fromordinal(s.calendrier.jour(c.notifie_le))
            d.suspensions.append(Suspension(notifie, date.fromordinal(fin)))
            d.produite = max(d.produite or fin, fin)


def instruire(s: Scene, d: Dossier) -> None:
    """Send to examination; some ask where they stand."""
    s.passer(d, "instruire", "en_instruction", s.instructeur)
    if s.alea.random() < 0.05:
        s.lot.lignes[Message].append(f"{d.id}\t{NUL}\t{QUESTION}\t{texte(d.dernier)}\t{NUL}\n")


def accorder(s: Scene, d: Dossier) -> None:
    """Grant from the back office."""
    decider(s, d, s.alea.choice(s.decor.signataires), "accord")


def refuser(s: Scene, d: Dossier) -> None:
    """Refuse, with motives in law and in fact."""
    decider(s, d, s.alea.choice(s.decor.signataires), "refus")


def decider(s: Scene, d: Dossier, par: Signataire, sens: str) -> None:
    """Decide."""
    au_guichet = d.situation == "recue"
    nom, vers = ("accorder", "accordee") if sens == "accord" else ("refuser", "refusee")
    droit, fait = REFUS if sens == "refus" else ("", "")
    charge = f'{{"au_guichet": {"true" if au_guichet else "false"}}}'
    s.passer(d, nom, vers, ("agent", par.agent_id), charge)
    s.lot.lignes[Decision].append(
        f"{d.id}\t{sens}\t{droit}\t{fait}\t{par.agent_id}\t{par.delegation_id}\t{'t' if au_guichet else 'f'}"
        f"\t{texte(d.dernier)}\n"
    )
    s.ecrits.decision(d, s.jour(d), par, sens, (droit, fait))


def constater_titre_pret(s: Scene, d: Dossier) -> None:
    """Receive the title from the makers: registered at the site, or only said to be there."""
    charge = "{}"
    if d.identite["numero_etranger"]:
        d.titre = TitreArrive(s.numeros.titre, f"T{d.numero.replace('-', '')}", d.dernier)
        s.numeros.titre += 1
        s.noter(d, "titre:recu", s.instructeur, f'{{"site_id": {d.site.id}, "titre_id": {d.titre.id}}}')
        charge = f'{{"titre_id": {d.titre.id}}}'
    s.passer(d, "constater_titre_pret", "a_remettre", s.instructeur, charge)


def retirer(s: Scene, d: Dossier) -> None:
    """Give up."""
    s.passer(d, "retirer", "sans_suite", d.usager)
    s.ecrits.notifier(d, "sans_suite", d.cle)


def cloturer(s: Scene, d: Dossier) -> None:
    """End the file."""
    s.passer(d, "cloturer", "cloturee", s.instructeur)
