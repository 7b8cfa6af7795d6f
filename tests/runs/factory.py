"""Plans written by hand: small networks, the shipped rules, and rules as trees."""

from fractions import Fraction

from catlearn.plan.document import digest
from catlearn.plan.ir import (
    ApplyNode,
    ConstantNode,
    DatasetPlan,
    LayerPlan,
    NamedExpression,
    Numerics,
    Place,
    Plan,
    RulePlan,
    StartCheckpoint,
    StartInit,
    StartResume,
    SymbolNode,
    TensorPlan,
    TrainJob,
)

DIGITS = DatasetPlan(
    digest="0" * 32,
    name="digits",
    source="sklearn.digits",
    test=0.25,
    seed=0,
    train_size=1348,
    test_size=449,
    classes=10,
)
IRIS = DatasetPlan(
    digest="1" * 32,
    name="iris",
    source="sklearn.iris",
    test=0.2,
    seed=3,
    train_size=120,
    test_size=30,
    classes=3,
    transform="standardise",
)


def linear(block, inputs, outputs):
    tensors = (TensorPlan(name="weight", shape=(outputs, inputs)), TensorPlan(name="bias", shape=(outputs,)))
    return LayerPlan(operation="linear", block=block, tensors=tensors, input_shape=(inputs,), output_shape=(outputs,))


def activation(operation, size):
    return LayerPlan(operation=operation, block=None, tensors=(), input_shape=(size,), output_shape=(size,))


QUICKSTART = (linear("encoder.0", 64, 32), activation("relu", 32), linear("head.0", 32, 10))
SMALL = (linear("encoder.0", 4, 8), activation("tanh", 8), linear("head.0", 8, 3))


class Term:
    """An expression under construction: `symbol("theta") - symbol("lr") * symbol("g")`."""

    def __init__(self, node):
        self.node = node

    def apply(self, operation, *others):
        return Term(ApplyNode(operation=operation, arguments=(self.node, *(term(other).node for other in others))))

    def __add__(self, other):
        return self.apply("add", other)

    def __sub__(self, other):
        return self.apply("subtract", other)

    def __mul__(self, other):
        return self.apply("multiply", other)

    def __truediv__(self, other):
        return self.apply("divide", other)

    def __pow__(self, other):
        return self.apply("power", other)

    def __neg__(self):
        return self.apply("negate")


def term(value):
    if isinstance(value, Term):
        return value
    if isinstance(value, str):
        return Term(SymbolNode(name=value))
    exact = Fraction(str(value))
    return Term(ConstantNode(numerator=exact.numerator, denominator=exact.denominator))


def named(values):
    return tuple(NamedExpression(name=name, value=term(value).node) for name, value in values.items())


def rule(name, arguments, states, equations):
    return RulePlan(name=name, arguments=named(arguments), states=named(states), equations=named(equations))


theta, g, v, m, t, lr = map(term, ("theta", "g", "v", "m", "t", "lr"))
b1, b2, eps = map(term, ("b1", "b2", "eps"))


def sgd(rate=0.1):
    return rule("sgd", {"lr": rate}, {}, {"theta": theta - lr * g})


def heavy_ball(rate=0.01, momentum=0.9):
    step = {"v": m * v + g, "theta": theta - lr * term("v'")}
    return rule("heavy_ball", {"lr": rate, "m": momentum}, {"v": 0}, step)


def adam(rate=0.001):
    one = term(1)
    first = term("m'") / (one - b1**t)
    second = (term("v'") / (one - b2**t)).apply("sqrt")
    return rule(
        "adam",
        {"lr": rate, "b1": 0.9, "b2": 0.999, "eps": Fraction(1, 10**8)},
        {"m": 0, "v": 0},
        {
            "m": b1 * m + (one - b1) * g,
            "v": b2 * v + (one - b2) * g * g,
            "theta": theta - lr * first / (second + eps),
        },
    )


def job(**changes):
    """A train job on digits; the digest is that of its content, as far as training reads it."""
    fields = {
        "version": 1,
        "digest": "",
        "name": "gd",
        "place": Place(file="test.cat", line=1, column=1),
        "seeds": tuple(range(16)),
        "layers": QUICKSTART,
        "dataset": DIGITS.digest,
        "loss": "cross_entropy",
        "rule": sgd(),
        "batch": 64,
        "keep_last": False,
        "clip": None,
        "steps": 42,
        "checkpoint_every": 21,
        "start": StartInit(),
        "frozen": (),
        "replica": 0,
        **changes,
    }
    made = TrainJob(**fields)
    content = made.model_dump(mode="json", exclude={"digest", "place", "seeds", "name"})
    return made.model_copy(update={"digest": digest(content)})


def small_job(**changes):
    """A train job on iris that takes milliseconds."""
    return job(**{"layers": SMALL, "dataset": IRIS.digest, "batch": 16, "steps": 14, "checkpoint_every": 7, **changes})


def plan(*jobs):
    return Plan(
        schema=1,
        specification="test.cat",
        theory_digest="",
        numerics=Numerics(torch="", numpy=""),
        datasets=(DIGITS, IRIS),
        train=jobs,
        freeze=(),
        read=(),
        decide=(),
    )


def resume(parent):
    return StartResume(run=parent.digest)


def checkpoint(parent):
    return StartCheckpoint(run=parent.digest)
