"""Leave of CASPER, written: a file again changes nothing, a line that is refused stops none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Prefecture
from demandes.services.journal import journaliser
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte
from planning.models import Absence, AgentCasper, CodeCasper, ReglagesCasper
from planning.selectors_lecture_casper import LectureCasper, LigneCasper, Sort, cle_de_mot, lire_casper
from planning.services.conges import enlever, poser
from planning.services.postes import publier_apres, verrouiller_pour_rendre

REFUS_GARDES_MAX = 500  # what the page of the last import shows


@acte
def importer_casper(prefecture: Prefecture, contenu: str, *, par: Acteur, maintenant: datetime) -> LectureCasper:
    """Write what a leave file says of the agents of a préfecture, and give up the posts that they leave.

    Args:
        prefecture: whose agents.
        contenu: text of the file, CSV or JSON.
        par: agent, or the machine.
        maintenant: instant.

    Returns:
        The file as it was read, and what became of each line.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: see `planipref.commun.tableur.lire_tableau`.
    """
    if not (par.peut(Droit.PLANIFIER, prefecture_id=prefecture.pk) or par.peut(Droit.AUTOMATISER, prefecture_id=0)):
        raise DroitRefuse
    # Locked while it is read and written: of two imports at once, the second finds what the first wrote.
    reglages, _ = ReglagesCasper.objects.select_for_update(no_key=True).get_or_create(prefecture=prefecture)
    lecture = lire_casper(prefecture, contenu, maintenant=maintenant)
    _ecrire(lecture.lignes, maintenant)
    bilan = bilan_de(lecture)
    reglages.dernier_le, reglages.dernier_bilan = maintenant, bilan
    reglages.save(update_fields=["dernier_le", "dernier_bilan"])
    comptes: dict[str, Any] = {**bilan, "refusees": len(lecture.de(Sort.REFUSEE))}
    journaliser("planning:casper_importe", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=comptes)
    return lecture


def bilan_de(lecture: LectureCasper) -> dict[str, Any]:
    """Return what an import did: counts, and the line and the reason of each refusal."""
    refus = [{"ligne": ligne.rang, "raison": ligne.raison} for ligne in lecture.de(Sort.REFUSEE)]
    liberes = sum(ligne.liberes for ligne in lecture.lignes)
    return {**lecture.comptes, "demi_journees_liberees": liberes, "refusees": refus[:REFUS_GARDES_MAX]}


def _ecrire(lignes: Sequence[LigneCasper], maintenant: datetime) -> None:
    """Write the lines: what is taken away first, then the others, again as long as one makes room for another."""
    ecrites = (Sort.NOUVELLE, Sort.CHANGEE, Sort.RETIREE)
    absences = [x.absence for x in lignes if x.absence is not None and x.sort in ecrites]
    connues = Absence.objects.filter(pk__in=[a.pk for a in absences if a.pk]).order_by("pk")
    agents = {a.agent_id for a in absences} | set(connues.values_list("agent", flat=True))  # who has it, who had it
    verrouiller_pour_rendre(agents, maintenant=maintenant)
    publier_apres(agents)
    for ligne in lignes:
        if ligne.sort is Sort.RETIREE and ligne.absence is not None:
            enlever(ligne.absence, maintenant=maintenant)
    reste = [(ligne, ligne.absence) for ligne in lignes if ligne.sort in (Sort.NOUVELLE, Sort.CHANGEE)]
    avancent, refus = True, ""
    while reste and avancent:
        tentees, reste = reste, []
        for ligne, absence in tentees:
            try:
                ligne.liberes = poser(absence, maintenant=maintenant) if absence else 0
            except ErreurMetier as erreur:
                refus = erreur.message
                reste.append((ligne, absence))
        avancent = len(reste) < len(tentees)
    for ligne, _ in reste:
        ligne.devient(Sort.REFUSEE, refus)


@dataclass(frozen=True)
class MotsCasper:
    """The words of a préfecture, as typed.

    Args:
        colonnes: heading of the file, by our own name for the column.
        mots_matin: words for a morning, between commas.
        mots_apres_midi: words for an afternoon.
        mots_annules: states of an absence that does not take place.
        complet: whether a file holds every absence of its period.
    """

    colonnes: dict[str, str]
    mots_matin: str
    mots_apres_midi: str
    mots_annules: str
    complet: bool


@acte
def regler_casper(prefecture: Prefecture, mots: MotsCasper, *, par: Acteur, maintenant: datetime) -> None:
    """Keep the words of a préfecture.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(prefecture, par)
    ReglagesCasper.objects.update_or_create(prefecture=prefecture, defaults=vars(mots))
    _noter("regle", prefecture, par, maintenant)


@acte
def nommer_agent(prefecture: Prefecture, agent: Agent, identifiant: str, *, par: Acteur, maintenant: datetime) -> None:
    """Say what CASPER calls an agent.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``identifiant``, it is another's.
    """
    _exiger(prefecture, par)
    if not agent.attributions.en_vigueur().filter(prefecture=prefecture).exists():
        raise DroitRefuse
    for connu in AgentCasper.objects.select_for_update(of=("self",)).filter(prefecture=prefecture).order_by("pk"):
        if cle_de_mot(connu.identifiant) == cle_de_mot(identifiant):
            raise ErreurMetier("identifiant", "Cet identifiant désigne déjà un agent.", champ="identifiant")
    _ajouter(AgentCasper(prefecture=prefecture, agent=agent, identifiant=identifiant))
    _noter("agent_nomme", prefecture, par, maintenant, agent_id=agent.pk)


@acte
def nommer_code(prefecture: Prefecture, code: str, genre: str, *, par: Acteur, maintenant: datetime) -> None:
    """Say what a code of CASPER means here; a code that had a meaning takes this one.

    Args:
        prefecture: where.
        code: as CASPER writes it.
        genre: see `Absence.Genre`; empty when it keeps nobody away.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(prefecture, par)
    connus = CodeCasper.objects.filter(prefecture=prefecture)
    memes = [c.pk for c in connus if cle_de_mot(c.code) == cle_de_mot(code)]
    connus.filter(pk__in=memes).delete()
    _ajouter(CodeCasper(prefecture=prefecture, code=code, genre=genre))
    _noter("code_nomme", prefecture, par, maintenant)


@acte
def oublier(nom: AgentCasper | CodeCasper, *, par: Acteur, maintenant: datetime) -> None:
    """Forget what an identifier or a code of CASPER means; absences imported already stay.

    Raises:
        DroitRefuse: 403.
    """
    _exiger(nom.prefecture, par)
    nom.delete()
    _noter("nom_oublie", nom.prefecture, par, maintenant)


def _ajouter(nom: AgentCasper | CodeCasper) -> None:
    try:
        nom.full_clean()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    with transaction.atomic():
        nom.save()


def _exiger(prefecture: Prefecture, par: Acteur) -> None:
    if not par.peut(Droit.PLANIFIER, prefecture_id=prefecture.pk):
        raise DroitRefuse


def _noter(quoi: str, prefecture: Prefecture, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        f"planning:casper_{quoi}", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=dict(charge)
    )
