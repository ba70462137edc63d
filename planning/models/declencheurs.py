"""Database triggers of the planning: rules that cross tables."""

from __future__ import annotations

import pgtrigger

from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur


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


def rendez_vous_possible() -> Declencheur:
    """Refuse a booking on a closed, withdrawn or past slot, or under a link that no longer holds.

    Two look-ups by key: one join of the two tables costs twice as much, and a place waits for it.
    """
    return Declencheur(
        name="rendez_vous_possible",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("creneau_id", "convocation_id"),
        condition=pgtrigger.Condition("NEW.etat = 'pris'"),
        declare=[("possible", "boolean")],
        func=f"""
        SELECT c.etat = 'ouvert' AND c.debut > now() INTO possible FROM planning_creneau c WHERE c.id = NEW.creneau_id;
        IF possible IS NOT TRUE THEN
          {refus("creneau_ouvert", "Ce créneau est fermé, retiré ou passé.")}
        END IF;
        SELECT v.etat = 'active' AND v.expire_le > now() INTO possible
          FROM demandes_convocation v WHERE v.id = NEW.convocation_id;
        IF possible IS NOT TRUE THEN
          {refus("convocation_valable", "Cette convocation n’est plus valable.")}
        END IF;
        RETURN NEW;
        """,
    )


def prolongement_possible() -> Declencheur:
    """Refuse a further slot that is closed, withdrawn or past."""
    return Declencheur(
        name="prolongement_possible",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
        IF NOT EXISTS (SELECT 1 FROM planning_creneau c
                       WHERE c.id = NEW.creneau_id AND c.etat = 'ouvert' AND c.debut > now()) THEN
          {refus("creneau_ouvert", "Ce créneau est fermé, retiré ou passé.")}
        END IF;
        RETURN NEW;
        """,
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
