"""What the words of the former booking module mean in a préfecture, for all its sites: its columns and its objects."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError

from demandes.acteur import Acteur
from demandes.models import Motif, Prefecture, Site
from demandes.services.journal import journaliser
from planipref.commun.contraintes import refus_du_modele
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte
from planning.models import FileGuichet, MotifRepris, ReglagesReprise
from planning.selectors_lecture_reprise import cle_de_motif
from planning.services.ouvertures import exiger_planifier_partout


@acte
def regler_reprise(
    prefecture: Prefecture, colonnes: dict[str, str], *, complet: bool, par: Acteur, maintenant: datetime
) -> None:
    """Keep the headings of the files of a préfecture.

    Args:
        prefecture: whose files.
        colonnes: heading, by our own name for the column.
        complet: whether a file holds every appointment to come.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
    """
    exiger_planifier_partout(par, prefecture)
    valeurs = {"colonnes": colonnes, "complet": complet}
    ReglagesReprise.objects.update_or_create(prefecture=prefecture, defaults=valeurs)
    _noter("reglee", prefecture, par, maintenant)


@acte
def nommer_motif(
    prefecture: Prefecture, libelle: str, motif: Motif, file: FileGuichet, *, par: Acteur, maintenant: datetime
) -> MotifRepris:
    """Say what an object of the former module is here; one that had a sense takes this one.

    Args:
        prefecture: where.
        libelle: as the file writes it.
        motif: what it is here.
        file: who receives for it.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``file`` on its field, ``libelle`` on its field.
    """
    exiger_planifier_partout(par, prefecture)
    medical = file.site.genre == Site.Genre.MEDICAL
    if medical or file.site.prefecture_id != prefecture.pk or not file.motifs.filter(pk=motif.pk).exists():
        raise ErreurMetier("file", "Cette file ne reçoit pas pour cette démarche.", champ="file")
    connus = MotifRepris.objects.select_for_update(of=("self",)).filter(prefecture=prefecture).order_by("pk")
    memes = [m.pk for m in connus if cle_de_motif(m.libelle) == cle_de_motif(libelle)]
    MotifRepris.objects.filter(pk__in=memes).delete()
    nomme = MotifRepris(prefecture=prefecture, libelle=libelle, motif=motif, file=file)
    try:
        nomme.full_clean()
    except ValidationError as erreur:
        raise refus_du_modele(erreur) from erreur
    nomme.save()
    _noter("motif_nomme", prefecture, par, maintenant, motif_id=motif.pk)
    return nomme


@acte
def oublier_motif(nomme: MotifRepris, *, par: Acteur, maintenant: datetime) -> None:
    """Forget what an object of the former module is here; appointments taken over stay.

    Raises:
        DroitRefuse: 403.
    """
    exiger_planifier_partout(par, nomme.prefecture)
    nomme.delete()
    _noter("motif_oublie", nomme.prefecture, par, maintenant)


def _noter(quoi: str, prefecture: Prefecture, par: Acteur, maintenant: datetime, **charge: int) -> None:
    journaliser(
        f"planning:reprise_{quoi}", par=par, maintenant=maintenant, prefecture_id=prefecture.pk, charge=dict(charge)
    )
