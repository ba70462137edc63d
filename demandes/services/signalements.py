"""Signals against hoarding: found by machine, judged by an agent. Nothing is decided about anybody (RGPD, art. 22)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from demandes.acteur import Acteur
from demandes.calculs.boites import boite_de
from demandes.calculs.signalements import ReglesSignalements
from demandes.droits import Droit
from demandes.models import AdresseConnue, Demande, Mandat, Prefecture, RechercheSignalements, Signalement
from demandes.models.signalements import BORNES
from demandes.selectors_signalements import lire_signalement
from demandes.services.journal import journaliser
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.horloge import aujourdhui
from planipref.commun.jetons import deriver
from planipref.commun.transactions import acte, etape

Etat, Genre = Signalement.Etat, Signalement.Genre
# Kinds whose key is that of a connection.
DE_CONNEXION = (Genre.CONNEXION, Genre.CESSION, Genre.AILLEURS)
# Kinds found in the traces of connections.
DE_TRACES = (*DE_CONNEXION, Genre.REPETEE)
# Traces of connections, and what signals keep of them, live so long.
DUREE_CONNEXION = timedelta(days=30)
# The hash of a phone or of a mail is of use as long as the widest window may still show the same facts.
DUREE_CONTACT = timedelta(days=BORNES["contacts_jours"][1])
# Then who was concerned, and what an agent made of it, go too: a year after the last fact.
DUREE_SIGNALEMENT = timedelta(days=365)
EFFACE = "efface:"
# What is compared: phones are kept as E.164 by the field that reads them (`ChampTelephone`), mails as they were given.
CONTACTS: dict[str, tuple[str, Callable[[str], str]]] = {
    Genre.TELEPHONE: ("usager__telephone", str),
    Genre.COURRIEL: ("usager__courriel", boite_de),
}


def cle_de(usage: str, valeur: str) -> str:
    """Return the keyed hash of a phone, a mail or an address of connection: it tells the same one, and is no secret's.

    Args:
        usage: what it is; the same value in two usages has two hashes.
        valeur: as compared.
    """
    return deriver(f"signalement-{usage}", valeur)


@etape
def signaler(
    prefecture_id: int,
    genre: str,
    cle: str,
    *,
    nombre: int,
    demandes: Collection[int],
    premier_le: datetime,
    dernier_le: datetime,
) -> Signalement:
    """Write a signal, or bring it up to date; one that was judged comes back only when it has grown since.

    Args:
        prefecture_id: where.
        genre: kind.
        cle: hash of what is shared.
        nombre: persons, or places.
        demandes: those concerned.
        premier_le: first fact.
        dernier_le: last one.
    """
    faits = {"nombre": nombre, "premier_le": premier_le, "dernier_le": dernier_le}
    signalement, neuf = Signalement.objects.get_or_create(
        prefecture_id=prefecture_id, genre=genre, cle=cle, defaults=faits
    )
    if not neuf:
        signalement = Signalement.objects.select_for_update(no_key=True).get(pk=signalement.pk)
        if signalement.etat != Etat.A_EXAMINER and not _est_autre(signalement, nombre, demandes):
            signalement.dernier_le = max(dernier_le, signalement.dernier_le)  # not forgotten as long as it lasts
            signalement.save(update_fields=["dernier_le"])
            signalement.demandes.add(*demandes)
            return signalement
        signalement.etat, signalement.nombre = Etat.A_EXAMINER, max(nombre, signalement.nombre)
        signalement.premier_le = min(premier_le, signalement.premier_le)
        signalement.dernier_le = max(dernier_le, signalement.dernier_le)
        signalement.save(update_fields=["etat", *faits])
    signalement.demandes.add(*demandes)  # those seen before stay: facts that leave the window do not undo it
    return signalement


def _est_autre(signalement: Signalement, nombre: int, demandes: Collection[int]) -> bool:
    """Say whether a signal already judged is to be judged again: more than then, or as many again, unknown then."""
    connues = set(signalement.demandes.order_by("pk").values_list("pk", flat=True))
    return nombre > signalement.nombre or len(set(demandes) - connues) >= signalement.nombre


@acte
def signaler_les_contacts(prefecture: Prefecture, seuils: ReglesSignalements, *, maintenant: datetime) -> int:
    """Signal the phones and the mails that too many different persons gave.

    A family is one person, and so is who deposited several demandes; those whom an organisation helps do not count.

    Returns:
        How many are above the threshold.
    """
    jour = aujourdhui(prefecture.fuseau, maintenant)
    aidees = Mandat.objects.en_cours(jour).filter(demande__prefecture=prefecture).values("demande")
    depuis = maintenant - timedelta(days=seuils.contacts_jours)
    recentes = (
        Demande.objects.deposees()
        .filter(prefecture=prefecture, deposee_le__gt=depuis)
        .exclude(canal=Demande.Canal.ACCOMPAGNEMENT)
        .exclude(pk__in=aidees)
    )
    faits = 0
    for genre, (champ, comparer) in CONTACTS.items():
        for cle, demandes in _partages(recentes, champ, comparer, seuils.contacts).items():
            signaler(
                prefecture.pk,
                genre,
                cle_de(genre, cle),
                nombre=len({d.personne for d in demandes}),
                demandes=[d.pk for d in demandes],
                premier_le=min(d.deposee_le for d in demandes),
                dernier_le=max(d.deposee_le for d in demandes),
            )
            faits += 1
    return faits


@dataclass(frozen=True)
class _Donne:
    """A demande with the contact that it gives, and for whom; a family is the person who began for it."""

    pk: int
    personne: int
    deposee_le: datetime


def _partages(
    demandes: QuerySet[Demande], champ: str, comparer: Callable[[str], str], seuil: int
) -> dict[str, list[_Donne]]:
    """Return the demandes of each contact that many persons give, whatever its spellings (two queries).

    Read twice: the first pass keeps a number by contact only, of persons at most, the second those that may be shared.

    Args:
        demandes: those looked at.
        champ: where their contact is; empty ones are nobody's.
        comparer: returns what the spellings of one contact share.
        seuil: persons from which it is returned.
    """
    siennes = demandes.exclude(**{champ: ""}).annotate(personne=Coalesce("principale__usager", "usager"))
    couples = siennes.order_by(champ, "personne").values_list(champ, "personne").distinct()
    au_plus = Counter(comparer(contact) for contact, _ in couples.iterator())
    if max(au_plus.values(), default=0) < seuil:
        return {}
    donnees: dict[str, list[_Donne]] = defaultdict(list)
    for contact, *lue in siennes.order_by("pk").values_list(champ, "pk", "personne", "deposee_le").iterator():
        cle = comparer(contact)
        if au_plus[cle] >= seuil:
            donnees[cle].append(_Donne(*lue))
    return {cle: siens for cle, siens in donnees.items() if len({d.personne for d in siens}) >= seuil}


@acte
def juger(
    signalement: Signalement, *, confirme: bool, note: str = "", par: Acteur, maintenant: datetime
) -> Signalement:
    """Say what an agent makes of a signal; it changes nothing for the persons.

    Args:
        signalement: it.
        confirme: whether something is wrong; set aside otherwise.
        note: what was found; required to confirm.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``note`` on its field; ``deja_traite`` (409).
    """
    if confirme and not note.strip():
        raise ErreurMetier("note", "Dites ce que vous avez constaté.", champ="note")
    frais = _verrouiller(signalement, par)
    _conclure(frais, Etat.CONFIRME if confirme else Etat.ECARTE, note, par, maintenant)
    return frais


@acte
def declarer_connue(
    signalement: Signalement, *, raison: str, jusqu_au: date, par: Acteur, maintenant: datetime
) -> AdresseConnue:
    """Say that a connection is shared for a good reason, until a day: it is set aside, and makes no signal till then.

    Args:
        signalement: of a connection.
        raison: such as the name of a France Services.
        jusqu_au: last day, within a year.
        par: agent.
        maintenant: instant.

    Raises:
        DroitRefuse: 403. ErreurMetier: ``pas_une_connexion``, ``deja_traite`` (409); ``raison``, ``jusqu_au``.
    """
    jour = aujourdhui(signalement.prefecture.fuseau, maintenant)
    if not raison.strip():
        raise ErreurMetier("raison", "Dites qui partage cette connexion.", champ="raison")
    if not jour < jusqu_au <= jour + timedelta(days=366):
        raise ErreurMetier("jusqu_au", "Choisissez un jour à venir, dans un an au plus.", champ="jusqu_au")
    frais = _verrouiller(signalement, par)
    if frais.genre not in DE_CONNEXION:
        raise ErreurMetier("pas_une_connexion", "Ce signalement n’est pas celui d’une connexion.", statut=409)
    connue, _ = AdresseConnue.objects.update_or_create(
        prefecture_id=frais.prefecture_id,
        cle=frais.cle,
        defaults={"raison": raison.strip(), "jusqu_au": jusqu_au, "agent_id": par.pk, "le": maintenant},
    )
    _conclure(frais, Etat.ECARTE, raison, par, maintenant, adresse_connue=connue.pk)
    return connue


@etape
def _verrouiller(signalement: Signalement, par: Acteur) -> Signalement:
    droits = (Droit.VERIFIER, Droit.INSTRUIRE)
    if not any(par.peut(d, prefecture_id=signalement.prefecture_id) for d in droits):
        raise DroitRefuse
    if lire_signalement(par, signalement.pk) is None:
        raise DroitRefuse
    frais = Signalement.objects.select_for_update(of=("self",), no_key=True).get(pk=signalement.pk)
    if frais.etat != Etat.A_EXAMINER:
        raise ErreurMetier("deja_traite", "Un autre agent a déjà traité ce signalement.", statut=409)
    return frais


@etape
def _conclure(signalement: Signalement, etat: str, note: str, par: Acteur, maintenant: datetime, **charge: int) -> None:
    signalement.etat, signalement.note = etat, note.strip()[:500]
    signalement.traite_par_id, signalement.traite_le = par.pk, maintenant
    signalement.save(update_fields=["etat", "note", "traite_par", "traite_le"])
    journaliser(
        f"signalement:{etat}",
        par=par,
        maintenant=maintenant,
        prefecture_id=signalement.prefecture_id,
        charge={"signalement_id": signalement.pk, **charge},
    )


@acte
def oublier_signalements(*, maintenant: datetime) -> int:
    """Erase what signals keep when it is of no use any more; idempotent.

    The hash of a connection, or of who gives back place after place, thirty days after the last fact, that of a phone
    or of a mail ninety; the connections known until a day past; a year after the last fact, the whole signal, with whom
    it concerned and what was said of it.

    Returns:
        How many were erased.
    """
    finis, _ = Signalement.objects.filter(dernier_le__lt=maintenant - DUREE_SIGNALEMENT).delete()
    vieux = Q(genre__in=DE_TRACES, dernier_le__lt=maintenant - DUREE_CONNEXION)
    vieux |= Q(genre__in=CONTACTS, dernier_le__lt=maintenant - DUREE_CONTACT)
    effaces = (
        Signalement.objects.filter(vieux)
        .exclude(cle__startswith=EFFACE)
        .update(cle=Concat(Value(EFFACE), Cast("pk", CharField())))
    )
    connues, _ = AdresseConnue.objects.filter(jusqu_au__lt=maintenant.date() - timedelta(days=1)).delete()
    return finis + effaces + connues


@acte
def noter_la_recherche(prefecture: Prefecture, *, maintenant: datetime) -> None:
    """Write when signals were last looked for in a préfecture."""
    RechercheSignalements.objects.update_or_create(prefecture=prefecture, defaults={"faite_le": maintenant})
