"""Places that are missing: an agent asks for them, the managers answer, and the agent is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from demandes.acteur import Acteur
from demandes.droits import Droit
from demandes.models import Agent, Prefecture, Site
from demandes.services.journal import journaliser
from demandes.services.notifications import ecrire_a_l_agent
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.nombres import nombre
from planipref.commun.transactions import acte, etape
from planning.calculs.capacite import Manque
from planning.models import DemandeOuverture, FileGuichet
from planning.services.capacite import places_offertes
from planning.services.ouvertures import exiger_planifier_site

Etat = DemandeOuverture.Etat
DEJA_DEMANDEES = "Vous avez déjà demandé ces places : la réponse vous sera envoyée."


@dataclass(frozen=True)
class OuvertureDemandee:
    """Places asked for, as the managers read them.

    Args:
        demande: with its queue and who asked.
        ouvertes: places opened since in that queue, until the day named.
    """

    demande: DemandeOuverture
    ouvertes: int

    @property
    def est_satisfaite(self) -> bool:
        """Whether as many places as asked for have been opened."""
        return self.ouvertes >= self.demande.places


def ouvertures_demandees(site: Site, *, maintenant: datetime) -> list[OuvertureDemandee]:
    """Return the requests of a site that wait for an answer, the oldest first."""
    demandes = DemandeOuverture.objects.filter(file__site=site, etat=Etat.OUVERTE)
    lues = demandes.select_related("file__site__prefecture", "demandee_par").order_by("demandee_le", "pk")
    return [OuvertureDemandee(d, ouvertes_depuis(d, maintenant=maintenant)) for d in lues]


def ouvertes_depuis(demande: DemandeOuverture, *, maintenant: datetime) -> int:
    """Return the places opened since they were asked for, for the same days."""
    offertes = places_offertes(demande.file, demande.demandee_le, demande.avant, maintenant=maintenant)
    return max(0, offertes - demande.places_alors)


@dataclass(frozen=True)
class PlacesAttendues:
    """Places of a queue that are asked for already.

    Args:
        demande: the request that waits for an answer.
        restent: of the places that it asks for, those not open yet.
    """

    demande: DemandeOuverture
    restent: int


def places_attendues(files: Iterable[int], *, maintenant: datetime) -> dict[int, PlacesAttendues]:
    """Return what is asked for already in some queues, and is still to come."""
    attendent = DemandeOuverture.objects.filter(file__in=list(files), etat=Etat.OUVERTE)
    lues = attendent.select_related("file__site__prefecture", "demandee_par").order_by("pk")
    return {d.file_id: PlacesAttendues(d, _restent(d, maintenant)) for d in lues}


def _restent(demande: DemandeOuverture, maintenant: datetime) -> int:
    return max(0, demande.places - ouvertes_depuis(demande, maintenant=maintenant))


@dataclass(frozen=True)
class Demandee:
    """What asking for the places of a queue has done.

    Args:
        demande: the request that waits.
        ajoutees: places that nobody had asked for before.
    """

    demande: DemandeOuverture
    ajoutees: int


def dire_demandees(demandees: Sequence[Demandee]) -> str:
    """Tell an agent what asking for places has done: how many are asked for now, or who had asked for them."""
    ajoutees = sum(d.ajoutees for d in demandees)
    if ajoutees:
        places = nombre(ajoutees, "place est demandée", "places sont demandées")
        return f"{places} aux responsables du planning. Leur réponse vous sera envoyée."
    autres = ", ".join(sorted({str(d.demande.demandee_par) for d in demandees}))
    return f"Ces places sont déjà demandées, par {autres} : vous recevrez aussi la réponse."


@acte
def demander_ouverture(
    prefecture: Prefecture, manques: Mapping[int, Manque], *, par: Acteur, maintenant: datetime
) -> list[Demandee]:
    """Ask the managers to open the places that are missing, queue by queue.

    A queue for which places are asked for already keeps one request, with its own date: who asks joins it, and is told
    the answer too. It grows, and the managers are written to again, only when those not open yet do not cover what is
    missing now: two agents who look at the same persons do not ask for their places twice.

    Args:
        prefecture: of the queues.
        manques: what is missing, by queue.
        par: agent who convokes there.
        maintenant: instant.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``rien_ne_manque``; ``deja_demandees``, by the same agent (409).
    """
    if not (par.est_agent and par.peut(Droit.CONVOQUER, prefecture_id=prefecture.pk)):
        raise DroitRefuse
    files = FileGuichet.objects.filter(pk__in=manques, site__prefecture=prefecture).select_related("site__prefecture")
    # Under the lock of its queue: two agents who ask at once make one request.
    lues = list(files.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not lues:
        raise ErreurMetier("rien_ne_manque", "Il ne manque plus de place.", statut=409)
    essais = [_demander(file, manques[file.pk], par, maintenant) for file in lues]
    faites = [faite for faite in essais if faite is not None]
    if not faites:
        raise ErreurMetier("deja_demandees", DEJA_DEMANDEES, statut=409)
    return faites


@etape
def _demander(file: FileGuichet, manque: Manque, par: Acteur, maintenant: datetime) -> Demandee | None:
    """Ask for the places of a queue, locked; None when this agent has asked for all of them already."""
    # Locked: one that a manager is answering is not joined, a new one is made.
    demandes = DemandeOuverture.objects.select_for_update(of=("self",), no_key=True)
    attendue = demandes.filter(file=file, etat=Etat.OUVERTE).order_by("pk").first()
    if attendue is None:
        return Demandee(_ouvrir(file, manque, par, maintenant), manque.places)
    attendue.file = file
    ajoutees = max(0, manque.places - _restent(attendue, maintenant))
    sienne = par.pk == attendue.demandee_par_id or attendue.jointe_par.filter(pk=par.pk).exists()
    if sienne and not ajoutees:
        return None
    if not sienne:
        attendue.jointe_par.add(par.pk)
    if ajoutees:
        attendue.places += ajoutees
        attendue.attente = max(attendue.attente, manque.attente)
        attendue.save(update_fields=["places", "attente"])
        _dire_aux_responsables(attendue, par, maintenant)
    return Demandee(attendue, ajoutees)


@etape
def _ouvrir(file: FileGuichet, manque: Manque, par: Acteur, maintenant: datetime) -> DemandeOuverture:
    demande = DemandeOuverture.objects.create(
        file=file,
        places=manque.places,
        avant=manque.avant,
        attente=manque.attente,
        places_alors=places_offertes(file, maintenant, manque.avant, maintenant=maintenant),
        demandee_par_id=par.pk,
        demandee_le=maintenant,
    )
    _dire_aux_responsables(demande, par, maintenant)
    return demande


@etape
def _dire_aux_responsables(demande: DemandeOuverture, par: Acteur, maintenant: datetime) -> None:
    """Write to the managers of the site how many places are asked for, once for each number."""
    file = demande.file
    _journal("planning:ouverture_demandee", demande, par, maintenant, places=demande.places)
    ici = Q(attributions__site=None) | Q(attributions__site=file.site)
    chefs = Agent.objects.qui_peuvent(Droit.PLANIFIER, file.site.prefecture_id, ici)
    chemin = f"{reverse('planning:ouvertures')}?{urlencode({'site': file.site.code})}"
    dits = {"precisions": [_precision(demande)], "chemin": chemin}
    for chef in chefs.exclude(pk=par.pk).order_by("pk"):
        cle = f"{demande.pk}-{chef.pk}-{demande.places}"
        ecrire_a_l_agent(chef, "ouverture_demandee", cle=cle, dits=dits, maintenant=maintenant)


@acte
def repondre_ouverture(
    demande: DemandeOuverture, *, satisfaite: bool, raison: str = "", par: Acteur, maintenant: datetime
) -> DemandeOuverture:
    """Close a request for places: they are open, or they will not be; who asked is told.

    Args:
        demande: with its queue, site and préfecture.
        satisfaite: whether they are open.
        raison: what is answered; required for a refusal, or when fewer places than asked for are open.
        par: manager.
        maintenant: instant.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``raison``, ``places_manquantes`` (409) on its field; ``deja_repondue`` (409).
    """
    exiger_planifier_site(par, demande.file.site)
    raison = raison.strip()
    if not satisfaite and not raison:
        raise ErreurMetier("raison", "Dites pourquoi vous refusez.", champ="raison")
    demandes = DemandeOuverture.objects.select_for_update(of=("self",), no_key=True)
    fraiche = demandes.select_related("file__site", "demandee_par").get(pk=demande.pk)
    if fraiche.etat != Etat.OUVERTE:
        raise ErreurMetier("deja_repondue", "Un autre responsable a déjà répondu.", statut=409)
    ouvertes = ouvertes_depuis(fraiche, maintenant=maintenant)
    if satisfaite and not raison and ouvertes < fraiche.places:
        message = (
            f"{nombre(ouvertes, 'place ouverte', 'places ouvertes')} depuis la demande, sur {fraiche.places} : "
            "ouvrez-les d’abord, ou écrivez dans votre réponse combien vous en avez ouvert, et pourquoi."
        )
        raise ErreurMetier("places_manquantes", message, champ="raison", statut=409)
    fraiche.etat, fraiche.raison = Etat.SATISFAITE if satisfaite else Etat.REFUSEE, raison
    fraiche.repondue_par_id, fraiche.repondue_le = par.pk, maintenant
    fraiche.save(update_fields=["etat", "raison", "repondue_par", "repondue_le"])
    _journal("planning:ouverture_repondue", fraiche, par, maintenant, satisfaite=satisfaite)
    _dire_a_qui_demandait(fraiche, ouvertes if satisfaite else None, par, maintenant)
    return fraiche


@etape
def _dire_a_qui_demandait(demande: DemandeOuverture, ouvertes: int | None, par: Acteur, maintenant: datetime) -> None:
    """Write the answer to everybody who asked, but for who gives it.

    Args:
        demande: answered.
        ouvertes: places opened since it was made; None when it is refused.
        par: manager.
        maintenant: instant.
    """
    precisions = [_precision(demande)]
    if ouvertes is not None:
        precisions.append(f"{nombre(ouvertes, 'place ouverte', 'places ouvertes')} depuis votre demande.")
    if demande.raison:
        precisions.append(f"Réponse du responsable : « {demande.raison} »")
    demandeurs = {demande.demandee_par, *demande.jointe_par.order_by("pk")}
    for agent in sorted(demandeurs, key=lambda a: a.pk):
        if agent.pk != par.pk:
            ecrire_a_l_agent(
                agent,
                f"ouverture_{demande.etat}",
                cle=f"{demande.pk}-{agent.pk}",
                dits={"precisions": precisions},
                maintenant=maintenant,
            )


def _precision(demande: DemandeOuverture) -> str:
    """Say in a mail what is asked for: where, how many, until when, for how many persons."""
    places = nombre(demande.places, "place demandée", "places demandées")
    attente = nombre(demande.attente, "personne", "personnes")
    return f"{demande.file.site.nom}, {demande.file.nom} : {places} avant le {demande.avant:%d/%m/%Y}, pour {attente}."


def _journal(nature: str, demande: DemandeOuverture, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        nature,
        par=par,
        maintenant=maintenant,
        prefecture_id=demande.file.site.prefecture_id,
        charge={"ouverture_id": demande.pk, **charge},
    )
