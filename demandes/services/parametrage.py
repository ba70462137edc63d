"""What a webmestre or a national administrator sets. A trigger keeps each change; `annuler` puts the value back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from demandes.acteur import Acteur
from demandes.calculs.langage import analyser
from demandes.calculs.vocabulaire import ErreurCondition, Vocabulaire
from demandes.droits import Droit
from demandes.models import (
    Modification,
    Motif,
    ParametrageMotif,
    ParametragePiece,
    ParametrageQuestion,
    PieceRequise,
    Prefecture,
    Question,
    RegleAiguillage,
    RegleEligibilite,
    RegleMessages,
    RegleSignalements,
    Site,
)
from demandes.models.declencheurs import AGENT_COURANT, MODIFICATION_ANNULEE
from demandes.selectors_messages import CHAMPS as CHAMPS_MESSAGES
from demandes.selectors_reglages import vocabulaire_du_motif
from demandes.selectors_signalements import CHAMPS as CHAMPS_SIGNALEMENTS
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.transactions import acte, etape

CHAMPS_MOTIF = ("actif", "guichet_minutes", "mode_accueil", "validite_convocation_jours", "delai_completude_jours")
Exigence = PieceRequise | Question
Regle = RegleEligibilite | RegleAiguillage
R = TypeVar("R", RegleEligibilite, RegleAiguillage)


def lire_condition(texte: str, vocabulaire: Vocabulaire) -> dict[str, Any] | None:
    """Return the tree of a condition typed.

    Raises:
        ErreurMetier: ``condition`` on ``condition``, with the position of the mistake.
    """
    try:
        return analyser(texte.strip(), vocabulaire)
    except ErreurCondition as erreur:
        raise ErreurMetier("condition", str(erreur), champ="condition") from None


@etape
def signer(agent_id: int, *, annule: int | None = None) -> None:
    """Tell the triggers of this transaction who acts, and which change is undone."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
            [AGENT_COURANT, str(agent_id), MODIFICATION_ANNULEE, str(annule or "")],
        )


def exiger_portee(prefecture_id: int | None, par: Acteur) -> None:
    """Refuse who may not set the values of a préfecture, or the national ones.

    Raises:
        DroitRefuse: 403.
    """
    if prefecture_id is None:
        permis = any(Droit.ADMINISTRER in droits for droits in par.droits.values())
    else:
        permis = par.peut(Droit.PARAMETRER, prefecture_id=prefecture_id)
    if not permis:
        raise DroitRefuse


@etape
def _ouvrir(prefecture_id: int | None, par: Acteur) -> None:
    exiger_portee(prefecture_id, par)
    signer(par.pk)


@acte
def regler_motif(motif: Motif, prefecture: Prefecture | None, valeurs: dict[str, Any], *, par: Acteur) -> None:
    """Set parameters of a motif, national or of a préfecture.

    Args:
        motif: which.
        prefecture: None for the national values.
        valeurs: by field of `CHAMPS_MOTIF`; locally, None or an empty text is the national value.
        par: agent.

    Raises:
        DroitRefuse: 403.
    """
    _ouvrir(prefecture.pk if prefecture else None, par)
    champs = {c: valeurs[c] for c in CHAMPS_MOTIF if c in valeurs}
    if prefecture is None:
        Motif.objects.filter(pk=motif.pk).update(**champs)
        return
    local = ParametrageMotif.objects.filter(motif=motif, prefecture=prefecture).first()
    local = local or ParametrageMotif(motif=motif, prefecture=prefecture)
    for champ, valeur in champs.items():
        setattr(local, champ, valeur if valeur is not None or champ != "mode_accueil" else "")
    _garder(local, vide=all(getattr(local, c) in (None, "") for c in CHAMPS_MOTIF))


@acte
def regler_messages(prefecture: Prefecture | None, valeurs: dict[str, Any], *, par: Acteur) -> None:
    """Set the rules of the messages, national or of a préfecture.

    Args:
        prefecture: None for the national values.
        valeurs: by field of the rules; None is the value above.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: out of its bounds, on its field.
    """
    _regler(RegleMessages, CHAMPS_MESSAGES, prefecture, valeurs, par)


@acte
def regler_signalements(prefecture: Prefecture | None, valeurs: dict[str, Any], *, par: Acteur) -> None:
    """Set the thresholds of the signals, national or of a préfecture; as `regler_messages`."""
    _regler(RegleSignalements, CHAMPS_SIGNALEMENTS, prefecture, valeurs, par)


@etape
def _regler(
    modele: type[RegleMessages | RegleSignalements],
    champs: Sequence[str],
    prefecture: Prefecture | None,
    valeurs: dict[str, Any],
    par: Acteur,
) -> None:
    _ouvrir(prefecture.pk if prefecture else None, par)
    regle = modele.objects.filter(prefecture=prefecture).first() or modele(prefecture=prefecture)
    for champ in champs:
        setattr(regle, champ, valeurs.get(champ))
    try:
        regle.full_clean()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    _garder(regle, vide=all(getattr(regle, c) is None for c in champs))


@acte
def regler_exigence(exigence: Exigence, prefecture: Prefecture | None, valeurs: dict[str, Any], *, par: Acteur) -> None:
    """Set whether a piece or a question is asked for, whether it is mandatory, and when.

    Args:
        exigence: with its motif.
        prefecture: None for the national values.
        valeurs: ``actif``, ``obligatoire``, ``condition`` (text); locally None is the national value, and
            ``condition_propre`` says whether the condition is the préfecture's.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``condition``.
    """
    _ouvrir(prefecture.pk if prefecture else None, par)
    avant = exigence if isinstance(exigence, Question) else None
    propre = prefecture is None or valeurs["condition_propre"]
    texte = valeurs["condition"] if propre else ""
    condition = lire_condition(texte, vocabulaire_du_motif(exigence.motif, avant))
    champs = {"actif": valeurs["actif"], "obligatoire": valeurs["obligatoire"], "condition": condition}
    if prefecture is None:
        type(exigence).objects.filter(pk=exigence.pk).update(**champs)
        return
    local = _local(exigence, prefecture)
    for champ, valeur in {**champs, "condition_propre": propre}.items():
        setattr(local, champ, valeur)
    _garder(local, vide=not propre and local.actif is None and local.obligatoire is None)


@acte
def revenir_exigence(exigence: Exigence, prefecture: Prefecture, *, par: Acteur) -> None:
    """Put a piece or a question back to the national values.

    Raises:
        DroitRefuse: 403.
    """
    _ouvrir(prefecture.pk, par)
    _garder(_local(exigence, prefecture), vide=True)


def _local(exigence: Exigence, prefecture: Prefecture) -> ParametragePiece | ParametrageQuestion:
    if isinstance(exigence, PieceRequise):
        cle: dict[str, Any] = {"piece_requise": exigence, "prefecture": prefecture}
        return ParametragePiece.objects.filter(**cle).first() or ParametragePiece(**cle)
    cle = {"question": exigence, "prefecture": prefecture}
    return ParametrageQuestion.objects.filter(**cle).first() or ParametrageQuestion(**cle)


@etape
def _garder(local: models.Model, *, vide: bool) -> None:
    """Save an override; one that says nothing is removed."""
    if not vide:
        local.save()
    elif local.pk:
        local.delete()


@acte
def enregistrer_eligibilite(
    regle: RegleEligibilite, prefecture: Prefecture | None, valeurs: dict[str, Any], *, par: Acteur
) -> RegleEligibilite:
    """Add or change a rule of eligibility; a national one changed by a préfecture gives a local one in its place.

    Args:
        regle: new or kept, with its motif.
        prefecture: None for the national rules.
        valeurs: ``condition`` (text), ``message``, ``ailleurs``, ``bloquante``, ``actif``.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``condition``; ``regle_remplacee`` (409).
    """
    _ouvrir(prefecture.pk if prefecture else None, par)
    condition = lire_condition(valeurs["condition"], vocabulaire_du_motif(regle.motif))
    if condition is None:
        raise ErreurMetier("condition", "Écrivez quand cette démarche n’est pas pour l’usager.", champ="condition")
    regle = _adapter(regle, prefecture)
    for champ, valeur in {**valeurs, "condition": condition}.items():
        setattr(regle, champ, valeur)
    return _placer(regle, RegleEligibilite.objects.pour(regle.motif_id, regle.prefecture_id))


@etape
def _adapter(regle: RegleEligibilite, prefecture: Prefecture | None) -> RegleEligibilite:
    """Return the rule to write: itself, or the copy that replaces a national one in a préfecture.

    Raises:
        ErreurMetier: ``regle_remplacee`` (409) when the préfecture has its own in its place already.
    """
    if regle.pk is None or regle.prefecture_id == (prefecture.pk if prefecture else None):
        regle.prefecture = prefecture
        return regle
    _verrouiller(RegleEligibilite, regle.pk)  # two pages open on the same rule
    if regle.remplacantes.filter(prefecture=prefecture).exists():
        raise ErreurMetier(
            "regle_remplacee",
            "Votre préfecture vient de mettre sa propre règle à la place de celle-ci. Rechargez la page.",
            statut=409,
        )
    copie = RegleEligibilite(motif=regle.motif, prefecture=prefecture, remplace=regle, ordre=regle.ordre)
    for champ in ("condition", "message", "ailleurs", "bloquante", "actif"):
        setattr(copie, champ, getattr(regle, champ))
    return copie


@acte
def enregistrer_aiguillage(
    regle: RegleAiguillage, valeurs: dict[str, Any], *, sites: Sequence[Site], par: Acteur
) -> RegleAiguillage:
    """Add or change a rule of routing of a préfecture.

    Args:
        regle: new or kept, with its préfecture.
        valeurs: ``libelle``, ``motif`` (None for all), ``condition`` (text), ``service``, ``actif``.
        sites: proposed for the convocation, all of the préfecture.
        par: agent.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``condition``, ``but`` when it chooses neither site nor service.
    """
    _ouvrir(regle.prefecture_id, par)
    condition = lire_condition(valeurs["condition"], vocabulaire_du_motif(valeurs["motif"]))
    service = valeurs["service"]
    if any(lieu.prefecture_id != regle.prefecture_id for lieu in [*sites, *([service] if service else [])]):
        raise DroitRefuse
    if not sites and service is None:
        raise ErreurMetier("but", "Choisissez au moins un site, ou un service.", champ="sites")
    for champ, valeur in {**valeurs, "condition": condition, "sites_ids": sorted(s.pk for s in sites)}.items():
        setattr(regle, champ, valeur)
    return _placer(regle, RegleAiguillage.objects.de_la_prefecture(regle.prefecture_id))


@etape
def _placer(regle: R, freres: models.QuerySet[R]) -> R:
    """Save a rule; a new one comes last."""
    if regle.pk is None and not getattr(regle, "remplace_id", None):
        regle.ordre = max((f.ordre for f in freres), default=-1) + 1
    regle.save()
    return regle


@acte
def basculer_regle(regle: Regle, prefecture: Prefecture | None, *, par: Acteur) -> Regle:
    """Switch a rule off or on; a national one in a préfecture only there.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``regle_remplacee`` (409).
    """
    _ouvrir(prefecture.pk if prefecture else None, par)
    cible: Regle = _adapter(regle, prefecture) if isinstance(regle, RegleEligibilite) else regle
    cible.actif = not regle.actif
    cible.save()
    return cible


@acte
def supprimer_regle(regle: Regle, *, par: Acteur) -> None:
    """Remove a rule; a local one that replaced a national one gives it its place back.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``regle_remplacee`` (409) when préfectures have their own in its place.
    """
    _ouvrir(regle.prefecture_id, par)
    try:
        regle.delete()
    except ProtectedError:
        raise ErreurMetier(
            "regle_remplacee",
            "Des préfectures ont leur propre règle à la place de celle-ci. Mettez-la hors service plutôt.",
            statut=409,
        ) from None


@acte
def deplacer_regle(regle: Regle, *, vers_le_haut: bool, par: Acteur) -> None:
    """Exchange a rule with the one before or after it, of the same scope.

    Raises:
        DroitRefuse: 403.
    """
    _ouvrir(regle.prefecture_id, par)
    if isinstance(regle, RegleEligibilite):
        toutes = RegleEligibilite.objects.pour(regle.motif_id, regle.prefecture_id)
        freres: list[Regle] = [r for r in toutes if r.prefecture_id == regle.prefecture_id]
    else:
        freres = list(RegleAiguillage.objects.de_la_prefecture(regle.prefecture_id))
    rang = next(r for r, f in enumerate(freres) if f.pk == regle.pk)
    autre = rang - 1 if vers_le_haut else rang + 1
    if not 0 <= autre < len(freres):
        return
    freres[rang], freres[autre] = freres[autre], freres[rang]
    for ordre, frere in enumerate(freres):
        if frere.ordre != ordre:
            frere.ordre = ordre
            frere.save(update_fields=["ordre"])


@acte
def annuler(modification: Modification, *, par: Acteur) -> None:
    """Put a setting back as it was before a change; that is a change too, which can be undone.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``modifie_depuis`` (409) when it has changed again since.
    """
    exiger_portee(modification.prefecture_id, par)
    modele: Any = apps.get_model("demandes", modification.modele)
    _verrouiller(modele, modification.objet_id)
    derniere = Modification.objects.du_meme_objet(modification).first()
    if derniere is None or derniere.pk != modification.pk:
        raise _modifie_depuis()
    signer(par.pk, annule=modification.pk)
    try:
        with transaction.atomic():
            _remettre(modele, modification)
    except IntegrityError:
        raise _modifie_depuis() from None


@etape
def _verrouiller(modele: Any, pk: int) -> None:
    list(modele.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).order_by("pk"))


@etape
def _remettre(modele: Any, modification: Modification) -> None:
    objets = modele.objects.filter(pk=modification.objet_id)
    colonnes = {f.attname for f in modele._meta.concrete_fields}  # noqa: SLF001 (a column may be gone since)
    avant = {c: v for c, v in (modification.avant or {}).items() if c in colonnes}
    if modification.operation == Modification.Operation.INSERT:
        objets.delete()
    elif modification.operation == Modification.Operation.DELETE:
        modele(**avant).save(force_insert=True)
    else:
        objets.update(**avant)


def _modifie_depuis() -> ErreurMetier:
    return ErreurMetier(
        "modifie_depuis", "Ce réglage a changé depuis : annulez d’abord la modification la plus récente.", statut=409
    )
