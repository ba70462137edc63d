"""Database triggers of the shared model: what can never happen is refused by PostgreSQL itself.

Those that a service may have to catch raise SQLSTATE 23514 (an IntegrityError in Django).
"""

from __future__ import annotations

import pgtrigger

from demandes.cycle import paires
from planipref.commun.declencheurs import Declencheur

_REFUS = "RAISE EXCEPTION '{message}' USING ERRCODE = '23514', CONSTRAINT = '{nom}';"


def refus(nom: str, message: str) -> str:
    """Return the PL/pgSQL statement that refuses, as a constraint would, under this name."""
    return _REFUS.format(nom=nom, message=message.replace("'", "''"))


def etat_permis() -> Declencheur:
    """Refuse a change of state that the table of transitions doesn't hold."""
    liste = ", ".join(f"('{d}', '{v}')" for d, v in paires())
    return Declencheur(
        name="demande_etat_permis",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("etat"),
        condition=pgtrigger.Condition("OLD.etat IS DISTINCT FROM NEW.etat"),
        func=f"""
        IF (OLD.etat, NEW.etat) NOT IN ({liste}) THEN
          {refus("demande_etat_permis", "Transition interdite par la table.")}
        END IF;
        RETURN NEW;
        """,
    )


def naissance_en_brouillon() -> Declencheur:
    """Refuse a demande born in any other state than brouillon (bulk loading excepted by session role)."""
    return Declencheur(
        name="demande_nait_brouillon",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.etat <> 'brouillon'"),
        func=refus("demande_nait_brouillon", "Une demande naît en brouillon."),
    )


def etat_journalise() -> Declencheur:
    """Refuse, at commit, a change of state without its event in the same transaction."""
    return Declencheur(
        name="demande_etat_journalise",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("etat"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("OLD.etat IS DISTINCT FROM NEW.etat"),
        func=f"""
        IF NOT EXISTS (
          SELECT 1 FROM demandes_evenement e
          WHERE e.demande_id = NEW.id AND e.transaction = pg_current_xact_id()::text::bigint
            AND e.de = OLD.etat AND e.vers = NEW.etat
        ) THEN
          {refus("demande_etat_journalise", "Changement d’état sans événement au journal.")}
        END IF;
        RETURN NULL;
        """,
    )


def decision_presente() -> Declencheur:
    """Refuse, at commit, a demande granted or refused without the decision that says so."""
    return Declencheur(
        name="demande_decision_presente",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("etat"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("OLD.etat IS DISTINCT FROM NEW.etat AND NEW.etat IN ('accordee', 'refusee')"),
        func=f"""
        IF NOT EXISTS (
          SELECT 1 FROM demandes_decision d
          WHERE d.demande_id = NEW.id AND d.sens = CASE NEW.etat WHEN 'accordee' THEN 'accord' ELSE 'refus' END
        ) THEN
          {refus("demande_decision_presente", "Une demande accordée ou refusée porte la décision qui le dit.")}
        END IF;
        RETURN NULL;
        """,
    )


_MEME_AGENT = "La complétude et la décision reviennent à deux agents différents."


def completude_figee() -> Declencheur:
    """Refuse to change who checked completeness, or to name late the one who decided where two pairs of eyes look."""
    return Declencheur(
        name="demande_completude_figee",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("completude_par_id", "motif_id"),
        condition=pgtrigger.Condition(
            "OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id OR OLD.motif_id <> NEW.motif_id"
        ),
        func=f"""
        IF OLD.completude_par_id IS NOT NULL AND OLD.completude_par_id IS DISTINCT FROM NEW.completude_par_id THEN
          {refus("demande_completude_figee", "L’auteur du constat de complétude ne change pas.")}
        END IF;
        IF EXISTS (
          SELECT 1 FROM demandes_decision d JOIN demandes_motif m ON m.id = NEW.motif_id
          WHERE d.demande_id = NEW.id AND m.quatre_yeux AND d.agent_id = NEW.completude_par_id
        ) THEN
          {refus("decision_quatre_yeux", _MEME_AGENT)}
        END IF;
        RETURN NEW;
        """,
    )


def quatre_yeux() -> Declencheur:
    """Refuse a decision by the agent who checked completeness, where the motif asks for two pairs of eyes."""
    return Declencheur(
        name="decision_quatre_yeux",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("agent_id", "demande_id"),
        func=f"""
        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id FOR NO KEY UPDATE;
        IF EXISTS (
          SELECT 1 FROM demandes_demande d JOIN demandes_motif m ON m.id = d.motif_id
          WHERE d.id = NEW.demande_id AND m.quatre_yeux AND d.completude_par_id = NEW.agent_id
        ) THEN
          {refus("decision_quatre_yeux", _MEME_AGENT)}
        END IF;
        RETURN NEW;
        """,
    )


def decision_rendue() -> Declencheur:
    """Refuse to change or remove a decision once its demande bears it."""
    return Declencheur(
        name="decision_rendue",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete | pgtrigger.UpdateOf("sens", "demande_id", "agent_id"),
        func=f"""
        IF EXISTS (
          SELECT 1 FROM demandes_demande d WHERE d.id = OLD.demande_id
          AND d.etat IN ('accordee', 'refusee', 'a_remettre', 'remise', 'cloturee')
        ) THEN
          {refus("decision_rendue", "Une décision rendue ne change plus.")}
        END IF;
        IF TG_OP = 'DELETE' THEN
          RETURN OLD;
        END IF;
        RETURN NEW;
        """,
    )


_MANDANT = "Le mandat vient de la personne à qui appartient la demande."


def mandat_du_titulaire() -> Declencheur:
    """Refuse a mandate given by anybody else than the person whom the demande belongs to."""
    return Declencheur(
        name="mandat_du_titulaire",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("usager_id", "demande_id"),
        func=f"""
        PERFORM 1 FROM demandes_demande WHERE id = NEW.demande_id AND usager_id = NEW.usager_id FOR KEY SHARE;
        IF NOT FOUND THEN
          {refus("mandat_du_titulaire", _MANDANT)}
        END IF;
        RETURN NEW;
        """,
    )


def titulaire_fige() -> Declencheur:
    """Refuse, at commit, a demande given to another person while its mandates still name the former one."""
    return Declencheur(
        name="demande_titulaire_fige",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("usager_id"),
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("OLD.usager_id <> NEW.usager_id"),
        func=f"""
        IF EXISTS (
          SELECT 1 FROM demandes_mandat m JOIN demandes_demande d ON d.id = m.demande_id
          WHERE d.id = NEW.id AND m.usager_id <> d.usager_id
        ) THEN
          {refus("mandat_du_titulaire", _MANDANT)}
        END IF;
        RETURN NULL;
        """,
    )


def mandat_fige() -> Declencheur:
    """Refuse to change what was signed, or to bring a revoked mandate back.

    The person may change with the demande's own: two records of one person become one (`mandat_du_titulaire` watches).
    """
    return Declencheur(
        name="mandat_fige",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(
            "organisme_id", "demande_id", "portee", "signature", "signe_le", "pendant", "revoque_le"
        ),
        func=f"""
        IF OLD.revoque_le IS NOT NULL AND (
          NEW.revoque_le IS DISTINCT FROM OLD.revoque_le OR NEW.signe_le IS DISTINCT FROM OLD.signe_le
        ) THEN
          {refus("mandat_fige", "Un mandat révoqué ne revient pas.")}
        END IF;
        IF OLD.signe_le IS NOT NULL AND
           (OLD.organisme_id, OLD.demande_id, OLD.portee, OLD.signature, OLD.signe_le, OLD.pendant)
           IS DISTINCT FROM
           (NEW.organisme_id, NEW.demande_id, NEW.portee, NEW.signature, NEW.signe_le, NEW.pendant)
        THEN
          {refus("mandat_fige", "Un mandat signé ne change plus : il se révoque.")}
        END IF;
        RETURN NEW;
        """,
    )


_DEUX_COMPTES = "Un aidant n’a pas de rôle d’agent : il lui faut un autre compte."


def aidant_sans_role() -> Declencheur:
    """Refuse to make an aidant of an account that holds a role, or that administers."""
    return Declencheur(
        name="aidant_sans_role",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("agent_id"),
        func=f"""
        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM demandes_attribution a WHERE a.agent_id = NEW.agent_id)
           OR EXISTS (SELECT 1 FROM demandes_agent c WHERE c.id = NEW.agent_id AND c.is_superuser) THEN
          {refus("aidant_sans_role", _DEUX_COMPTES)}
        END IF;
        RETURN NEW;
        """,
    )


def role_sans_aidant() -> Declencheur:
    """Refuse to give a role of an agent to an aidant."""
    return Declencheur(
        name="attribution_sans_aidant",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("agent_id"),
        func=f"""
        PERFORM 1 FROM demandes_agent WHERE id = NEW.agent_id FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM demandes_aidant a WHERE a.agent_id = NEW.agent_id) THEN
          {refus("aidant_sans_role", _DEUX_COMPTES)}
        END IF;
        RETURN NEW;
        """,
    )


def evenement_vierge() -> Declencheur:
    """Refuse an event born with a rank or a hash: only the sealing at commit gives them."""
    return Declencheur(
        name="evenement_vierge",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.rang IS NOT NULL OR NEW.condensat IS NOT NULL"),
        func=refus("evenement_vierge", "Un événement est scellé par la base, à la validation."),
    )


def journal_scelle() -> Declencheur:
    """Chain each event at commit: the head of the préfecture's chain is locked last, for the shortest time."""
    return Declencheur(
        name="evenement_scelle",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        condition=pgtrigger.Condition("NEW.condensat IS NULL"),
        declare=[("tete", "record"), ("scelle", "bytea")],
        func="""
        INSERT INTO demandes_tetejournal (prefecture_id, rang, condensat)
          VALUES (NEW.prefecture_id, 0, '\\x')
          ON CONFLICT (prefecture_id) DO NOTHING;
        SELECT * INTO tete FROM demandes_tetejournal WHERE prefecture_id = NEW.prefecture_id FOR UPDATE;
        scelle := sha256(tete.condensat || convert_to(evenement_canonique(NEW, tete.rang + 1), 'UTF8'));
        UPDATE demandes_evenement SET rang = tete.rang + 1, condensat = scelle WHERE id = NEW.id;
        UPDATE demandes_tetejournal SET rang = tete.rang + 1, condensat = scelle
          WHERE prefecture_id = NEW.prefecture_id;
        RETURN NULL;
        """,
    )


def journal_immuable() -> list[Declencheur]:
    """Refuse any change or removal of an event, but for its sealing at commit."""
    message = refus("evenement_immuable", "Le journal ne se modifie pas.")
    return [
        Declencheur(
            name="evenement_immuable",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
            IF OLD.condensat IS NULL AND NEW.condensat IS NOT NULL AND
               to_jsonb(OLD) - 'rang' - 'condensat' = to_jsonb(NEW) - 'rang' - 'condensat' THEN
              RETURN NEW;
            END IF;
            {message}
            """,
        ),
        Declencheur(name="evenement_ineffacable", when=pgtrigger.Before, operation=pgtrigger.Delete, func=message),
        Declencheur(
            name="evenement_intronquable",
            when=pgtrigger.Before,
            level=pgtrigger.Statement,
            operation=pgtrigger.Truncate,
            func=message,
        ),
    ]


def cle_identite() -> Declencheur:
    """Keep the key under which duplicates meet: family name, first given name, year of birth.

    Accents, case, hyphens, apostrophes and spaces don't count; the year alone, because civil status may not know day
    or month: the search compares those. Nothing here depends on the locale or on an extension.
    """
    return Declencheur(
        name="usager_cle_identite",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("nom", "prenoms", "date_naissance"),
        declare=[("brut", "text")],
        func="""
        brut := NEW.nom || '|' || split_part(translate(btrim(NEW.prenoms), '-', ' '), ' ', 1);
        brut := regexp_replace(normalize(brut, NFD), '[\\u0300-\\u036f]', '', 'g');
        brut := regexp_replace(regexp_replace(lower(brut), '[Œœ]', 'oe', 'g'), '[Ææ]', 'ae', 'g');
        brut := replace(brut, 'ß', 'ss');
        brut := translate(brut, 'ŁłØøĐđİı -''’.', 'llooddii');
        IF NEW.nom = '' OR NEW.prenoms = '' OR NEW.date_naissance = '' THEN
          NEW.cle_identite := '';
        ELSE
          NEW.cle_identite := brut || '|' || left(NEW.date_naissance, 4);
        END IF;
        RETURN NEW;
        """,
    )


AGENT_COURANT = "planipref.agent"
MODIFICATION_ANNULEE = "planipref.annule"


def modification_notee(modele: str, *, ajouts: bool = True) -> Declencheur:
    """Keep each change of a setting, whoever makes it, with its value before and after.

    Who acts, and which change is undone, are told by two settings of the transaction
    (`demandes.services.parametrage.signer`); without them the change is the tool's own: files loaded, support.

    Args:
        modele: name of the model, as Django lowers it.
        ajouts: whether additions and deletions count; those of the catalogue come from its files.
    """
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete if ajouts else pgtrigger.Update
    prefecture = "(ligne->>'prefecture_id')::bigint"
    return Declencheur(
        name=f"{modele}_modifie",
        when=pgtrigger.After,
        operation=operation,
        declare=[("avant", "jsonb"), ("apres", "jsonb"), ("ligne", "jsonb")],
        func=f"""
        IF TG_OP <> 'INSERT' THEN avant := to_jsonb(OLD); END IF;
        IF TG_OP <> 'DELETE' THEN apres := to_jsonb(NEW); END IF;
        IF avant IS NOT DISTINCT FROM apres THEN RETURN NULL; END IF;
        ligne := COALESCE(apres, avant);
        INSERT INTO demandes_modification
          (modele, objet_id, operation, avant, apres, prefecture_id, agent_id, annule_id)
        VALUES ('{modele}', (ligne->>'id')::bigint, lower(TG_OP), avant, apres, {prefecture},
          NULLIF(current_setting('{AGENT_COURANT}', true), '')::bigint,
          NULLIF(current_setting('{MODIFICATION_ANNULEE}', true), '')::bigint);
        RETURN NULL;
        """,
    )


def famille_permise() -> Declencheur:
    """Refuse a demande in a family of another préfecture, of more than ten, or under a demande that is not principal.

    The principal demande is locked: two threads cannot both be the tenth.
    """
    return Declencheur(
        name="demande_famille_permise",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.principale_id IS NOT NULL"),
        declare=[("tete", "record")],
        func=f"""
        SELECT prefecture_id, principale_id INTO tete FROM demandes_demande
          WHERE id = NEW.principale_id FOR NO KEY UPDATE;
        IF tete.prefecture_id <> NEW.prefecture_id THEN
          {refus("demande_famille_prefecture", "Une famille dépose dans une seule préfecture.")}
        END IF;
        IF tete.principale_id IS NOT NULL THEN
          {refus("demande_famille_principale", "Une demande se rattache à la demande principale de la famille.")}
        END IF;
        IF (SELECT count(*) FROM demandes_demande WHERE principale_id = NEW.principale_id) >= 9 THEN
          {refus("demande_famille_dix", "Une famille dépose dix demandes au plus.")}
        END IF;
        RETURN NEW;
        """,
    )


def famille_fixe() -> Declencheur:
    """Refuse to bring into a family a demande that was not born in it; it may leave, unless convoked with the others.

    So no number, guessed or known, attaches somebody else's demande.
    """
    return Declencheur(
        name="demande_famille_fixe",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("principale_id", "prefecture_id"),
        condition=pgtrigger.Condition(
            "OLD.principale_id IS DISTINCT FROM NEW.principale_id OR OLD.prefecture_id <> NEW.prefecture_id"
        ),
        func=f"""
        IF NEW.principale_id IS NOT NULL OR OLD.principale_id IS NULL AND EXISTS (
          SELECT 1 FROM demandes_demande WHERE principale_id = NEW.id
        ) THEN
          {refus("demande_famille_fixe", "Une demande entre dans une famille en naissant, et n’en change pas.")}
        END IF;
        IF EXISTS (
          SELECT 1 FROM demandes_convocation c WHERE c.demande_id = NEW.id AND c.etat = 'active' AND (
            c.jointe_a_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM demandes_convocation j WHERE j.jointe_a_id = c.id AND j.etat = 'active')
          )
        ) THEN
          {refus("demande_famille_convoquee", "Cette personne est convoquée avec sa famille.")}
        END IF;
        RETURN NEW;
        """,
    )


def convocation_jointe() -> Declencheur:
    """Refuse to join a convocation of another family or object, or one that joins another or is joined already."""
    return Declencheur(
        name="convocation_jointe",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("jointe_a_id", "demande_id", "objet"),
        condition=pgtrigger.Condition("NEW.jointe_a_id IS NOT NULL"),
        func=f"""
        IF NEW.jointe_a_id = NEW.id
           OR EXISTS (SELECT 1 FROM demandes_convocation WHERE jointe_a_id = NEW.id AND etat = 'active')
           OR NOT EXISTS (
             SELECT 1 FROM demandes_convocation c
             JOIN demandes_demande t ON t.id = c.demande_id
             JOIN demandes_demande d ON d.id = NEW.demande_id
             WHERE c.id = NEW.jointe_a_id AND c.jointe_a_id IS NULL AND c.objet = NEW.objet AND t.id <> d.id
               AND COALESCE(t.principale_id, t.id) = COALESCE(d.principale_id, d.id)
           ) THEN
          {refus("convocation_jointe", "On ne joint que les convocations d’une même famille, pour le même objet.")}
        END IF;
        RETURN NEW;
        """,
    )
