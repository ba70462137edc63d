"""The key of a secret link, and the hash that the database keeps of its token."""

from __future__ import annotations

from planipref.commun.jetons import deriver, empreinte, empreinte_de, nouvelle_cle


def test_new_key_is_unguessable_and_its_hash_is_that_of_the_token_mailed():
    cle, marque = nouvelle_cle("convocation")
    assert marque == empreinte(deriver("convocation", str(cle)))
    assert nouvelle_cle("convocation") != (cle, marque)
    assert cle.version == 4


def test_hash_of_a_key_is_of_one_usage_alone():
    cle, marque = nouvelle_cle("convocation")
    assert empreinte_de("convocation", cle) == empreinte_de("convocation", str(cle)) == marque
    assert empreinte_de("mandat", cle) != marque
