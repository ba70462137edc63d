"""Database triggers of the planning: rules that cross tables."""

from __future__ import annotations

import pgtrigger

from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur
from planning.calculs.regles import Quota

# Columns that count the places taken of each quota.
PRISES = [f"gardees_{q}_prises" for q in Quota]
_OUVERT = "id = NEW.creneau_id AND etat = 'ouvert' AND debut > now()"
# Locked against a revocation until the booking is over.
# One that joined another takes no place of its own: the family has one appointment.
_CONVOCATION = (
    "demandes_convocation WHERE id = NEW.convocation_id AND etat = 'active' AND jointe_a_id IS NULL "
    "AND expire_le > now() FOR SHARE"
)
_REFUSER_LA_PLACE = f"""
        IF EXISTS (SELECT 1 FROM planning_creneau WHERE {_OUVERT}) THEN
          {refus("creneau_non_surreserve", "Ce créneau est complet.")}
        END IF;
        {refus("creneau_ouvert", "Ce créneau est fermé, retiré ou passé.")}
"""


def restent_gardees(quota: Quota) -> str:
    """Return the SQL of the places still kept for a quota at a slot."""
    return f"GREATEST(gardees_{quota} - gardees_{quota}_prises, 0)"


def libre(instant: str, quotas: str) -> str:
    """Return the SQL condition on a slot, taken in its one row, that a place is left for somebody.

    One kept for a quota of theirs, or one that is kept for nobody. `planning.querysets.CreneauQuerySet.libres` says the
    same; the quota that an appointment counts in says as much as all those of who takes it.

    Args:
        instant: expression of the instant of the booking; places held until before it are free again.
        quotas: expression of the array of the quotas whose kept places are theirs too.
    """
    toutes = " + ".join(map(restent_gardees, Quota))
    des_leurs = " OR ".join(f"('{q}' = ANY({quotas}) AND {restent_gardees(q)} > 0)" for q in Quota)
    return (
        f"prises + CASE WHEN retenues_jusqu_a > {instant} THEN retenues ELSE 0 END"
        f" + CASE WHEN gardees_jusqu_a > {instant} AND NOT ({des_leurs}) THEN {toutes} ELSE 0 END < places"
    )


def _compter(signe: str, quota: str) -> str:
    """Return what counts a place, taken or given back, and in which quota."""
    des_quotas = (f"gardees_{q}_prises = gardees_{q}_prises {signe} (({quota}) = '{q}')::int" for q in Quota)
    return f"prises = prises {signe} 1, {', '.join(des_quotas)}"


# As `planning.querysets.TENUES`.
TENUES = "prevues - LEAST(ecart, 0)"


def reste_du_surplus(prises: str, tenues: str, surplus: str = "surplus") -> str:
    """Return the SQL of what is still kept in surplus: never more than what is taken above what is given.

    Args:
        prises: expression of the places taken from now on.
        tenues: expression of those that the plan or the openings give from now on.
        surplus: expression of what was kept.
    """
    return f"LEAST({surplus}, GREATEST({prises} - ({tenues}), 0))"


def _rendre(creneau: str, quota: str) -> str:
    """Return what gives a place back; above what is planned, it is not offered again, nor is it kept in surplus."""
    return f"""
        UPDATE planning_creneau
          SET {_compter("-", quota)},
              places = GREATEST(prises - 1, LEAST(places, COALESCE(prevues, places))),
              surplus = {reste_du_surplus("prises - 1", TENUES)}
          WHERE id = {creneau};
"""


def affectation_permise() -> Declencheur:
    """Refuse a post to an agent who is absent, or at a counter without the habilitation."""
    return Declencheur(
        name="affectation_permise",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);
        IF EXISTS (SELECT 1 FROM planning_absence a
                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN
          {refus("affectation_agent_present", "L’agent est absent à ce moment.")}
        END IF;
        IF NEW.poste = 'guichet' AND NOT EXISTS (
             SELECT 1 FROM planning_habilitation h
             WHERE h.agent_id = NEW.agent_id AND h.file_id = NEW.file_id
               AND h.pendant @> daterange(lower(NEW.pendant)::date, upper(NEW.pendant)::date, '[]')) THEN
          {refus("affectation_agent_habilite", "L’agent n’a pas l’habilitation de cette file.")}
        END IF;
        RETURN NEW;
        """,
    )


def habilitation_tenue() -> Declencheur:
    """Refuse to withdraw or shorten a habilitation under a post that stands on it: the post is given up first."""
    return Declencheur(
        name="habilitation_tenue",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        declare=[("tenue", "boolean")],
        func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('agent'), OLD.agent_id::int);
        SELECT bool_or(TG_OP = 'DELETE' OR NEW.agent_id <> OLD.agent_id OR NEW.file_id <> OLD.file_id
                       OR NOT NEW.pendant @> j.jours) INTO tenue
          FROM planning_affectation a,
               LATERAL (SELECT daterange(lower(a.pendant)::date, upper(a.pendant)::date, '[]') AS jours) j
          WHERE a.agent_id = OLD.agent_id AND a.poste = 'guichet' AND a.file_id = OLD.file_id
            AND OLD.pendant @> j.jours;
        IF tenue THEN
          {refus("habilitation_tenue", "L’agent tient un guichet de cette file à ces dates.")}
        END IF;
        IF TG_OP = 'DELETE' THEN
          RETURN OLD;
        END IF;
        RETURN NEW;
        """,
    )


def absence_sans_affectation() -> Declencheur:
    """Refuse an absence over an existing post: the post is given up first, in the same act."""
    return Declencheur(
        name="absence_sans_affectation",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('agent'), NEW.agent_id::int);
        IF EXISTS (SELECT 1 FROM planning_affectation a
                   WHERE a.agent_id = NEW.agent_id AND a.pendant && NEW.pendant) THEN
          {refus("absence_agent_affecte", "L’agent est affecté à un poste à ce moment.")}
        END IF;
        RETURN NEW;
        """,
    )


def rendez_vous_occupe() -> Declencheur:
    """Take the place of an appointment as it is written, or refuse it: the counter says what the appointments say.

    A live one needs a link that holds and a slot that is open, to come and not full; one told after the event (a
    history that is loaded) only counts. The slot is taken by the one conditional UPDATE, whoever writes, once the row
    is there: an INSERT that its unique index turns down counts for nothing, and the slot is locked the shortest time.
    """
    return Declencheur(
        name="rendez_vous_occupe",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.etat NOT IN ('annule', 'deplace')"),
        func=f"""
        IF NEW.etat <> 'pris' THEN
          UPDATE planning_creneau SET {_compter("+", "NEW.quota")} WHERE id = NEW.creneau_id;
          RETURN NULL;
        END IF;
        UPDATE planning_creneau SET {_compter("+", "NEW.quota")}
          WHERE {_OUVERT} AND {libre("NEW.pris_le", "ARRAY[NEW.quota]")} AND EXISTS (SELECT 1 FROM {_CONVOCATION});
        IF FOUND THEN
          RETURN NULL;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM {_CONVOCATION}) THEN
          {refus("convocation_valable", "Cette convocation n’est plus valable.")}
        END IF;
        {_REFUSER_LA_PLACE}
        """,
    )


def rendez_vous_libere() -> Declencheur:
    """Give the places back when an appointment is cancelled or moved; it keeps slot, link, quota, and never revives."""
    return Declencheur(
        name="rendez_vous_libere",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("etat", "creneau_id", "convocation_id", "quota"),
        func=f"""
        IF (NEW.creneau_id, NEW.convocation_id, NEW.quota) <> (OLD.creneau_id, OLD.convocation_id, OLD.quota) THEN
          {refus("rendez_vous_fixe", "Un rendez-vous ne change ni de créneau, ni de convocation, ni de quota.")}
        END IF;
        IF NEW.etat = OLD.etat THEN
          RETURN NEW;
        END IF;
        IF OLD.etat <> 'pris' THEN
          {refus("rendez_vous_fini", "Un rendez-vous terminé le reste.")}
        END IF;
        IF NEW.etat IN ('annule', 'deplace') THEN
          {_rendre("NEW.creneau_id", "OLD.quota")}
          DELETE FROM planning_prolongement WHERE rendez_vous_id = NEW.id;
        END IF;
        RETURN NEW;
        """,
    )


def rendez_vous_efface() -> Declencheur:
    """Give the place back when an appointment that held one is deleted."""
    return Declencheur(
        name="rendez_vous_efface",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.etat NOT IN ('annule', 'deplace')"),
        func=f"{_rendre('OLD.creneau_id', 'OLD.quota')} RETURN OLD;",
    )


def prolongement_occupe() -> Declencheur:
    """Take a further slot of a live appointment, or refuse it when it is closed, withdrawn, past or full."""
    return Declencheur(
        name="prolongement_occupe",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        declare=[("premier", "planning_rendezvous%ROWTYPE")],
        func=f"""
        SELECT * INTO premier FROM planning_rendezvous WHERE id = NEW.rendez_vous_id AND etat = 'pris';
        IF NOT FOUND THEN
          {refus("rendez_vous_fini", "Un rendez-vous terminé le reste.")}
        END IF;
        UPDATE planning_creneau SET {_compter("+", "NEW.quota")}
          WHERE {_OUVERT} AND {libre("premier.pris_le", "ARRAY[NEW.quota]")};
        IF FOUND THEN
          RETURN NULL;
        END IF;
        {_REFUSER_LA_PLACE}
        """,
    )


def prolongement_fixe() -> Declencheur:
    """Refuse to change a further slot: it is given back, and another taken."""
    return Declencheur(
        name="prolongement_fixe",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=refus("prolongement_fixe", "Un prolongement ne change pas de créneau : on en prend un autre."),
    )


def prolongement_efface() -> Declencheur:
    """Give a further slot back."""
    return Declencheur(
        name="prolongement_efface",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=f"{_rendre('OLD.creneau_id', 'OLD.quota')} RETURN OLD;",
    )


def creneau_compte() -> Declencheur:
    """Refuse a counter written by hand: the triggers of the appointments move it."""
    return Declencheur(
        name="creneau_compte",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("prises", *PRISES),
        condition=pgtrigger.Condition(
            f"pg_trigger_depth() = 0 AND ({' OR '.join(f'OLD.{c} <> NEW.{c}' for c in ('prises', *PRISES))})"
        ),
        func=refus("creneau_compte", "Les places prises d’un créneau se comptent sur ses rendez-vous."),
    )


def creneau_neuf() -> Declencheur:
    """Refuse a slot born with places taken."""
    return Declencheur(
        name="creneau_neuf",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(" OR ".join(f"NEW.{c} <> 0" for c in ("prises", *PRISES))),
        func=refus("creneau_compte", "Les places prises d’un créneau se comptent sur ses rendez-vous."),
    )


def creneau_pose() -> Declencheur:
    """Refuse to move a slot in time or to another queue once someone has taken it."""
    return Declencheur(
        name="creneau_pose",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("debut", "file_id"),
        condition=pgtrigger.Condition("OLD.prises > 0"),
        func=refus("creneau_pose", "Un créneau déjà pris ne se déplace pas."),
    )
