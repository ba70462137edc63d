"""Two records of one person become one, or are told apart: an agent decides, the journal says so, and it is undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from demandes.acteur import Acteur
from demandes.cycle import Etat
from demandes.droits import Droit
from demandes.models import CERTIFIES, Demande, DoublonEcarte, FusionUsager, Mandat, Usager
from demandes.services.changement_de_mains import changer_de_mains
from demandes.services.depot import IDENTITE
from demandes.services.journal import journaliser
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape


def garde_et_absorbe(premier: Usager, second: Usager) -> tuple[Usager, Usager]:
    """Return which of two usagers stays: the certified one, else the oldest."""
    if second.est_certifie and not premier.est_certifie:
        return second, premier
    return (premier, second) if premier.est_certifie or premier.pk < second.pk else (second, premier)


@acte
def fusionner(
    premier: Usager, second: Usager, *, choix: Mapping[str, int], par: Acteur, maintenant: datetime
) -> FusionUsager:
    """Merge two usagers: demandes and mandates go to the one that stays, the other remains and points to it.

    Drafts, which no agent sees, follow their person.

    Args:
        premier: one record.
        second: the other.
        choix: field of `IDENTITE` → identifier of the usager whose value is kept; else that of the one that stays. What
            FranceConnect certified always stays.
        par: agent who may check or examine every deposited demande of both.
        maintenant: instant.

    Raises:
        DroitRefuse: 403, one of the demandes is out of reach.
        ErreurMetier: ``identites_certifiees``, ``paire_changee`` (409).
    """
    demandes, usagers = _verrouiller([premier.pk, second.pk])
    _exiger_sur_toutes(demandes, par)
    garde, absorbe = garde_et_absorbe(*usagers)
    if garde.est_certifie and absorbe.est_certifie:
        raise ErreurMetier(
            "identites_certifiees", "FranceConnect a certifié deux personnes : elles ne se fusionnent pas.", statut=409
        )
    avant = _fiche(garde)
    for champ, usager_id in choix.items():
        if champ in IDENTITE and usager_id == absorbe.pk and not (garde.est_certifie and champ in CERTIFIES):
            setattr(garde, champ, getattr(absorbe, champ))
    garde.save(update_fields=IDENTITE)
    deplacees = [d.pk for d in demandes if d.usager_id == absorbe.pk]
    mandats = list(Mandat.objects.filter(usager=absorbe).order_by("pk").values_list("pk", flat=True))
    _deplacer(deplacees, mandats, garde)
    venues, restees = _partager(demandes, deplacees)
    _changer_de_mains(venues, garde, absorbe.courriel, par=par, maintenant=maintenant)
    _changer_de_mains(restees, garde, avant["courriel"], par=par, maintenant=maintenant)
    absorbe.fusionne_dans = garde
    absorbe.save(update_fields=["fusionne_dans"])
    _reporter_ecartes(garde, absorbe)
    fusion = FusionUsager.objects.create(
        garde=garde,
        absorbe=absorbe,
        agent_id=par.pk,
        le=maintenant,
        instantane={"avant": avant, "apres": _fiche(garde), "demandes": deplacees, "mandats": mandats},
    )
    _journaliser(demandes, "fusion", par, maintenant, fusion=fusion.pk, de=absorbe.pk, vers=garde.pk)
    return fusion


@acte
def defaire_fusion(fusion: FusionUsager, *, par: Acteur, maintenant: datetime) -> FusionUsager:
    """Undo a merge: what had moved goes back, unless it moved again since; fields changed since stay as they are.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``fusion_defaite``, ``paire_changee`` (409).
    """
    demandes, (garde,) = _verrouiller([fusion.garde_id])
    _exiger_sur_toutes(demandes, par)
    verrouillee = FusionUsager.objects.select_for_update(no_key=True).get(pk=fusion.pk)
    if verrouillee.defaite_le is not None:
        raise ErreurMetier("fusion_defaite", "Cette fusion est déjà défaite.", statut=409)
    instantane: dict[str, Any] = verrouillee.instantane
    absorbe = Usager.objects.select_for_update(no_key=True).get(pk=verrouillee.absorbe_id)
    rendues, restees = _partager(demandes, instantane["demandes"])
    _deplacer([d.pk for d in rendues], instantane["mandats"], absorbe, de=garde)
    servait = garde.courriel
    for champ, valeur in instantane["avant"].items():
        if getattr(garde, champ) == instantane["apres"][champ]:
            setattr(garde, champ, valeur)
    garde.save(update_fields=IDENTITE)
    for siennes, usager in ((rendues, absorbe), (restees, garde)):
        _changer_de_mains(siennes, usager, servait, par=par, maintenant=maintenant)
    absorbe.fusionne_dans = None
    absorbe.save(update_fields=["fusionne_dans"])
    verrouillee.defaite_le, verrouillee.defaite_par_id = maintenant, par.pk
    verrouillee.save(update_fields=["defaite_le", "defaite_par"])
    _journaliser(demandes, "fusion_defaite", par, maintenant, fusion=fusion.pk, de=garde.pk, vers=absorbe.pk)
    return verrouillee


@etape
def _changer_de_mains(
    demandes: Iterable[Demande], usager: Usager, ancienne: str, *, par: Acteur, maintenant: datetime
) -> None:
    """Close to a former address the demandes that another one serves now: a look-alike may have been somebody else."""
    for demande in demandes:
        demande.usager = usager
        if ancienne.lower() != usager.courriel.lower():
            changer_de_mains(demande, {ancienne}, par=par, maintenant=maintenant)


@acte
def distinguer(premier: Usager, second: Usager, *, par: Acteur, maintenant: datetime) -> DoublonEcarte:
    """Remember that two usagers who look alike are two people; they are never proposed again.

    Raises:
        DroitRefuse: 403, the agent handles no demande of one of them; ErreurMetier: ``paire_changee`` (409).
    """
    demandes, (un, autre) = _verrouiller([premier.pk, second.pk])
    siennes = [d for d in demandes if d.etat != Etat.BROUILLON and _instruit(par, d)]
    if {d.usager_id for d in siennes} != {un.pk, autre.pk}:
        raise DroitRefuse
    ecarte, cree = DoublonEcarte.objects.get_or_create(
        premier=un, second=autre, defaults={"agent_id": par.pk, "le": maintenant}
    )
    if cree:
        _journaliser(siennes, "distingue", par, maintenant, de=un.pk, vers=autre.pk)
    return ecarte


@etape
def _verrouiller(ids: list[int]) -> tuple[list[Demande], list[Usager]]:
    """Lock the demandes of some usagers, then the usagers, oldest first; nothing joins them until commit."""
    siennes = Demande.objects.filter(usager__in=ids).order_by("pk")
    demandes = list(siennes.select_for_update(of=("self",), no_key=True))
    usagers = list(Usager.objects.vivants().filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)))
    if len(usagers) != len(ids) or siennes.count() != len(demandes):
        raise ErreurMetier("paire_changee", "Une de ces fiches vient de changer. Rechargez la page.", statut=409)
    return demandes, usagers


def _instruit(par: Acteur, demande: Demande) -> bool:
    return par.peut_sur(Droit.VERIFIER, demande) or par.peut_sur(Droit.INSTRUIRE, demande)


def _exiger_sur_toutes(demandes: list[Demande], par: Acteur) -> None:
    if not all(_instruit(par, d) for d in demandes if d.etat != Etat.BROUILLON):
        raise DroitRefuse(
            "Une demande de cette personne est suivie ailleurs : un agent qui voit les deux doit le faire."
        )


def _fiche(usager: Usager) -> dict[str, str]:
    return {champ: getattr(usager, champ) for champ in IDENTITE}


def _partager(demandes: list[Demande], ids: Collection[int]) -> tuple[list[Demande], list[Demande]]:
    return [d for d in demandes if d.pk in ids], [d for d in demandes if d.pk not in ids]


def _deplacer(demandes: list[int], mandats: list[int], vers: Usager, *, de: Usager | None = None) -> None:
    Demande.objects.filter(pk__in=demandes).update(usager=vers)
    siens = Mandat.objects.filter(pk__in=mandats)
    (siens.filter(usager=de) if de else siens).update(usager=vers)


def _reporter_ecartes(garde: Usager, absorbe: Usager) -> None:
    """Whom the absorbed one was told apart from, the one that stays is told apart from too."""
    for ecarte in [*absorbe.ecartes_premiers.all(), *absorbe.ecartes_seconds.all()]:
        autre = ecarte.second_id if ecarte.premier_id == absorbe.pk else ecarte.premier_id
        if autre != garde.pk:
            un, deux = sorted((garde.pk, autre))
            DoublonEcarte.objects.get_or_create(
                premier_id=un, second_id=deux, defaults={"agent_id": ecarte.agent_id, "le": ecarte.le}
            )


@etape
def _journaliser(demandes: list[Demande], nature: str, par: Acteur, maintenant: datetime, **charge: int) -> None:
    for demande in demandes:
        journaliser(f"usager:{nature}", par=par, maintenant=maintenant, demande=demande, charge=charge)
