"""Admin of the counter for support: the rules of the order of call."""

from __future__ import annotations

from django.contrib import admin

from guichet.models import RegleAppel
from planipref.commun.administration import Parametre


@admin.register(RegleAppel)
class RegleAppelAdmin(Parametre):
    """Rules of the order of call, national (no site) or of a site."""

    list_display = ("__str__", "avance_rdv", "tolerance_retard", "retard", "avance_priorite")
    list_select_related = ("site",)
