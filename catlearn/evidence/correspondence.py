"""Comparisons of two clouds whose points correspond, one point a row: kernel alignment, Procrustes, affine images.

Clouds (n, d) and (n, e) of finite numbers; point i of one is the same example as point i of the other. Each function
says None where its number is not defined, so that nothing follows from too few or from coinciding points.
"""

from typing import Literal

import numpy as np
from scipy.linalg import orth, orthogonal_procrustes
from scipy.spatial.distance import pdist, squareform

from catlearn.evidence.cloud import Cloud

LEAST_POINTS = 3
"""Fewer points are alike in any two clouds: two of them always have the alignment 1."""

SINGLE = float(np.finfo(np.float32).eps)
"""Activations are computed in single precision: directions that are smaller than this, relatively, are rounding."""


def alignment(left: Cloud, right: Cloud, kernel: Literal["linear", "rbf"], bandwidth: float) -> float | None:
    """The centred kernel alignment ⟨HKH, HLH⟩ / (‖HKH‖ ‖HLH‖) in [0, 1] of the kernels K, L of two clouds, H the
    centring matrix, in the biased estimate of the Hilbert-Schmidt independence criterion.

    `linear` is the inner product: unchanged by translation, rotation and a common factor. `rbf` is
    exp(-‖x - y‖² / 2σ²), σ being `bandwidth` times the median distance of two points of the cloud. None for fewer than
    three points, where all points of a cloud coincide or, for `rbf`, most do. Kornblith, Norouzi, Lee and Hinton,
    "Similarity of neural network representations revisited", ICML 2019; Cortes, Mohri and Rostamizadeh, JMLR 13 (2012).
    """
    if len(left) < LEAST_POINTS:
        return None
    if kernel == "linear":
        return _linear_alignment(_centred(left), _centred(right))
    kernels = [_gaussian(cloud, bandwidth) for cloud in (left, right)]
    return None if kernels[0] is None or kernels[1] is None else _cosine(*map(_doubly_centred, kernels))


def _centred(cloud: Cloud) -> Cloud:
    """Differences from the first point come first, so that equal points come to be exactly 0."""
    moved = cloud - cloud[0]
    centred: Cloud = moved - moved.mean(axis=0)
    return centred


def _linear_alignment(left: Cloud, right: Cloud) -> float | None:
    """By the matrices of features where they are smaller than those of points."""
    if left.shape[1] + right.shape[1] > len(left):
        return _cosine(left @ left.T, right @ right.T)
    norms = float(np.linalg.norm(left.T @ left) * np.linalg.norm(right.T @ right))
    return float(np.square(left.T @ right).sum()) / norms if norms > 0.0 else None


def _cosine(left: Cloud, right: Cloud) -> float | None:
    norms = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float((left * right).sum()) / norms if norms > 0.0 else None


def _gaussian(cloud: Cloud, bandwidth: float) -> Cloud | None:
    distances = pdist(cloud)
    width = bandwidth * float(np.median(distances))
    if width == 0.0:
        return None
    kernel: Cloud = np.exp(-np.square(squareform(distances) / width) / 2)
    return kernel


def _doubly_centred(kernel: Cloud | None) -> Cloud:
    """HKH of a kernel matrix. Raises `ValueError` where there is none."""
    if kernel is None:
        raise ValueError("a kernel of a cloud most of whose points coincide")
    rows = kernel - kernel.mean(axis=0)
    centred: Cloud = rows - rows.mean(axis=1, keepdims=True)
    return centred


def procrustes(left: Cloud, right: Cloud) -> float:
    """The root mean square distance of corresponding points that is left when one cloud is moved onto the other by the
    best translation, rotation and reflection; a cloud of fewer coordinates is taken in the larger space.

    A metric on clouds up to these motions; on clouds of root mean square norm 1 it is at most √2. Schönemann,
    Psychometrika 31 (1966); Williams, Kunz, Kornblith and Linderman, "Generalized shape metrics on neural
    representations", NeurIPS 2021."""
    width = max(left.shape[1], right.shape[1])
    ours, theirs = (_widened(_centred(cloud), width) for cloud in (left, right))
    rotation, _ = orthogonal_procrustes(ours, theirs)
    return float(np.sqrt(np.square(ours @ rotation - theirs).sum(axis=1).mean()))


def _widened(cloud: Cloud, width: int) -> Cloud:
    return np.pad(cloud, ((0, 0), (0, width - cloud.shape[1])))


def affine_residual(left: Cloud, right: Cloud) -> float | None:
    """The share of the variance of `right` that no affine image of `left` gives: min ‖R − LA‖² / ‖R‖² of the centred
    clouds, by least squares. It lies in [0, 1], is 0 where right = left·A + b, and does not change under invertible
    affine maps of `left` nor under rotations and factors of `right`. It is not symmetric.

    None where every cloud would be an affine image, because the points of `left` are affinely independent (too few
    points for its coordinates), and where `right` is a single place. Directions of `left` that are smaller than single
    precision are not used."""
    ours, theirs = _centred(left), _centred(right)
    whole = float(np.square(theirs).sum())
    basis = orth(ours, rcond=SINGLE * max(ours.shape)) if ours.any() else ours[:, :0]
    if whole == 0.0 or basis.shape[1] >= len(left) - 1:
        return None
    return min(1.0, float(np.square(theirs - basis @ (basis.T @ theirs)).sum()) / whole)
