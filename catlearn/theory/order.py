"""Orders of definition: what must be known first, and what is defined by way of itself."""

from collections.abc import Collection, Mapping


def in_order(dependencies: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The names, each after all it depends on, and the cycles; names on or behind a cycle are left out of the order.

    Dependencies on names that are no keys count as known. Each cycle begins with its least name."""
    waiting = {name: {other for other in needs if other in dependencies} for name, needs in dependencies.items()}
    users: dict[str, list[str]] = {name: [] for name in waiting}
    for name, needs in waiting.items():
        for other in needs:
            users[other].append(name)
    order = [name for name, needs in waiting.items() if not needs]
    for name in order:
        for user in users[name]:
            waiting[user].remove(name)
            if not waiting[user]:
                order.append(user)
    return tuple(order), _cycles({name: needs for name, needs in waiting.items() if needs})


def _cycles(waiting: Mapping[str, Collection[str]]) -> tuple[tuple[str, ...], ...]:
    """One cycle for each knot of names that wait for each other."""
    cycles: list[tuple[str, ...]] = []
    left = set(waiting)
    while left:
        inside = {name: needs for name in left if (needs := [other for other in waiting[name] if other in left])}
        if len(inside) == len(left):
            cycle = _first_cycle(min(inside), inside)
            cycles.append(cycle)
            inside = {name: needs for name, needs in inside.items() if name not in cycle}
        left = set(inside)
    return tuple(sorted(cycles))


def _first_cycle(start: str, dependencies: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The cycle met on the way from `start` along the least dependency of each, from its least name."""
    way = {start: None}
    following = min(dependencies[start])
    while following not in way:
        way[following] = None
        following = min(dependencies[following])
    names = list(way)
    cycle = names[names.index(following) :]
    least = cycle.index(min(cycle))
    return (*cycle[least:], *cycle[:least])
