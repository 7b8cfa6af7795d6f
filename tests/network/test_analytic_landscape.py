"""Analytic landscapes as their specification writes them, against sympy and numpy."""

import numpy as np
import pytest
import sympy
import torch

from catlearn.network.landscape import AnalyticLandscape
from catlearn.source import Source
from catlearn.syntax.parse import parse
from catlearn.theory.check import check

CAMEL = "2 * x^2 - 1.05 * x^4 + x^6 / 6 + x * y + y^2"
WRITTEN = {
    "three-hump camel": (CAMEL, CAMEL),
    "six-hump camel": ("(4 - 2.1 * x^2 + x^4 / 3) * x^2 + x * y + (-4 + 4 * y^2) * y^2",) * 2,
    "Rosenbrock": ("(1 - x)^2 + 100 * (y - x^2)^2",) * 2,
    "Himmelblau": ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2",) * 2,
    "two wells": ("-exp(-(x - 1)^2 - y^2) - exp(-(x + 1)^2 - y^2)",) * 2,
    "ripples": ("sin(3 * x) * cos(2 * y) + log(2 + x^2) - sqrt(1 + y^2)",) * 2,
    "kinks": ("abs(x - y) + max(x, 2 * y) - min(x, y) * sign(x)", "Abs(x - y) + Max(x, 2*y) - Min(x, y)*sign(x)"),
    "a constant": ("3 / 4",) * 2,
}


def landscape(text, variables="x, y", domain="[-2, 2]^2"):
    checked = check(parse(Source("l.cat", f"landscape l({variables}) on {domain} = {text}\n")))
    assert checked.theory is not None, checked.diagnostics
    found = checked.theory.landscapes["l"]
    box = tuple((float(low), float(high)) for low, high in found.box)
    return AnalyticLandscape(found.variables, box, found.expression)


def grid(count=21):
    side = np.linspace(-2, 2, count)
    return np.stack([axis.ravel() for axis in np.meshgrid(side, side)], axis=1)


@pytest.mark.parametrize("name", WRITTEN)
def test_values_are_those_of_sympy(name):
    text, same = WRITTEN[name]
    points = grid()
    formula = sympy.sympify(same.replace("^", "**"), rational=True)
    expected = sympy.lambdify(sympy.symbols("x y"), formula, "numpy")(*points.T) * np.ones(len(points))
    losses = landscape(text).loss(torch.from_numpy(points))
    assert losses.dtype == torch.float64
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_the_camel_has_its_three_minima_where_they_are_known():
    surface = landscape(CAMEL)
    minima = torch.tensor([[0.0, 0.0], [1.7475523, -0.8737762], [-1.7475523, 0.8737762]], dtype=torch.float64)
    np.testing.assert_allclose(surface.loss(minima).numpy(), [0, 0.2986384, 0.2986384], atol=1e-6)
    for place in minima:
        around = place + 0.05 * torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64)
        assert (surface.loss(around) > surface.loss(place[None])).all()


def test_one_variable_a_product_of_intervals_and_the_boundary():
    surface = landscape("x + 10 * y + 100 * z", "x, y, z", "[0, 1] * [-1, 0]^2")
    assert surface.box == ((0, 1), (-1, 0), (-1, 0))
    points = torch.tensor([[0, -1, 0], [1, 0, 0], [1.1, 0, 0], [0.5, 0.1, 0]])
    assert surface.inside(points).tolist() == [True, True, False, False]
    assert landscape("x^2", "x", "[-1, 3]").loss(torch.tensor([[3.0]])).tolist() == [9]


def test_where_there_is_no_real_value_there_is_no_number():
    surface = landscape("sqrt(x) + log(y)")
    losses = surface.loss(torch.tensor([[-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]))
    assert losses.isnan().tolist() == [True, True, False]
    assert losses[2] == 1


def test_points_of_single_precision_are_taken_as_they_are():
    point = torch.tensor([[0.1, 0.2]])
    assert landscape("x").loss(point).item() == float(np.float32(0.1))


def test_a_point_of_another_dimension_is_refused():
    with pytest.raises(ValueError, match="zip"):
        landscape("x + y").loss(torch.zeros(1, 3))
