"""What moves a visit under way: put aside and taken back, sent to another queue or counter, put back in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from demandes.acteur import Acteur
from demandes.droits import Droit
from guichet.calculs.ordre import instant_de_rang
from guichet.models import Passage
from guichet.models.passage import NOTE_MAX
from guichet.selectors import regles_de
from guichet.services.guichet import (
    exiger,
    exiger_appels,
    exiger_sans_pause,
    journaliser_passage,
    occuper,
    tenu,
    verrouiller_passage,
)
from guichet.services.phases import passer
from planipref.commun.erreurs import ErreurMetier
from planipref.commun.transactions import acte
from planning.models import FileGuichet, Guichet

JUSTE_APRES = timedelta(milliseconds=1)
A_LIBERER = {"guichet": None, "agent": None}


@acte
def suspendre(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Put a visit aside, while the person fetches a paper or a photo: the counter is free for the next one.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.RECU)
    passer(passage, Passage.Etat.SUSPENDU, maintenant=maintenant)
    journaliser_passage("passage:suspendu", passage, par, maintenant)
    return passage


@acte
def reprendre(passage: Passage, guichet: Guichet, *, par: Acteur, maintenant: datetime) -> Passage:
    """Take back a visit put aside, at any counter of the site.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``passage_en_cours``, ``guichet_tenu``, ``en_pause`` (409).
    """
    exiger(par, Droit.RECEVOIR, guichet.site)
    exiger_sans_pause(par)
    passage = verrouiller_passage(passage)
    if passage.etat != Passage.Etat.SUSPENDU or passage.site_id != guichet.site_id:
        raise ErreurMetier("passage_ferme", "Ce passage n’est plus mis de côté.", statut=409)
    occuper(passage, Passage.Etat.RECU, guichet, par=par, maintenant=maintenant)
    journaliser_passage("passage:repris", passage, par, maintenant)
    return passage


@acte
def prendre_la_suite(passage: Passage, guichet: Guichet, *, par: Acteur, maintenant: datetime) -> Passage:
    """Take over the visit that a colleague has left at their counter: they went, the person is still there.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``passage_en_cours``, ``guichet_tenu``, ``en_pause`` (409).
    """
    exiger(par, Droit.RECEVOIR, guichet.site)
    exiger_sans_pause(par)
    passage = verrouiller_passage(passage)
    tenu_ailleurs = passage.etat in (Passage.Etat.APPELE, Passage.Etat.RECU) and passage.agent_id != par.pk
    if not tenu_ailleurs or passage.site_id != guichet.site_id:
        raise ErreurMetier("passage_ferme", "Ce passage n’est plus en cours à un autre guichet.", statut=409)
    occuper(passage, Passage.Etat(passage.etat), guichet, par=par, maintenant=maintenant)
    journaliser_passage("passage:pris_en_suite", passage, par, maintenant)
    return passage


@acte
def transferer(
    passage: Passage,
    file: FileGuichet,
    *,
    guichet: Guichet | None = None,
    note: str = "",
    par: Acteur,
    maintenant: datetime,
) -> Passage:
    """Send a person on to another queue or counter, with a word for who takes over; they keep their rank.

    Args:
        passage: the visit at the agent's counter.
        file: queue where they go on waiting.
        guichet: counter meant; the others may call them once the site's delay is over.
        note: what the next agent should know; never shown to the public.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403.
        ErreurMetier: ``passage_ferme`` (409); ``file`` when the site or the counter does not serve it; ``note``.
    """
    passage = tenu(passage, par, Passage.Etat.APPELE, Passage.Etat.RECU)
    if file.site_id != passage.site_id or not file.actif or not file.guichets.filter(actif=True).exists():
        raise ErreurMetier("file", "Aucun guichet de ce site ne sert cette file.", champ="vers")
    if guichet is not None and not guichet.files.filter(pk=file.pk).exists():
        raise ErreurMetier("file", "Ce guichet ne sert pas cette file.", champ="vers")
    if len(note) > NOTE_MAX:
        raise ErreurMetier("note", f"Écrivez {NOTE_MAX} caractères au plus.", champ="note")
    passer(
        passage,
        Passage.Etat.ARRIVE,
        maintenant=maintenant,
        file=file,
        guichet_voulu=guichet,
        transfere_le=maintenant,
        note=note.strip(),
        nb_appels=0,
        **A_LIBERER,
    )
    journaliser_passage("passage:transfere", passage, par, maintenant)
    return passage


@acte
def remettre_en_attente(passage: Passage, *, par: Acteur, maintenant: datetime) -> Passage:
    """Put a person who did not answer back among those who wait, as if they came now; their appointment is kept.

    One person at least is called before them: whoever does not answer is not called again at once.

    Raises:
        DroitRefuse: 403; ErreurMetier: ``passage_ferme``, ``appel_recent``, ``trop_peu_d_appels`` (409).
    """
    passage = tenu(passage, par, Passage.Etat.APPELE)
    exiger_appels(passage)
    rang = instant_de_rang(maintenant, None, passage.priorite, regles_de(passage.site))
    suivant = Passage.objects.en_attente().du_jour(passage.site_id, passage.jour).filter(file=passage.file_id).first()
    if suivant is not None:
        rang = max(rang, suivant.rang + JUSTE_APRES)
    passer(passage, Passage.Etat.ARRIVE, maintenant=maintenant, rang=rang, **A_LIBERER)
    journaliser_passage("passage:remis_en_attente", passage, par, maintenant)
    return passage
