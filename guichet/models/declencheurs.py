"""Database triggers of the counter: rules that cross tables, or compare a row with what it was."""

from __future__ import annotations

import pgtrigger

from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur


def titre_de_la_prefecture() -> Declencheur:
    """Refuse a title kept at, or matched to a demande of, another préfecture than its own."""
    return Declencheur(
        name="titre_de_la_prefecture",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("prefecture_id", "site_id", "demande_id"),
        func=f"""
        IF NOT EXISTS (SELECT 1 FROM demandes_site WHERE id = NEW.site_id AND prefecture_id = NEW.prefecture_id)
           OR (NEW.demande_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM demandes_demande WHERE id = NEW.demande_id AND prefecture_id = NEW.prefecture_id)) THEN
          {refus("titre_de_la_prefecture", "Un titre, son site et sa demande sont de la même préfecture.")}
        END IF;
        RETURN NEW;
        """,
    )


def titre_sorti() -> Declencheur:
    """Refuse to change what became of a title that left the stock."""
    return Declencheur(
        name="titre_sorti",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("etat", "demande_id", "numero_titre"),
        condition=pgtrigger.Condition("OLD.etat <> 'en_stock'"),
        func=f"""
        {refus("titre_sorti", "Ce titre a quitté le stock.")}
        RETURN NEW;
        """,
    )
