"""Past appointments, kept or missed, without walking a demande to each of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

from demandes.models import Convocation, Usager
from planning.models import Creneau, FileGuichet, ModelePresence, RendezVous
from planning.services.presences import modele_du_jour
from planning.services.publication import publier
from tests.demandes.factories import INSTANT, AgentFactory, DemandeFactory
from tests.planning.factories import FileGuichetFactory, PlageOuvertureFactory

MARDI = date(2030, 3, 5)
HIER = datetime(2030, 3, 3, 9, 0, tzinfo=UTC)


def convocation(usager: Usager | None = None) -> Convocation:
    """An authorisation to come, of an usager of its own unless one is given."""
    demande = DemandeFactory(usager=usager) if usager else DemandeFactory()
    agent = AgentFactory(instructeur=True)
    return Convocation.objects.create(
        demande=demande,
        objet="reception",
        motivation="Essai",
        emise_par=agent,
        emise_le=INSTANT - timedelta(days=400),
        expire_le=INSTANT + timedelta(days=400),
        empreinte=f"essai-{demande.pk}",
    )


def passe(
    qui: Convocation, file: FileGuichet, debut: datetime, *, venu: bool, delai: int = 10, choisi: bool = True
) -> RendezVous:
    """An appointment that is over."""
    creneau, _ = Creneau.objects.get_or_create(file=file, debut=debut, defaults={"minutes": 15, "places": 500})
    return RendezVous.objects.create(
        convocation=qui,
        creneau=creneau,
        etat=RendezVous.Etat.HONORE if venu else RendezVous.Etat.ABSENT,
        pris_le=debut - timedelta(days=delai),
        termine_le=debut,
        choisi=choisi,
    )


def histoire(file: FileGuichet, nombre: int = 120, presence: float = 0.6) -> None:
    """As many appointments of one link in the last weeks, of which a share is kept."""
    alea, qui = Random(1), convocation()
    debuts = [HIER - timedelta(days=rang % 50, minutes=15 * (rang // 50)) for rang in range(nombre)]
    creneaux = Creneau.objects.bulk_create(Creneau(file=file, debut=d, minutes=15, places=1) for d in debuts)
    RendezVous.objects.bulk_create(
        RendezVous(
            convocation=qui,
            creneau=creneau,
            etat=RendezVous.Etat.HONORE if alea.random() < presence else RendezVous.Etat.ABSENT,
            pris_le=creneau.debut - timedelta(days=rang % 20),
            termine_le=creneau.debut,
        )
        for rang, creneau in enumerate(creneaux)
    )


def apprendre(file: FileGuichet) -> ModelePresence:
    """Learn, as the night does, who comes in the préfecture of a queue."""
    return modele_du_jour(file.site.prefecture, maintenant=INSTANT)


def file_ouverte(guichets: int = 3) -> FileGuichet:
    """A queue whose slots of Tuesday morning are published."""
    file: FileGuichet = FileGuichetFactory(remises=False)
    PlageOuvertureFactory(file=file, debut=time(9), fin=time(11), nb_guichets=guichets)
    publier(file.site.prefecture, maintenant=INSTANT, horizon_jours=3)
    return file
