"""Which counter for which queue: as many as can be served at once, by augmenting paths (Kuhn 1955)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def attribuer(
    besoins: Sequence[int], guichets: Mapping[int, Collection[int]], preferes: Sequence[int | None] = ()
) -> list[int | None]:
    """Give a counter of its own to as many needs as possible, the first ones before the others.

    Args:
        besoins: queue of each need.
        guichets: queues that each counter serves.
        preferes: counter liked by each need, tried first; none by default.

    Returns:
        For each need its counter, None when there is none left.
    """
    tenu_par: dict[int, int] = {}

    def placer(besoin: int, vus: set[int]) -> bool:
        aime = preferes[besoin] if besoin < len(preferes) else None
        for guichet in sorted(guichets, key=lambda g: (g != aime, g)):
            if guichet in vus or besoins[besoin] not in guichets[guichet]:
                continue
            vus.add(guichet)
            if guichet not in tenu_par or placer(tenu_par[guichet], vus):
                tenu_par[guichet] = besoin
                return True
        return False

    for besoin in range(len(besoins)):
        placer(besoin, set())
    trouves = {besoin: guichet for guichet, besoin in tenu_par.items()}
    return [trouves.get(besoin) for besoin in range(len(besoins))]
