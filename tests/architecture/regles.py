"""The rules of the house that no linter knows: each reads one syntax tree and names the faulty lines."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HORLOGE = "planipref/commun/horloge.py"
TRANSITIONS = "demandes/services/transitions.py"


@dataclass(frozen=True)
class Regle:
    """One rule: where it holds, and what breaks it."""

    nom: str
    concerne: Callable[[str], bool]
    fautes: Callable[[ast.AST], Iterator[ast.AST]]
    planche: str  # a planted violation, to prove that the rule can fail
    chemin_planche: str


def _dans(*fragments: str) -> Callable[[str], bool]:
    return lambda chemin: any(f"/{fragment}" in f"/{chemin}" for fragment in fragments)


def _hors(*fragments: str) -> Callable[[str], bool]:
    dedans = _dans(*fragments)
    return lambda chemin: not dedans(chemin)


def _affectations_d_etat(arbre: ast.AST) -> Iterator[ast.AST]:
    for noeud in ast.walk(arbre):
        cibles: list[ast.expr] = []
        if isinstance(noeud, ast.Assign):
            cibles = noeud.targets
        elif isinstance(noeud, ast.AnnAssign | ast.AugAssign):
            cibles = [noeud.target]
        for cible in cibles:
            for sous in ast.walk(cible):
                if isinstance(sous, ast.Attribute) and sous.attr == "etat":
                    yield sous


def _etat_d_une_demande(arbre: ast.AST) -> Iterator[ast.AST]:
    """Find `demande.etat = …`, `….demande.etat = …` and `Demande….update(etat=…)`."""
    for attribut in _affectations_d_etat(arbre):
        assert isinstance(attribut, ast.Attribute)
        if _dernier_nom(attribut.value) in {"demande", "brouillon", "self"}:
            yield attribut
    for appel in _appels(arbre, "update"):
        if any(cle.arg == "etat" for cle in appel.keywords) and "Demande.objects" in ast.unparse(appel.func):
            yield appel


def _etat_hors_service(arbre: ast.AST) -> Iterator[ast.AST]:
    yield from _affectations_d_etat(arbre)
    yield from (a for a in _appels(arbre, "update") if any(cle.arg == "etat" for cle in a.keywords))


def _appels(arbre: ast.AST, *noms: str) -> Iterator[ast.Call]:
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Call) and _dernier_nom(noeud.func) in noms:
            yield noeud


def _dernier_nom(noeud: ast.expr) -> str:
    if isinstance(noeud, ast.Attribute):
        return noeud.attr
    return noeud.id if isinstance(noeud, ast.Name) else ""


def _attributs(*noms: str) -> Callable[[ast.AST], Iterator[ast.AST]]:
    def chercher(arbre: ast.AST) -> Iterator[ast.AST]:
        for noeud in ast.walk(arbre):
            if isinstance(noeud, ast.Attribute) and noeud.attr in noms:
                yield noeud

    return chercher


def _noms(*noms: str) -> Callable[[ast.AST], Iterator[ast.AST]]:
    """Find a name however it is used: called, imported, as a decorator, or as an attribute."""

    def chercher(arbre: ast.AST) -> Iterator[ast.AST]:
        for noeud in ast.walk(arbre):
            portes: list[str] = []
            if isinstance(noeud, ast.ImportFrom):
                portes = [alias.name for alias in noeud.names]
            elif isinstance(noeud, ast.Name | ast.Attribute):
                portes = [_dernier_nom(noeud)]
            if set(portes) & set(noms):
                yield noeud

    return chercher


def _heure(arbre: ast.AST) -> Iterator[ast.AST]:
    for appel in _appels(arbre, "now", "today", "utcnow", "localdate"):
        if isinstance(appel.func, ast.Attribute) and _dernier_nom(appel.func.value) in {"timezone", "datetime", "date"}:
            yield appel


def _sql_compose(arbre: ast.AST) -> Iterator[ast.AST]:
    """Find SQL built from strings: f-string, `%`, `+` or `.format` as the first argument."""
    for appel in _appels(arbre, "execute", "executemany", "raw", "RawSQL"):
        premier = appel.args[0] if appel.args else None
        if isinstance(premier, ast.JoinedStr | ast.BinOp):
            yield appel
        elif isinstance(premier, ast.Call) and _dernier_nom(premier.func) == "format":
            objet = premier.func.value if isinstance(premier.func, ast.Attribute) else None
            if isinstance(objet, ast.Constant):
                yield appel


def _modeles_importes(arbre: ast.AST) -> Iterator[ast.AST]:
    racines = ("demandes", "planning", "guichet", "statistiques")
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.ImportFrom) and noeud.module and noeud.module.split(".")[0] in racines:
            reste = noeud.module.split(".")[1:]
            if reste[:1] in ([], ["models"]):
                yield noeud


def _couches_du_dessus(arbre: ast.AST) -> Iterator[ast.AST]:
    """Find what a selector must not import; the contracts of imports know no name that begins a certain way."""
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.ImportFrom) and noeud.module:
            couches = {*noeud.module.split(".")[1:2], *(alias.name for alias in noeud.names)}
            if couches & {"services", "forms", "views", "admin", "tasks"}:
                yield noeud


def _signaux(arbre: ast.AST) -> Iterator[ast.AST]:
    yield from _noms("receiver")(arbre)
    for appel in _appels(arbre, "connect"):
        if isinstance(appel.func, ast.Attribute) and "_save" in ast.unparse(appel.func.value):
            yield appel


def _save_redefini(arbre: ast.AST) -> Iterator[ast.AST]:
    for classe in (noeud for noeud in ast.walk(arbre) if isinstance(noeud, ast.ClassDef)):
        for membre in classe.body:
            if isinstance(membre, ast.FunctionDef) and membre.name in {"save", "delete"}:
                yield membre


def _select_related_nu(arbre: ast.AST) -> Iterator[ast.AST]:
    yield from (appel for appel in _appels(arbre, "select_related") if not appel.args)


_vue = _dans("views/", "templatetags/")
_modele = _dans("models/")

REGLES = [
    Regle(
        "l’état d’une demande ne change que dans transitions.py",
        lambda chemin: chemin != TRANSITIONS and "/migrations/" not in chemin,
        _etat_d_une_demande,
        "demande.etat = 'recue'",
        "planning/services/rendez_vous.py",
    ),
    Regle(
        "un état ne change que dans un service ou un queryset",
        _hors("services/", "querysets.py", "migrations/", "management/"),
        _etat_hors_service,
        "Passage.objects.filter(pk=1).update(etat='appele')",
        "guichet/views/guichet.py",
    ),
    Regle("pas de .objects dans une vue", _vue, _attributs("objects"), "Demande.objects.all()", "demandes/views/x.py"),
    Regle(
        "pas de signaux",
        lambda chemin: True,
        _signaux,
        "@receiver(post_save)\ndef f(**k): ...",
        "demandes/services/x.py",
    ),
    Regle("pas de save() redéfini", _modele, _save_redefini, "class A:\n def save(self): ...", "demandes/models/x.py"),
    Regle(
        "pas de mark_safe",
        lambda chemin: True,
        _noms("mark_safe"),
        "from django.utils.safestring import mark_safe",
        "planipref/commun/templatetags/x.py",
    ),
    Regle(
        "pas de SQL composé", lambda chemin: True, _sql_compose, "c.execute(f'SELECT {x}')", "planning/services/x.py"
    ),
    Regle(
        "pas de modèle importé dans une migration",
        _dans("migrations/"),
        _modeles_importes,
        "from demandes.models import Demande",
        "demandes/migrations/0002_x.py",
    ),
    Regle(
        "un sélecteur n’importe ni service, ni formulaire, ni vue",
        lambda chemin: re.fullmatch(r"[a-z]+/(selectors|querysets)(_\w+)?\.py", chemin) is not None,
        _couches_du_dessus,
        "from planning.services.reservation import reserver",
        "planning/selectors_lien.py",
    ),
    Regle(
        "pas de print hors des commandes",
        _hors("management/commands/"),
        lambda arbre: _appels(arbre, "print"),
        "print(1)",
        "demandes/services/x.py",
    ),
    Regle(
        "l’heure vient de horloge.py",
        lambda chemin: chemin != HORLOGE and "/migrations/" not in chemin,
        _heure,
        "x = timezone.now()",
        "demandes/services/x.py",
    ),
    Regle(
        "select_related() nomme ce qu’il charge",
        lambda chemin: True,
        _select_related_nu,
        "Demande.objects.select_related()",
        "demandes/querysets.py",
    ),
]


def fautes(regle: Regle, chemin: str, texte: str) -> list[str]:
    """List the breaches of one rule in one file, as `path:line`."""
    if not regle.concerne(chemin):
        return []
    return [f"{chemin}:{getattr(noeud, 'lineno', 0)}" for noeud in regle.fautes(ast.parse(texte))]
