"""The planning file of each agent, and the rules of each site: what the plan must know before it is made."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from demandes.droits import Droit
from demandes.models import Agent, Prefecture
from demandes.views.agents import acteur_de, agent_de
from planipref.commun.acces import droit
from planipref.commun.erreurs import DroitRefuse, ErreurMetier
from planipref.commun.formulaires import FormulaireDsfr, sur_le_formulaire
from planipref.commun.horloge import aujourdhui, maintenant
from planipref.commun.reponses import vers
from planning import selectors_fiches as lectures
from planning.forms.fiches import DEMIES, FormulaireHabilitation, FormulaireRegime, FormulaireReglesSite, dernier_jour
from planning.models import Habilitation, RegimeTravail
from planning.selectors_agents import absences_a_venir, dire_absence
from planning.selectors_medical import prefectures_planifiees
from planning.selectors_ouvertures import files_planifiees, sites_planifies
from planning.services import fiches as services
from planning.views.commun import site_demande

PAR_PAGE = 50
RECHERCHE_MAX = 100


@droit(Droit.PLANIFIER)
@require_GET
def fiches(request: HttpRequest) -> HttpResponse:
    """List the agents with what the plan knows of them today."""
    q, file = request.GET.get("q", "")[:RECHERCHE_MAX], request.GET.get("file", "")
    lignes = lectures.lignes_de_fiches(agent_de(request), q, file)
    contexte = {
        "page": Paginator(lignes, PAR_PAGE).get_page(request.GET.get("page")),
        "q": q,
        "file": file,
        "files": [(str(f.pk), f"{f.nom} ({f.site.nom})") for f in files_planifiees(agent_de(request))],
        "sans": lectures.SANS,
    }
    return render(request, "planning/fiches.html", contexte)


@droit(Droit.PLANIFIER)
@require_GET
def fiche(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the plan knows of an agent."""
    agent, prefecture = _agent(request, pk)
    jour = aujourdhui(prefecture.fuseau)
    libelles = [libelle for _, libelle in DEMIES]
    absences = absences_a_venir([agent], maintenant=maintenant())[:PAR_PAGE]
    contexte = {
        "agent": agent,
        "prefecture": prefecture,
        "habilitations": [
            (h, dernier_jour(h.pendant), jour in h.pendant)
            for h in lectures.habilitations_de(agent, prefectures_planifiees(agent_de(request)))
        ],
        "regimes": [
            (
                r,
                dernier_jour(r.pendant),
                ", ".join(libelles[h] for h in r.libres),
                ", ".join(libelles[h] for h in r.teletravail),
            )
            for r in lectures.regimes_de(agent)
        ],
        "absences": [dire_absence(a, prefecture.fuseau) for a in absences],
    }
    return render(request, "planning/fiche.html", contexte)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def habilitation_ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an agent a habilitation."""
    agent, prefecture = _agent(request, pk)
    initial = {"niveau": Habilitation.Niveau.CONFIRME.value, "du": aujourdhui(prefecture.fuseau)}
    form = FormulaireHabilitation(request.POST or None, files=files_planifiees(agent_de(request)), initial=initial)
    return _habilitation(request, form, Habilitation(agent=agent), f"Habiliter {agent}")


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def habilitation_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a habilitation, or end it."""
    habilitation = _exiger_habilitation(request, pk)
    initial = FormulaireHabilitation.depuis(habilitation)
    form = FormulaireHabilitation(request.POST or None, files=files_planifiees(agent_de(request)), initial=initial)
    return _habilitation(request, form, habilitation, f"Habilitation de {habilitation.agent}")


def _habilitation(
    request: HttpRequest, form: FormulaireHabilitation, habilitation: Habilitation, titre: str
) -> HttpResponse:
    retrait = reverse("planning:habilitation_retirer", args=[habilitation.pk]) if habilitation.pk else ""

    def poser() -> None:
        services.poser_habilitation(habilitation, form.valeurs, par=acteur_de(request), maintenant=maintenant())

    return _saisie(request, form, habilitation.agent, {"titre": titre, "retrait": retrait}, poser)


@droit(Droit.PLANIFIER)
@require_POST
def habilitation_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a habilitation away."""
    habilitation = _exiger_habilitation(request, pk)
    try:
        services.retirer_habilitation(habilitation, par=acteur_de(request), maintenant=maintenant())
    except DroitRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, erreur.message)
    else:
        messages.success(request, "L’habilitation est retirée.")
    return _vers(habilitation.agent)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def regime_ajouter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an agent a work regime."""
    agent, prefecture = _agent(request, pk)
    initial = {"quotite": 100, "du": aujourdhui(prefecture.fuseau)}
    form = FormulaireRegime(request.POST or None, files=files_planifiees(agent_de(request)), initial=initial)
    return _regime(request, form, RegimeTravail(agent=agent), prefecture, f"Régime de travail de {agent}, à ajouter")


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def regime_modifier(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a work regime."""
    regime, prefecture = _exiger_regime(request, pk)
    initial = FormulaireRegime.depuis(regime)
    form = FormulaireRegime(request.POST or None, files=files_planifiees(agent_de(request)), initial=initial)
    return _regime(request, form, regime, prefecture, f"Régime de travail de {regime.agent}")


def _regime(
    request: HttpRequest, form: FormulaireRegime, regime: RegimeTravail, prefecture: Prefecture, titre: str
) -> HttpResponse:
    retrait = reverse("planning:regime_retirer", args=[regime.pk]) if regime.pk else ""

    def poser() -> None:
        par, instant = acteur_de(request), maintenant()
        services.poser_regime(regime, form.valeurs, prefecture_id=prefecture.pk, par=par, maintenant=instant)

    return _saisie(request, form, regime.agent, {"titre": titre, "retrait": retrait}, poser)


@droit(Droit.PLANIFIER)
@require_POST
def regime_retirer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a work regime away."""
    regime, prefecture = _exiger_regime(request, pk)
    services.retirer_regime(regime, prefecture_id=prefecture.pk, par=acteur_de(request), maintenant=maintenant())
    messages.success(request, "Le régime de travail est retiré.")
    return _vers(regime.agent)


@droit(Droit.PLANIFIER)
@require_http_methods(["GET", "POST"])
def regles_semaine(request: HttpRequest) -> HttpResponse:
    """Set what a site asks of a week, and which queues are sensitive."""
    sites = sites_planifies(agent_de(request))
    site = site_demande(request, sites)
    if site is None:
        raise Http404
    files = lectures.files_du_site(site)
    form = FormulaireReglesSite(request.POST or None, files=files, regles=lectures.regles_de(site))
    if form.is_bound and form.is_valid():
        valeurs = dict(form.cleaned_data)
        sensibles = valeurs.pop("sensibles")
        services.regler_site(site, valeurs, sensibles=sensibles, par=acteur_de(request), maintenant=maintenant())
        messages.success(request, "Les règles du planning sont enregistrées.")
        return vers(f"{reverse('planning:regles_semaine')}?site={site.code}")
    contexte = {"form": form, "site": site, "sites": sites}
    return render(request, "planning/regles_semaine.html", contexte, status=422 if form.errors else 200)


def _saisie(
    request: HttpRequest, form: FormulaireDsfr, agent: Agent, contexte: dict[str, str], poser: Callable[[], None]
) -> HttpResponse:
    """Show a form about an agent; save it and come back to their file."""
    if form.is_bound and form.is_valid():
        try:
            poser()
        except ErreurMetier as erreur:
            sur_le_formulaire(form, erreur)
        else:
            messages.success(request, "C’est enregistré. Les plannings à venir en tiendront compte.")
            return _vers(agent)
    tout = contexte | {"form": form, "agent": agent}
    return render(request, "planning/fiche_saisie.html", tout, status=422 if form.errors else 200)


def _agent(request: HttpRequest, pk: int) -> tuple[Agent, Prefecture]:
    trouve = lectures.agent_planifie(agent_de(request), pk)
    if trouve is None:
        raise Http404
    return trouve


def _exiger_habilitation(request: HttpRequest, pk: int) -> Habilitation:
    habilitation = lectures.habilitation_planifiee(agent_de(request), pk)
    if habilitation is None:
        raise Http404
    return habilitation


def _exiger_regime(request: HttpRequest, pk: int) -> tuple[RegimeTravail, Prefecture]:
    trouve = lectures.regime_planifie(agent_de(request), pk)
    if trouve is None:
        raise Http404
    return trouve


def _vers(agent: Agent) -> HttpResponseRedirect:
    return vers("planning:fiche", agent.pk)
