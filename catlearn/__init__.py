"""catlearn: a declarative language for categories of training runs.

The verbs of the command line as functions: `check`, `compile`, `run`, `verify`, `recheck` and `report` return what
the commands print. They are imported at first use, so that `import catlearn` costs nothing.
"""

import sys
from types import ModuleType

TYPE_CHECKING = False  # `typing` would take half of the time of this import
if TYPE_CHECKING:
    from catlearn.verbs import SpecificationError, UnknownClaim, check, compile, recheck, report, run, verify

__all__ = ["SpecificationError", "UnknownClaim", "check", "compile", "recheck", "report", "run", "verify"]


class _Package(ModuleType):
    """The package, whose attribute `report` is the verb although a sub-package has the same name.

    The import system assigns a sub-package to its parent; the empty setter keeps the verb in its place. The
    sub-package is reached by `from catlearn.report.html import …`."""

    def __getattr__(self, name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module `catlearn` has no attribute `{name}`")
        from catlearn import verbs

        return getattr(verbs, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})

    @property
    def report(self) -> object:
        from catlearn import verbs

        return verbs.report

    @report.setter
    def report(self, package: ModuleType) -> None:
        pass


sys.modules[__name__].__class__ = _Package
