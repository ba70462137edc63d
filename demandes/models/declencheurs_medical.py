"""Database triggers of medical opinions: no agrément, no signature; all have signed, nothing changes."""

from __future__ import annotations

import pgtrigger

from demandes.calculs.avis import FAVORABLES, SIGNATURES_COMMISSION
from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur

_FAVORABLES = ", ".join(f"'{s}'" for s in sorted(FAVORABLES))


def avis_attendu() -> Declencheur:
    """Refuse an opinion on a demande whose motif asks for none."""
    return Declencheur(
        name="avis_attendu",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
        IF NOT EXISTS (
          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id
          WHERE d.id = NEW.demande_id AND m.examen <> ''
        ) THEN
          {refus("avis_attendu", "Cette démarche ne demande pas d’avis médical.")}
        END IF;
        IF NEW.rendu_le IS NOT NULL THEN
          {refus("avis_signe", "Un avis est rendu quand tous l’ont signé.")}
        END IF;
        RETURN NEW;
        """,
    )


def avis_fige() -> Declencheur:
    """Refuse to change an opinion that a doctor has signed, to remove it once rendered, to render it unsigned."""
    return Declencheur(
        name="avis_fige",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
        IF OLD.rendu_le IS NOT NULL THEN
          {refus("avis_fige", "Un avis rendu ne change plus.")}
        END IF;
        IF TG_OP = 'DELETE' THEN
          RETURN OLD;
        END IF;
        IF EXISTS (SELECT 1 FROM demandes_signatureavis s WHERE s.avis_id = OLD.id) AND
           (OLD.demande_id, OLD.sens, OLD.categories, OLD.restrictions, OLD.duree_mois, OLD.examine_le,
            OLD.signatures_voulues)
           IS DISTINCT FROM
           (NEW.demande_id, NEW.sens, NEW.categories, NEW.restrictions, NEW.duree_mois, NEW.examine_le,
            NEW.signatures_voulues)
        THEN
          {refus("avis_fige", "Un avis signé ne change plus.")}
        END IF;
        IF NEW.rendu_le IS NOT NULL AND NEW.signatures_voulues >
           (SELECT count(*) FROM demandes_signatureavis s WHERE s.avis_id = NEW.id) THEN
          {refus("avis_signe", "Un avis est rendu quand tous l’ont signé.")}
        END IF;
        RETURN NEW;
        """,
    )


def signature_agreee() -> Declencheur:
    """Refuse a signature without an agrément of the préfecture in force on the day of the examination."""
    return Declencheur(
        name="signature_agreee",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
        IF NOT EXISTS (
          SELECT 1 FROM demandes_agrement g
          JOIN demandes_medecin m ON m.id = g.medecin_id
          JOIN demandes_avismedical a ON a.id = NEW.avis_id
          JOIN demandes_demande d ON d.id = a.demande_id
          WHERE g.id = NEW.agrement_id AND g.medecin_id = NEW.medecin_id
            AND m.prefecture_id = d.prefecture_id AND g.pendant @> a.examine_le
        ) THEN
          {refus("signature_agreee", "Ce médecin n’était pas agréé par cette préfecture le jour de l’examen.")}
        END IF;
        RETURN NEW;
        """,
    )


def signature_donnee() -> Declencheur:
    """Refuse to change a signature, or to take it off an opinion that is rendered."""
    return Declencheur(
        name="signature_donnee",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
        IF TG_OP = 'UPDATE' OR EXISTS (
          SELECT 1 FROM demandes_avismedical a WHERE a.id = OLD.avis_id AND a.rendu_le IS NOT NULL
        ) THEN
          {refus("signature_donnee", "Une signature ne change plus.")}
        END IF;
        RETURN OLD;
        """,
    )


def decision_sur_avis() -> Declencheur:
    """Refuse a grant without a favourable opinion, where the motif goes before the commission (R224-12)."""
    return Declencheur(
        name="decision_sur_avis",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.sens = 'accord'"),
        func=f"""
        IF EXISTS (
          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id
          WHERE d.id = NEW.demande_id AND m.examen = 'commission'
        ) AND NOT EXISTS (
          SELECT 1 FROM (
            SELECT a.sens, a.signatures_voulues FROM demandes_avismedical a
            WHERE a.demande_id = NEW.demande_id AND a.rendu_le IS NOT NULL
            ORDER BY a.examine_le DESC, a.id DESC LIMIT 1
          ) dernier WHERE dernier.sens IN ({_FAVORABLES}) AND dernier.signatures_voulues = {SIGNATURES_COMMISSION}
        ) THEN
          {refus("decision_sur_avis", "Sans avis favorable de la commission, la demande ne peut pas être accordée.")}
        END IF;
        RETURN NEW;
        """,
    )
