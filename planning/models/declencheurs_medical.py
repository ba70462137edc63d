"""Database triggers of medical agendas: no agrément, no slot, hence nobody sent to the doctor."""

from __future__ import annotations

import pgtrigger

from demandes.calculs.avis import SIGNATURES, SIGNATURES_COMMISSION
from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur

# How many of an agenda's doctors hold an agrément of the préfecture on the day of a slot.
_AGREES = """
    SELECT count(DISTINCT g.medecin_id) FROM planning_agendamedical_medecins l
      JOIN demandes_medecin m ON m.id = l.medecin_id AND m.actif AND m.prefecture_id = p.id
      JOIN demandes_agrement g ON g.medecin_id = m.id AND g.pendant @> (NEW.debut AT TIME ZONE p.fuseau)::date
      WHERE l.agendamedical_id = a.id
"""
# Locked until the slot is there: an agrément shortened meanwhile waits, then sees it (`agrement_tenu`).
_VERROUILLER = """
    PERFORM 1 FROM planning_agendamedical a
      JOIN planning_agendamedical_medecins l ON l.agendamedical_id = a.id
      JOIN demandes_agrement g ON g.medecin_id = l.medecin_id
      WHERE a.file_id = NEW.file_id ORDER BY g.id FOR SHARE OF g;
"""


def creneau_agree() -> Declencheur:
    """Refuse to open a slot on a day when a doctor of its agenda is not agréé."""
    return Declencheur(
        name="creneau_agree",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("etat", "debut", "file_id"),
        condition=pgtrigger.Condition("NEW.etat = 'ouvert'"),
        func=f"""{_VERROUILLER}
        IF EXISTS (
          SELECT 1 FROM planning_agendamedical a
            JOIN planning_fileguichet f ON f.id = a.file_id
            JOIN demandes_site s ON s.id = f.site_id
            JOIN demandes_prefecture p ON p.id = s.prefecture_id
          WHERE a.file_id = NEW.file_id
            AND ({_AGREES}) < CASE a.genre WHEN 'commission' THEN {SIGNATURES_COMMISSION} ELSE {SIGNATURES} END
        ) THEN
          {refus("creneau_agree", "Aucun agrément en vigueur ce jour-là pour cet agenda.")}
        END IF;
        RETURN NEW;
        """,
    )


def agrement_tenu() -> Declencheur:
    """Refuse to remove or shorten an agrément under an open slot to come: the slots are withdrawn in the same act."""
    return Declencheur(
        name="agrement_tenu",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("pendant", "medecin_id") | pgtrigger.Delete,
        func=f"""
        IF EXISTS (
          SELECT 1 FROM planning_agendamedical_medecins l
            JOIN planning_agendamedical a ON a.id = l.agendamedical_id
            JOIN planning_fileguichet f ON f.id = a.file_id
            JOIN demandes_site s ON s.id = f.site_id
            JOIN demandes_prefecture p ON p.id = s.prefecture_id
            JOIN planning_creneau c ON c.file_id = f.id AND c.etat = 'ouvert' AND c.debut > now()
          WHERE l.medecin_id = OLD.medecin_id
            AND OLD.pendant @> (c.debut AT TIME ZONE p.fuseau)::date
            AND (TG_OP = 'DELETE' OR NEW.medecin_id <> OLD.medecin_id
                 OR NOT NEW.pendant @> (c.debut AT TIME ZONE p.fuseau)::date)
        ) THEN
          {refus("agrement_tenu", "Des créneaux sont encore ouverts après cette date : retirez-les d’abord.")}
        END IF;
        IF TG_OP = 'DELETE' THEN
          RETURN OLD;
        END IF;
        RETURN NEW;
        """,
    )
