"""A store made by hand: the documents of the quickstart with invented numbers, one of each kind of evidence."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from catlearn.evidence.documents import (
    DiagramPicture,
    DiagramsEvidence,
    Member,
    PairedValues,
    RunBar,
    RunBarcodeEvidence,
    SheetPicture,
    SheetsEvidence,
)
from catlearn.plan.document import Document, digest
from catlearn.plan.ir import (
    ClassesQuestion,
    CloudTermsPlan,
    ConstantQuestion,
    DatasetPlan,
    DecideJob,
    FrozenBlock,
    LawQuestion,
    LayerPlan,
    MeasurePlan,
    MeasureQuestion,
    NamedExpression,
    Numerics,
    Place,
    Plan,
    Question,
    RelationCellQuestion,
    RelationPlan,
    RulePlan,
    ShapeQuestion,
    StartInit,
    StrictCellQuestion,
    SymbolNode,
    TensorPlan,
    TrainJob,
)
from catlearn.plan.theory_document import (
    ArrowDocument,
    CategoryDocument,
    CellDocument,
    ClaimDocument,
    FunctorDocument,
    LawDocument,
    ObjectDocument,
    PullbackDocument,
    TheoryDocument,
)
from catlearn.store.record import RunRecord
from catlearn.store.store import Store
from catlearn.verdict.documents import ClaimRow, Verification

SEEDS = tuple(range(16))
PLACE = Place(file="quickstart.cat", line=1, column=1)
RULE = RulePlan(
    name="sgd",
    arguments=(),
    states=(),
    equations=(NamedExpression(name="theta", value=SymbolNode(name="theta")),),
)
BASIN = RelationPlan(name="basin", kind="dihomotopy", slack=0.05, levels=None, modulo="permutations")
AFFIRMATIVE = ("proved", "exact", "supported")
RUNS = {"gd": 420, "ball": 420, "half": 210, "rest": 210, "tune": 105}
DIGESTS = {name: digest(name) for name in RUNS}


def layers() -> tuple[LayerPlan, ...]:
    weight, bias = TensorPlan(name="weight", shape=(10, 64)), TensorPlan(name="bias", shape=(10,))
    return (
        LayerPlan(operation="linear", block="head.0", tensors=(weight, bias), input_shape=(64,), output_shape=(10,)),
    )


def train(name: str, steps: int) -> TrainJob:
    frozen = (FrozenBlock(block="encoder.0", run=DIGESTS["gd"]),) if name == "tune" else ()
    return TrainJob(
        version=1,
        digest=DIGESTS[name],
        name=name,
        place=PLACE,
        seeds=SEEDS,
        layers=layers(),
        dataset=digest("digits"),
        loss="cross_entropy",
        rule=RULE,
        batch=64,
        clip=None,
        keep_last=False,
        steps=steps,
        checkpoint_every=21,
        start=StartInit(),
        frozen=frozen,
        replica=0,
    )


def record(job: TrainJob, seed: int) -> RunRecord:
    random = Random(f"{job.name}{seed}")
    first = 210 if job.name == "rest" else 0
    steps = tuple(range(first, first + job.steps + 1, job.checkpoint_every))
    rate = 0.012 * (1 + 0.3 * random.random())
    train_loss = tuple(0.03 + 2.3 * math.exp(-rate * step) + 0.004 * random.random() for step in steps)
    test_loss = tuple(loss + 0.05 + 0.02 * random.random() for loss in train_loss)
    return RunRecord(
        job=job.digest,
        name=job.name,
        seed=seed,
        status="completed",
        reason=None,
        steps=steps,
        step=steps[-1],
        train_loss=train_loss,
        test_loss=test_loss,
        test_accuracy=tuple(0.9 for _ in steps),
        frozen=(),
        trajectory_sha256="",
        seconds=0.11,
    )


QUESTIONS: dict[str, Question] = {
    "resumes": LawQuestion(law="resume", left=(DIGESTS["half"], DIGESTS["rest"]), right=(DIGESTS["gd"],)),
    "same_rule": StrictCellQuestion(cell="sutskever_form", source=RULE, target=RULE, state_map=(), constant=("lr",)),
    "frozen": ConstantQuestion(map="enc", run=DIGESTS["tune"], blocks=("encoder.0",)),
    "slides": RelationCellQuestion(
        cell="slide", left=DIGESTS["gd"], right=DIGESTS["ball"], relation=BASIN, holds_for=0.8, confidence=0.9
    ),
    "one_seed": ClassesQuestion(runs=(DIGESTS["gd"], DIGESTS["ball"]), relation=BASIN, operator="<=", bound=16),
    "accuracy": MeasureQuestion(
        left=MeasurePlan(name="accuracy", run=DIGESTS["gd"], dataset=digest("digits"), split="test"),
        operator="~",
        right=MeasurePlan(name="accuracy", run=DIGESTS["ball"], dataset=digest("digits"), split="test"),
        margin=0.01,
        confidence=0.95,
    ),
    "shape": ShapeQuestion(
        left=DIGESTS["gd"],
        right=DIGESTS["ball"],
        distance="bottleneck",
        dimensions=(0, 1),
        terms=CloudTermsPlan(size=256, normalise=("rms", "rms")),
        margin=0.1,
        confidence=0.95,
    ),
    "one_class": ClassesQuestion(runs=(DIGESTS["gd"], DIGESTS["ball"]), relation=BASIN, operator="==", bound=1),
}

TEXTS = {
    "resumes": ("resume", ("exact",)),
    "same_rule": ("sutskever_form", ("proved",)),
    "frozen": ("constant(enc, along = tune)", ("exact",)),
    "slides": ("slide { holds_for = 0.8, confidence = 0.9 }", ("supported",)),
    "one_seed": ("classes(gd + ball, by = basin) <= 16", ("supported",)),
    "accuracy": ("accuracy(gd, on = digits.test) ~ accuracy(ball, on = digits.test) within 1%", AFFIRMATIVE),
    "shape": ("L(A@gd) ~ L(A@ball) by bottleneck(dims = 0..1) within 0.10", AFFIRMATIVE),
    "one_class": ("classes(gd + ball, by = basin) == 1", AFFIRMATIVE),
}


def plan() -> Plan:
    return Plan(
        schema=1,
        specification="quickstart.cat",
        theory_digest=digest("theory"),
        numerics=Numerics(torch="2.13.0", numpy="2.4.6"),
        datasets=(
            DatasetPlan(
                digest=digest("digits"),
                name="digits",
                source="sklearn.digits",
                test=0.25,
                seed=0,
                train_size=1348,
                test_size=449,
                classes=10,
            ),
        ),
        train=tuple(train(name, steps) for name, steps in RUNS.items()),
        freeze=(),
        read=(),
        decide=tuple(
            DecideJob(
                version=1,
                digest=digest(name),
                claim=name,
                text=TEXTS[name][0],
                place=PLACE,
                expected=TEXTS[name][1],
                question=question,
                needs=(),
            )
            for name, question in QUESTIONS.items()
        ),
    )


def theory(text: str = "category Param { }\n") -> TheoryDocument:
    param = CategoryDocument(
        name="Param",
        objects=(
            ObjectDocument(name="E", kind="parameters", definition="params(encoder)"),
            ObjectDocument(name="A", kind="parameters", definition="params(encoder) * params(head)"),
            ObjectDocument(name="F", kind="pullback", definition="{ a in A | enc(a) = enc(A@gd) }"),
        ),
        arrows=(
            ArrowDocument(name="enc", kind="structural", source="A", target="E"),
            ArrowDocument(name="inc", kind="leg", source="F", target="A"),
            ArrowDocument(name="gd", kind="run", source="A@init", target="A@gd"),
            ArrowDocument(name="ball", kind="run", source="A@init", target="A@ball"),
            ArrowDocument(name="half", kind="run", source="A@init", target="A@mid"),
            ArrowDocument(name="rest", kind="run", source="A@mid", target="A@gd"),
            ArrowDocument(name="tune", kind="run", source="F@init", target="F@tuned"),
        ),
        laws=(LawDocument(name="resume", left=("half", "rest"), right=("gd",)),),
    )
    cloud = ObjectDocument(name="Z", kind="clouds", definition="cloud(on = X, dim = 32, normalise = rms)")
    rep = CategoryDocument(name="Rep", objects=(cloud,), arrows=(), laws=())
    return TheoryDocument(
        schema=1,
        specification="quickstart.cat",
        text=text,
        digest=digest("theory"),
        categories=(param, rep),
        functors=(
            FunctorDocument(
                name="L",
                source="Param",
                target="Rep",
                images=(("A", "Z"), ("E", "Z"), ("F", "Z"), ("enc", "id(Z)"), ("gd", "trace(every = 1 epoch)")),
            ),
        ),
        pullbacks=(
            PullbackDocument(
                name="F", category="Param", map="enc", along="enc(A@gd)", legs=("inc",), frozen=("encoder.0",)
            ),
        ),
        cells=(
            CellDocument(
                name="sutskever_form",
                kind="strict",
                source="heavy_ball(lr, m)",
                target="sutskever(lr, m)",
                by="theta |-> theta, v |-> lr * v",
            ),
            CellDocument(name="slide", kind="relation", source="gd", target="ball", by="basin"),
        ),
        claims=tuple(
            ClaimDocument(name=name, text=words, expected=expected) for name, (words, expected) in TEXTS.items()
        ),
    )


def member(name: str, seed: int) -> Member:
    return Member(job=DIGESTS[name], name=name, seed=seed)


def sheet(seed: int, columns: int = 140, rows: int = 9) -> SheetPicture:
    random = Random(seed)
    height, place = 0.04 + 0.08 * random.random(), 0.3 + 0.5 * random.random()
    levels = tuple(2.2 * (0.06 / 2.2) ** (column / (columns - 1)) for column in range(columns))

    def bump(row: int, column: int) -> float:
        across = math.sin(math.pi * row / (rows - 1))
        return height * across * math.exp(-((column / columns - place) ** 2) / 0.00008)

    values = tuple(
        tuple(level + bump(row, column) + 0.004 * math.sin(column / 3 + row) for column, level in enumerate(levels))
        for row in range(rows)
    )
    raw = max(row[j] - min(row[: j + 1]) for row in values for j in range(columns))
    return SheetPicture(
        left=member("gd", seed),
        right=member("ball", seed),
        high=2.2,
        low=0.06,
        slack=0.05,
        raw_width=raw,
        width=raw + 0.006,
        rows=tuple(row / (rows - 1) for row in range(rows)),
        levels=levels,
        values=values,
    )


def sheets() -> SheetsEvidence:
    pictures = sorted((sheet(seed) for seed in SEEDS), key=lambda found: -found.width)
    return SheetsEvidence(relation="basin", pictures=tuple(pictures))


def barcode() -> RunBarcodeEvidence:
    bars = []
    for seed in SEEDS:
        births = sorted((0.004 + 0.02 * Random(seed).random(), 0.004 + 0.02 * Random(seed + 99).random()))
        last = None if seed % 3 else 0.11 + 0.01 * seed
        for name, birth, death in (("gd", births[0], last), ("ball", births[1], births[1] + 0.012)):
            bars.append(RunBar(member=member(name, seed), birth=birth, death=death, group=seed))
    return RunBarcodeEvidence(
        relation="basin", high=2.2, low=0.06, slack=0.05, bars=tuple(bars), fewest=1, most=16, comparisons=48
    )


def diagrams(each: int = 255) -> DiagramsEvidence:
    pictures = []
    for name in ("gd", "ball"):
        for seed in SEEDS[:4]:
            random = Random(f"{name}{seed}")
            dead = tuple((0.0, 0.1 + 0.5 * random.random() ** 2) for _ in range(each))
            births = [0.2 + 0.4 * random.random() for _ in range(each // 4)]
            born = tuple((birth, birth + 0.12 * random.random() ** 2) for birth in births)
            pictures.append(DiagramPicture(member=member(name, seed), degree=0, pairs=dead))
            pictures.append(DiagramPicture(member=member(name, seed), degree=1, pairs=born))
    random = Random(5)
    return DiagramsEvidence(
        distance="bottleneck",
        margin=0.1,
        distances=tuple(0.05 + 0.02 * random.random() for _ in SEEDS),
        other_seed_distances=tuple(0.06 + 0.05 * random.random() for _ in range(240)),
        diagrams=tuple(pictures),
    )


def values() -> PairedValues:
    random = Random(3)
    left = tuple(0.96 + 0.01 * random.random() for _ in SEEDS)
    return PairedValues(
        left_name="accuracy(gd)",
        right_name="accuracy(ball)",
        seeds=SEEDS,
        left=left,
        right=tuple(value + 0.008 * (random.random() - 0.55) for value in left),
    )


EVIDENCE: dict[str, Callable[[], Document]] = {
    "slides": sheets,
    "one_seed": barcode,
    "accuracy": values,
    "shape": diagrams,
}


def row(name: str, verdict: str, method: str, **fields: object) -> ClaimRow:
    expected = TEXTS[name][1]
    content: dict[str, object] = {
        "name": name,
        "verdict": verdict,
        "expected": expected,
        "met": verdict in expected,
        "estimate": None,
        "interval": None,
        "confidence": None,
        "n": None,
        "method": method,
        "evidence": (),
        "certificate": f"certificates/{name}.json",
        "rests_on": (),
    }
    return ClaimRow.model_validate({**content, **fields})


def rows() -> tuple[ClaimRow, ...]:
    return (
        row("resumes", "exact", "bitwise: weights, optimiser state and 11 common checkpoints in each seed", n=16),
        row("same_rule", "proved", "symbolic, for all gradient sequences", rests_on=("constant(lr)",)),
        row("frozen", "exact", "bitwise at every checkpoint", n=16),
        row(
            "slides",
            "supported",
            "exact binomial bound on 16 straight sheets with permutation alignment, remainder estimated",
            estimate=1.0,
            interval=(0.8659, None),
            confidence=0.9,
            n=16,
        ),
        row("one_seed", "supported", "classes in an interval", estimate=16.0, interval=(1.0, 16.0), n=32),
        row(
            "accuracy",
            "refuted",
            "two one-sided paired t tests",
            estimate=0.00041234,
            interval=(-0.00078, 0.0016),
            confidence=0.95,
            n=16,
            evidence=("seed 3: 0.9666 against 0.9777", "the mean difference lies in [-0.00078, 0.0016]"),
        ),
        row(
            "shape",
            "supported",
            "mean bottleneck distance, one-sided; not discriminating",
            estimate=0.0604,
            interval=(None, 0.0631),
            confidence=0.95,
            n=16,
            rests_on=("normalisation of clouds",),
        ),
        row(
            "one_class",
            "undecided",
            "classes in an interval",
            estimate=16.0,
            interval=(1.0, 16.0),
            n=32,
            evidence=("witnesses join 16 groups; nothing tells any two of them apart",),
        ),
    )


def fill(store: Store, found: Sequence[ClaimRow], document: TheoryDocument) -> Store:
    jobs = plan()
    for job in jobs.train:
        for seed in job.seeds:
            store.commit_run(record(job, seed), {"head.0.weight": np.zeros((1, 2), dtype=np.float32)})
    for claim in found:
        digests = []
        if claim.name in EVIDENCE:
            text = EVIDENCE[claim.name]().to_json()
            digests.append(digest(text))
            store.commit_evidence(digests[0], text)
        content = {"schema": 1, "claim": claim.name, "verdict": claim.verdict, "evidence": digests}
        store.write_text(f"certificates/{claim.name}.json", json.dumps(content))
    store.write_text("plan.json", jobs.to_json())
    store.write_text("theory.json", document.to_json())
    verification = Verification(spec="quickstart.cat", store=str(store.root), claims=tuple(found), seconds=41.2)
    store.write_text("verdicts.json", verification.to_json())
    return store


@dataclass(frozen=True)
class Workshop:
    """Makes stores by hand; what is not given is that of the quickstart."""

    directory: Path

    def store(
        self, found: Sequence[ClaimRow] | None = None, document: TheoryDocument | None = None, name: str = "made"
    ) -> Store:
        """A filled store in a new directory."""
        store = Store.open(self.directory / f"{name}.catlearn")
        return fill(store, rows() if found is None else found, document or theory())

    @property
    def theory(self) -> TheoryDocument:
        return theory()

    @property
    def rows(self) -> tuple[ClaimRow, ...]:
        return rows()
