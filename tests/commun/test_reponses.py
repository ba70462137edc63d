"""The address that tries are counted against: that of the person, never one that the person wrote."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from planipref.commun.reponses import adresse_ip


@pytest.mark.parametrize(
    ("directe", "annoncees", "attendue"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # nobody of ours: the header is worth nothing
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # the first one is the client's own word
        ("127.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),  # two proxies of ours
        ("127.0.0.1", "", "127.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "", "2001:db8:1:2::/64"),  # one subscriber, as many addresses as they like
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_adresse_ip_believes_our_proxies_only(settings: Any, directe: str, annoncees: str, attendue: str) -> None:
    settings.PLANIPREF_MANDATAIRES = ["127.0.0.1", "10.0.0.2"]
    entetes = {"X-Forwarded-For": annoncees} if annoncees else {}
    assert adresse_ip(RequestFactory().get("/", headers=entetes, REMOTE_ADDR=directe)) == attendue
