from __future__ import annotations

import pytest
from django.http import HttpResponse, UnreadablePostError

from planipref.commun import corps
from planipref.commun.corps import CorpsLuMiddleware


@pytest.fixture
def televersement(rf):
    return rf.post("/inconnue/", b"x" * 300_000, content_type="application/octet-stream")


def test_refusal_without_reading_still_reads_the_body_to_its_end(televersement):
    reponse = CorpsLuMiddleware(lambda _: HttpResponse(status=403))(televersement)
    assert reponse.status_code == 403
    assert televersement.read(1) == b""


def test_body_beyond_the_limit_is_left(televersement, monkeypatch):
    monkeypatch.setattr(corps, "OCTETS_MAX", 100_000)
    CorpsLuMiddleware(lambda _: HttpResponse())(televersement)
    assert len(televersement.read()) > 100_000


def test_body_already_read_by_the_view_stays_usable(televersement):
    CorpsLuMiddleware(lambda request: HttpResponse(request.body))(televersement)
    assert len(televersement.body) == 300_000


def test_browser_that_went_away_is_no_error(televersement, monkeypatch):
    def partir(_octets):
        raise UnreadablePostError

    monkeypatch.setattr(televersement, "read", partir)
    assert CorpsLuMiddleware(lambda _: HttpResponse())(televersement).status_code == 200
