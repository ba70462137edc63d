"""Database triggers of the outbox: what has left cannot leave again nor be written anew; what was dealt with."""

from __future__ import annotations

import pgtrigger

from demandes.models.declencheurs import refus
from planipref.commun.declencheurs import Declencheur


def notification_gardee() -> Declencheur:
    """Refuse to remove a message that left: its key keeps it from leaving again."""
    return Declencheur(
        name="notification_gardee",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.etat = 'envoyee'"),
        func=refus("notification_partie", "Un message parti ne repart pas."),
    )


def notification_partie() -> Declencheur:
    """Refuse to queue again a message that left, or to move a letter posted: nobody receives it twice."""
    return Declencheur(
        name="notification_partie",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("etat", "lot_id"),
        condition=pgtrigger.Condition(
            "OLD.etat = 'envoyee' AND (NEW.etat <> 'envoyee' OR NEW.lot_id IS DISTINCT FROM OLD.lot_id)"
        ),
        func=refus("notification_partie", "Un message parti ne repart pas."),
    )


def notification_dite() -> Declencheur:
    """Refuse to change the words kept of a message that left: they go with the personal data of its file only."""
    return Declencheur(
        name="notification_dite",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("objet", "texte"),
        condition=pgtrigger.Condition("OLD.etat = 'envoyee' AND (OLD.objet <> NEW.objet OR OLD.texte <> NEW.texte)"),
        func=f"""
        IF NEW.objet = '' AND NEW.texte = '' AND EXISTS (
          SELECT 1 FROM demandes_demande d WHERE d.id = NEW.demande_id AND d.purgee_le IS NOT NULL
        ) THEN
          RETURN NEW;
        END IF;
        {refus("notification_dite", "Ce qu’un message parti a dit ne change pas.")}
        """,
    )


def suite_tenue() -> Declencheur:
    """Mark the message that did not arrive as dealt with, when a service says what it did about it."""
    return Declencheur(
        name="suite_tenue",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Delete,
        func="""
        IF TG_OP = 'INSERT' THEN
          UPDATE demandes_notification SET traitee = true WHERE id = NEW.notification_id;
        ELSE
          UPDATE demandes_notification SET traitee = false WHERE id = OLD.notification_id;
        END IF;
        RETURN NULL;
        """,
    )
