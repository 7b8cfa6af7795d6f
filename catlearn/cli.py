"""The command line: arguments, files and exit statuses (DESIGN 8). What a command does is in `catlearn.verbs`.

What not every command needs is imported where it is used: `--help` answers within 150 ms and `check` within 300 ms.

The exit status is the first that applies of: 130 interrupted; 70 internal error; 2 usage or specification error; 4 a
run or a measurement could not be completed; 1 a claim's expectation is unmet by a decided verdict; 3 one is unmet
and undecided or vacuous; 0. Results go to standard output, everything else to standard error.
"""

import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from catlearn import verbs
from catlearn.diagnostics import DESCRIPTIONS, Diagnostic, document, errors, nearest, render
from catlearn.report.numbers import plural

if TYPE_CHECKING:
    from catlearn.plan.ir import Device
    from catlearn.report.run_document import RunDocument
    from catlearn.report.text import Paper
    from catlearn.theory.check import Checked
    from catlearn.verdict.documents import Verification

INTERRUPTED, INTERNAL, USAGE, INCOMPLETE, UNMET, OPEN, MET = 130, 70, 2, 4, 1, 3, 0


class Failure(Exception):
    """A command that ends early, with its exit status and the kind of its error."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        self.status, self.kind = status, kind
        super().__init__(message)


@dataclass(frozen=True)
class Terminal:
    """Where a command's results and messages go, and in which form."""

    as_json: bool
    no_color: bool

    def colour(self, stream: TextIO) -> bool:
        """Whether a stream shows colours."""
        plain = self.no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return stream.isatty() and not plain

    def paper(self) -> "Paper":
        """Standard output, as wide as its terminal."""
        import shutil

        from catlearn.report.text import Paper

        return Paper(shutil.get_terminal_size((100, 24)).columns, self.colour(sys.stdout))

    def answer(self, in_json: Callable[[], str], in_words: Callable[[], str]) -> None:
        """Print a result in the form that was asked for. That its reader has gone changes no exit status."""
        try:
            print((in_json if self.as_json else in_words)().rstrip("\n"), flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def diagnose(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Print diagnostics for people."""
        for found in diagnostics:
            print(render(found, self.colour(sys.stderr)), file=sys.stderr, end="\n\n")

    def fail(self, kind: str, message: str) -> None:
        """Print an error that is not about a specification."""
        if self.as_json:
            self.answer(lambda: _dumped({"schema": 1, "error": {"kind": kind, "message": message}}), str)
        print(f"{'internal error' if kind == 'internal' else 'error'}: {message}", file=sys.stderr)


def _dumped(content: object) -> str:
    import json

    return json.dumps(content, indent=1, ensure_ascii=False)


def _specification_error(terminal: Terminal, found: verbs.SpecificationError) -> int:
    terminal.diagnose(found.diagnostics)
    if terminal.as_json:
        terminal.answer(lambda: _dumped(document(found.diagnostics)), str)
    print(plural(len(errors(found.diagnostics)), "error"), file=sys.stderr)
    return USAGE


@contextmanager
def _stored(status: int = INCOMPLETE) -> Iterator[None]:
    """What the store refuses is a failure of the command, not a mistake of ours."""
    from catlearn.store.store import StoreError

    try:
        yield
    except StoreError as error:
        raise Failure(status, "store", str(error)) from error


def _command(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the shared flags and turn the errors that it may raise into messages and exit statuses."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("--no-color", is_flag=True, help="Print no colours.")
    @functools.wraps(function)
    def answered(as_json: bool, no_color: bool, **arguments: Any) -> int:
        terminal = Terminal(as_json, no_color)
        try:
            return function(terminal, **arguments)
        except verbs.SpecificationError as error:
            return _specification_error(terminal, error)
        except verbs.UnknownClaim as error:
            terminal.fail("unknown-claim", str(error))
        except verbs.UnknownDiagram as error:
            terminal.fail("unknown-diagram", str(error))
        except verbs.UnknownRun as error:
            terminal.fail("unknown-run", str(error))
        except verbs.UnknownExecutor as error:
            terminal.fail("unknown-executor", str(error))
        except verbs.UnknownDevice as error:
            terminal.fail("unknown-device", str(error))
        except verbs.NotAStore as error:
            terminal.fail("not-a-store", str(error))
        except Failure as failure:
            terminal.fail(failure.kind, str(failure))
            return failure.status
        except MemoryError:
            terminal.fail("memory", "there is not enough memory; what is stored is kept")
            return INCOMPLETE
        except Exception as error:  # the one place where what nobody expected becomes a message
            return _internal(terminal, error)
        return USAGE

    return answered


MOST_LANES = 1 << 16
"""The lanes of a program on a GPU."""

_SPEC = click.argument("spec", type=click.Path(path_type=Path))
_DIRECTORY = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
_STORE = click.option("--store", metavar="DIR", type=click.Path(path_type=Path), help="Where results are kept.")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_DATA = click.option("--data", metavar="DIR", type=_FOLDER, help="Where datasets are looked for.")
_EXECUTOR = click.option(
    "--executor",
    metavar="NAME",
    help="Where to train: inline, local or dask[:ADDRESS]. By default in worker processes where that pays.",
)
_DEVICE = click.option(
    "--device",
    type=click.Choice(("cpu", "cuda")),
    help="Where to train: the processor or a GPU. By default where it was done last; at first the processor.",
)
_LANES = click.option(
    "--lanes",
    metavar="N",
    type=click.IntRange(1, MOST_LANES),
    help="On a GPU: how many runs train side by side, by default 64. Their last bits depend on it.",
)


def _seed_range(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...]:
    """The seeds of `16..31`."""
    if text is None:
        return ()
    first, dots, last = text.partition("..")
    if not (dots and first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()):
        raise click.BadParameter(f"`{text}` is not a range of seeds such as 16..31")
    if not 0 <= int(last) - int(first) < MOST_SEEDS:
        raise click.BadParameter(f"`{text}` is not a range of 1 to {MOST_SEEDS} seeds")
    return tuple(range(int(first), int(last) + 1))


MOST_SEEDS = 10_000
"""The seeds that can be added at once."""

_ADD_SEEDS = click.option(
    "--add-seeds", metavar="A..B", callback=_seed_range, help="Train these seeds of every run too, as 16..31."
)
_ONLY = click.option("--only", metavar="CLAIM", help="Attend to one claim.")
_EXTERN = click.option("--allow-extern", is_flag=True, help="Import the modules that `extern` names.")


@click.version_option(package_name="catlearn", message="%(prog)s %(version)s")
@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """State what training runs have in common, and have it decided.

    A .cat file says what is trained, how, and what is claimed to be the same."""


def _checked_line(spec: Path, checked: "Checked") -> str:
    wrong = errors(checked.diagnostics)
    counts = [plural(len(wrong), "error") if wrong else "no errors"]
    if checked.theory is not None:
        counts = [plural(len(checked.theory.claims), "claim"), plural(len(checked.theory.runs), "run"), *counts]
    if len(checked.diagnostics) > len(wrong):
        counts.append(plural(len(checked.diagnostics) - len(wrong), "warning"))
    return f"{spec}: {', '.join(counts)}"


@commands.command()
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until interrupted.")
@_DATA
@_command
def check(terminal: Terminal, specs: tuple[Path, ...], watch: bool, data: Path | None) -> int:
    """Check specifications without running anything."""
    if watch:
        return _watch(terminal, specs, data)
    every = [verbs.check(spec, data=data) for spec in specs]
    found = [diagnostic for checked in every for diagnostic in checked.diagnostics]
    wrong = errors(found)
    terminal.diagnose(found)
    pairs = zip(specs, every, strict=True)
    lines = [_checked_line(spec, checked) for spec, checked in pairs if checked.theory is not None]
    if terminal.as_json or lines:
        terminal.answer(lambda: _dumped(document(found)), lambda: "\n".join(lines))
    if wrong:
        print(plural(len(wrong), "error"), file=sys.stderr)
    return USAGE if wrong else MET


def _watch(terminal: Terminal, specs: tuple[Path, ...], data: Path | None) -> int:
    """Check again and again: the diagnostics and one line for each specification. A terminal is cleared before."""
    if terminal.as_json:
        raise Failure(USAGE, "usage", "--watch prints one summary after another, and --json one document only")
    for every in verbs.watch(specs, data=data):
        if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
            print("\x1b[2J\x1b[H", end="")
        for spec, checked in zip(specs, every, strict=True):
            terminal.diagnose(checked.diagnostics)
            print(_checked_line(spec, checked), flush=True)
    return MET


@commands.command()
@click.argument("directory", metavar="[DIR]", default=Path(), type=click.Path(path_type=Path))
@_command
def init(terminal: Terminal, directory: Path) -> int:
    """Write a commented starter specification."""
    try:
        path = verbs.initialise(directory)
    except FileExistsError as error:
        raise Failure(USAGE, "exists", f"{error.filename} exists already, and is left as it is") from error
    except OSError as error:
        raise Failure(USAGE, "output", f"cannot write into {directory}: {error.strerror}") from error
    following = f"catlearn verify {path}"
    content = {"schema": 1, "file": str(path), "next": following}
    terminal.answer(lambda: _dumped(content), lambda: f"wrote {path}\nnext: {following}")
    return MET


@commands.command()
@_SPEC
@click.option("-o", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write the plan to a file.")
@_STORE
@_DATA
@click.option("--emit", "language", type=click.Choice(("python",)), help="Write a standalone PyTorch script instead.")
@click.option("--only", metavar="RUN", help="With --emit: one run, and what it starts from.")
@_EXTERN
@_ADD_SEEDS
@_DEVICE
@_LANES
@_command
def compile(
    terminal: Terminal,
    spec: Path,
    output: Path | None,
    store: Path | None,
    data: Path | None,
    language: str | None,
    only: str | None,
    allow_extern: bool,
    add_seeds: tuple[int, ...],
    device: "Device | None",
    lanes: int | None,
) -> int:
    """Show the plan: what trains, what is frozen, what is stored, and the time and space for the rest."""
    from catlearn.report import text
    from catlearn.store.forecast import forecast
    from catlearn.store.store import Store

    if language is not None:
        return _emit(terminal, spec, output, data, only, allow_extern)
    if only is not None:
        raise Failure(USAGE, "usage", "--only names a run to write a script for: give --emit python too")
    with _stored():
        plan = verbs.compile(
            spec, store=store, data=data, add_seeds=add_seeds, device=device, lanes=lanes, allow_extern=allow_extern
        )
    if output is not None:
        _write(output, plan.to_json())
    with _stored():
        found = forecast(plan, Store(store or verbs.default_store(spec)))
    terminal.answer(plan.to_json, lambda: text.plan(terminal.paper(), plan, found))
    return MET


def _emit(
    terminal: Terminal, spec: Path, output: Path | None, data: Path | None, only: str | None, allow_extern: bool
) -> int:
    from catlearn.emit.refusal import NotEmitted

    try:
        with _stored():
            script = verbs.emit(spec, data=data, only=only, allow_extern=allow_extern)
    except NotEmitted as error:
        raise Failure(USAGE, "not-emitted", str(error)) from error
    if output is not None:
        _write(output, script)
    content = {"schema": 1, "file": None if output is None else str(output), "script": script}
    terminal.answer(lambda: _dumped(content), lambda: script if output is None else str(output))
    return MET


@commands.command()
@_SPEC
@_STORE
@_DATA
@_ONLY
@_EXTERN
@_ADD_SEEDS
@_EXECUTOR
@_DEVICE
@_LANES
@_command
def run(
    terminal: Terminal,
    spec: Path,
    store: Path | None,
    data: Path | None,
    only: str | None,
    add_seeds: tuple[int, ...],
    executor: str | None,
    device: "Device | None",
    lanes: int | None,
    allow_extern: bool,
) -> int:
    """Train what is missing."""
    from catlearn.report import text
    from catlearn.report.progress import progress_bar

    said = Failures()
    with _stored(), progress_bar(sys.stderr, terminal.colour(sys.stderr)) as progress:
        found = verbs.run(
            spec,
            store=store,
            data=data,
            only=only,
            add_seeds=add_seeds,
            executor=executor,
            device=device,
            lanes=lanes,
            progress=progress,
            say=said,
            allow_extern=allow_extern,
        )
    terminal.answer(found.to_json, lambda: text.runs(terminal.paper(), found))
    return said.status(found)


@commands.command()
@_SPEC
@_STORE
@_DATA
@_ONLY
@_EXTERN
@_ADD_SEEDS
@_EXECUTOR
@_DEVICE
@_LANES
@_command
def verify(
    terminal: Terminal,
    spec: Path,
    store: Path | None,
    data: Path | None,
    only: str | None,
    add_seeds: tuple[int, ...],
    executor: str | None,
    device: "Device | None",
    lanes: int | None,
    allow_extern: bool,
) -> int:
    """Train what is missing, and decide every claim."""
    from catlearn.report import text
    from catlearn.report.progress import progress_bar

    said = Failures()
    with _stored(), progress_bar(sys.stderr, terminal.colour(sys.stderr)) as progress:
        runs, found = verbs.model(
            spec,
            store=store,
            data=data,
            only=only,
            add_seeds=add_seeds,
            executor=executor,
            device=device,
            lanes=lanes,
            progress=progress,
            say=said,
            allow_extern=allow_extern,
        )
    report = str(Path(found.store) / "report.html")
    terminal.answer(found.to_json, lambda: text.verification(terminal.paper(), found, report))
    return said.status(runs) or _unmet(found)


@dataclass(frozen=True)
class Failures:
    """What is said on standard error while runs are trained, each sentence when it is known and once."""

    _said: set[str] = field(default_factory=set)

    def __call__(self, sentence: str) -> None:
        """Say a sentence."""
        self._said.add(sentence)
        print(sentence, file=sys.stderr, flush=True)

    def status(self, runs: "RunDocument") -> int:
        """The status of runs that did not come to their end, each of which is named."""
        failed = [row for row in runs.runs if row.status != "completed"]
        for row in failed:
            sentence = f"error: {row.name}, seed {row.seed}, {row.status}: {row.reason}"
            if sentence not in self._said:
                self(sentence)
        return INCOMPLETE if failed else MET


def _unmet(found: "Verification") -> int:
    """The status of claims whose expectation is unmet."""
    from catlearn.report.standing import is_open

    unmet = [row for row in found.claims if not row.met]
    return (OPEN if all(is_open(row) for row in unmet) else UNMET) if unmet else MET


@commands.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "directory", metavar="DIR", type=click.Path(path_type=Path), help="Write into a directory.")
@_command
def convert(terminal: Terminal, files: tuple[Path, ...], directory: Path | None) -> int:
    """Convert torch checkpoints to safetensors files, which runs can be read from."""
    try:
        written = verbs.convert(files, directory)
    except verbs.NotConverted as error:
        raise Failure(USAGE, "not-converted", str(error)) from error
    rows = [{"file": str(path), "tensors": list(names)} for path, names in written]
    lines = (f"{path}: {plural(len(names), 'tensor')}" for path, names in written)
    terminal.answer(lambda: _dumped({"schema": 1, "files": rows}), lambda: "\n".join(lines))
    return MET


@commands.command()
@_SPEC
@click.argument("run", metavar="RUN")
@_STORE
@_DATA
@_EXTERN
@_command
def why(terminal: Terminal, spec: Path, run: str, store: Path | None, data: Path | None, allow_extern: bool) -> int:
    """Say why a run would be trained again, or would not."""
    with _stored():
        found = verbs.why(spec, run, store=store, data=data, allow_extern=allow_extern)
    terminal.answer(found.to_json, lambda: found.sentence)
    return MET


@commands.command()
@_SPEC
@_STORE
@_DATA
@_EXTERN
@click.option("--dry-run", is_flag=True, help="Remove nothing; list what would be removed.")
@_command
def clean(
    terminal: Terminal, spec: Path, store: Path | None, data: Path | None, dry_run: bool, allow_extern: bool
) -> int:
    """Remove from the store what no plan needs any more."""
    from catlearn.report import text

    with _stored():
        found = verbs.clean(spec, store=store, data=data, dry_run=dry_run, allow_extern=allow_extern)
    terminal.answer(found.to_json, lambda: text.cleaned(terminal.paper(), found))
    return MET


@commands.command()
@_DIRECTORY
@_ONLY
@_EXTERN
@_command
def recheck(terminal: Terminal, directory: Path, only: str | None, allow_extern: bool) -> int:
    """Verify the certificates of a store again."""
    from catlearn.report import text

    with _stored(UNMET):
        found = verbs.recheck(directory, only=only, allow_extern=allow_extern)
    rows = [{"name": row.name, "ok": row.ok, "message": row.message, "evidence": row.evidence} for row in found.rows]
    terminal.answer(
        lambda: _dumped({"schema": 1, "store": str(directory), "ok": found.ok, "rows": rows}),
        lambda: text.rechecked(terminal.paper(), found, only),
    )
    return MET if found.ok else UNMET


@commands.command()
@_DIRECTORY
@_command
def report(terminal: Terminal, directory: Path) -> int:
    """Draw the report of a store: one HTML file."""
    with _stored():
        path = verbs.report(directory)
    terminal.answer(lambda: _dumped({"schema": 1, "report": str(path)}), lambda: str(path))
    return MET


@commands.command()
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Change nothing; status 1 where something would change.")
@click.option("--diff", "as_diff", is_flag=True, help="Change nothing; print what would change.")
@_command
def fmt(terminal: Terminal, specs: tuple[Path, ...], only_check: bool, as_diff: bool) -> int:
    """Bring specifications into canonical layout."""
    from catlearn.syntax.format import format
    from catlearn.syntax.read import read

    found: list[Diagnostic] = []
    rows: list[dict[str, object]] = []
    for spec in specs:
        source, unreadable = read(spec)
        text, mistakes = (None, unreadable) if source is None else format(source)
        found += mistakes
        if source is None or text is None or mistakes:
            continue
        changed = text != source.text
        rows.append({"file": str(spec), "changed": changed, "diff": _difference(spec, source.text, text)})
        if changed and not (only_check or as_diff):
            _write(spec, text)
    terminal.diagnose(found)
    shown = [str(row["diff" if as_diff else "file"]) for row in rows if row["changed"]]
    content = {"schema": 1, "files": rows, "diagnostics": document(found)["diagnostics"]}
    if terminal.as_json or shown:
        terminal.answer(lambda: _dumped(content), lambda: "\n".join(shown))
    return USAGE if found else UNMET if only_check and shown else MET


def _difference(path: Path, before: str, after: str) -> str:
    from difflib import unified_diff

    lines = before.splitlines(), after.splitlines()
    return "\n".join(unified_diff(*lines, str(path), f"{path} (formatted)", lineterm=""))


_FORMS = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".tex": "tikz-cd"}
_FORM = click.Choice(("svg", "dot", "mermaid", "tikz-cd"))


@commands.command()
@_SPEC
@click.option("--format", "form", type=_FORM, help="What to write: by default what the name of FILE says, else SVG.")
@click.option("-o", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write the diagrams to a file.")
@click.option("--only", metavar="NAME", help="Draw one category, functor, pullback, cell or law.")
@_command
def graph(terminal: Terminal, spec: Path, form: str | None, output: Path | None, only: str | None) -> int:
    """Draw the categories, functors, pullbacks and cells of a specification."""
    chosen = form or (_FORMS.get(output.suffix, "svg") if output else "svg")
    text = verbs.graph(spec, form=chosen, only=only)
    if output is not None:
        _write(output, text)
    content = {"schema": 1, "format": chosen, "file": None if output is None else str(output), "diagram": text}
    terminal.answer(lambda: _dumped(content), lambda: text if output is None else str(output))
    return MET


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Failure(USAGE, "output", f"cannot write {path}: {error.strerror}") from error


def _page(code: str) -> str:
    from importlib import import_module
    from importlib.util import find_spec

    name = f"catlearn.theory.rules.{code.replace('-', '_')}"
    page = import_module(name).__doc__ if find_spec(name) else None
    return (page or DESCRIPTIONS[code]).strip()


@commands.command()
@click.argument("code", required=False)
@_command
def explain(terminal: Terminal, code: str | None) -> int:
    """Show the page of a diagnostic, or all codes."""
    if code is None:
        width = max(map(len, DESCRIPTIONS))
        lines = [f"{name:<{width}}  {description}" for name, description in sorted(DESCRIPTIONS.items())]
        codes = [{"code": name, "description": text} for name, text in sorted(DESCRIPTIONS.items())]
        terminal.answer(lambda: _dumped({"schema": 1, "codes": codes}), lambda: "\n".join(lines))
        return MET
    if code not in DESCRIPTIONS:
        hint = nearest(code, DESCRIPTIONS) or ("`catlearn explain` lists the codes",)
        raise Failure(USAGE, "unknown-code", f"no diagnostic has the code `{code}`; {hint[0]}")
    page = _page(code)
    content = {"schema": 1, "code": code, "description": DESCRIPTIONS[code], "page": page}
    terminal.answer(lambda: _dumped(content), lambda: page)
    return MET


def _internal(terminal: Terminal, error: Exception) -> int:
    """One line for people, the traceback in a file for us."""
    import traceback

    text = "".join(traceback.format_exception(error))
    if os.environ.get("CATLEARN_TRACEBACK") == "1":
        print(text, file=sys.stderr, end="")
    line = " ".join(f"{type(error).__name__}: {error}".split())
    terminal.fail("internal", f"{line} ({_kept(text)}); this is a mistake of catlearn, please report it")
    return INTERNAL


def _kept(text: str) -> str:
    import tempfile

    try:
        descriptor, path = tempfile.mkstemp(prefix="catlearn-traceback-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return f"the traceback could not be written: {error.strerror}; CATLEARN_TRACEBACK=1 prints it"
    return f"traceback in {path}"


def status(arguments: list[str]) -> int:
    """Run a command and return its exit status."""
    try:
        return int(commands.main(arguments, prog_name="catlearn", standalone_mode=False) or MET)
    except (click.Abort, KeyboardInterrupt):
        print("interrupted; what is stored is kept, and the same command continues", file=sys.stderr)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE


def main() -> None:
    """The entry point `catlearn`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    found = status(sys.argv[1:])
    if found == INTERRUPTED:  # an `exec` interrupted inside a library makes the interpreter end by SIGINT instead
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(found)
    sys.exit(found)
