"""The names that a plan and its reports show: the shortest that the author could have written."""

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from catlearn.plan.ir import Place
from catlearn.source import Span
from catlearn.theory.names import bare
from catlearn.theory.theory import Theory


def shown_names(theory: Theory) -> Mapping[str, str]:
    """Each qualified name of what a category holds, with its bare name where no other category has that one too."""
    objects = chain.from_iterable(category.objects for category in theory.categories.values())
    holders = (theory.spaces, theory.clouds, tuple(objects), theory.structural_maps, theory.runs, theory.laws)
    qualified = tuple(dict.fromkeys(chain.from_iterable(holders)))
    holds = Counter(bare(name) for name in qualified)
    return {name: bare(name) if holds[bare(name)] == 1 else name for name in qualified}


def place(span: Span) -> Place:
    """Where a span begins."""
    line, column = span.source.position(span.start)
    return Place(file=span.source.path, line=line, column=column)
