"""Sharpness against Hessians that are known, and against the one that torch forms of a small network."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from catlearn.evidence import curvature
from catlearn.evidence.curvature import hessian_product, sharpness


def quadratic(eigenvalues, seed=0):
    """x ↦ ½ xᵀ A x with the eigenvalues given, in a random orthonormal basis."""
    generator = torch.Generator().manual_seed(seed)
    size = len(eigenvalues)
    basis, _ = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
    matrix = basis @ torch.diag(torch.tensor(eigenvalues, dtype=torch.float64)) @ basis.T
    return lambda point: point @ matrix @ point / 2


@pytest.mark.parametrize(
    "eigenvalues",
    [(3.0, 1.0), (-2.0, -5.0), (0.5,), tuple(range(1, 41)), (7.0, *[1e-3] * 60), (2.0, *[-9.0] * 30)],
)
def test_a_quadratic_is_as_sharp_as_its_largest_eigenvalue(eigenvalues):
    point = torch.ones(len(eigenvalues))
    assert sharpness([quadratic(eigenvalues)], point) == pytest.approx(max(eigenvalues), rel=1e-6)


def test_a_loss_in_parts_is_their_sum():
    whole, rest = quadratic(range(1, 31)), quadratic(range(1, 31), seed=1)
    point = torch.zeros(30, dtype=torch.float64)
    directions = np.eye(30)
    products = [hessian_product([whole, rest], point, torch.from_numpy(row)) for row in directions]
    expected = np.linalg.eigvalsh(torch.stack(products).numpy())[-1]
    assert sharpness([whole, rest], point) == pytest.approx(expected, rel=1e-6)
    assert sharpness([whole], point) != pytest.approx(expected, rel=1e-2)


def test_a_network_is_as_sharp_as_the_hessian_that_torch_forms():
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 4, (40,), generator=generator)

    def loss(point):
        first, second = point[:24].view(6, 4), point[24:].view(4, 7)
        hidden = torch.tanh(inputs @ first[:, :3].T + first[:, 3])
        return functional.cross_entropy(hidden @ second[:, :6].T + second[:, 6], labels)

    point = torch.randn(52, generator=generator, dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(loss, point)
    assert sharpness([loss], point) == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]), rel=1e-6)


def test_what_is_linear_has_no_curvature():
    assert sharpness([lambda point: point.sum()], torch.ones(3)) == 0.0
    assert sharpness([lambda point: point.sum() + 2 * point[0] ** 2], torch.ones(3)) == pytest.approx(4.0)


def test_the_start_of_the_iteration_is_that_of_a_generator_of_its_own(monkeypatch):
    torch.manual_seed(1)
    np.random.seed(1)
    first = sharpness([quadratic(range(1, 41))], torch.zeros(40))
    np.random.seed(2)
    assert sharpness([quadratic(range(1, 41))], torch.zeros(40)) == first
    monkeypatch.setattr(curvature, "DENSE", 100)
    assert sharpness([quadratic(range(1, 41))], torch.zeros(40)) == pytest.approx(first, rel=1e-6)
