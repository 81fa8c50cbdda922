r"""Synthetic distributions whose risk is known in closed form.

Each is a frozen dataclass that draws examples with `.sample(m, rng)` and says with `.risk(...)` what a
predictor costs on the distribution itself: $J^*$ exactly, with no test set and no error bar.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ravine import _check, _normal
from ravine._typing import Array


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    r"""Linear regression: $x \sim N(0, \mathrm{diag}(s))$, $y = x^\top w^* + \sigma e$ with $e \sim N(0, 1)$.

    Parameters
    ----------
    w_star : $w^*$, the true weights, shape (d,), units of y over units of x.
    sigma : $\sigma$, standard deviation of the noise, units of y.
    variances : $s$, of the features, shape (d,), or one number for all; squared units of x.

    Raises
    ------
    ValueError : shapes that do not fit, a negative sigma, a variance that is not positive.

    >>> truth = LinearGaussian([1.0, 0.0], sigma=0.5)
    >>> X, y = truth.sample(100, np.random.default_rng(0))
    >>> X.shape, y.shape, float(truth.risk([1.0, 1.0]))
    ((100, 2), (100,), 1.25)
    """

    w_star: Array
    sigma: float = 1.0
    variances: float | Array = 1.0

    def __post_init__(self) -> None:
        _set(self, "w_star", _check.array("w_star", self.w_star, ndim=1).copy())
        _set(self, "sigma", _check.real("sigma", self.sigma, at_least=0))
        _set(self, "variances", _positive("variances", self.variances, len(self.w_star)))

    def sample(
        self, m: int, rng: np.random.Generator, *, n_datasets: int | None = None
    ) -> tuple[Array, Array]:
        """Draw m examples: X (m, d) and y (m,), or n_datasets such sets stacked along a first axis."""
        shape = _shape(m, n_datasets)
        rng = _check.generator("rng", rng)
        X = rng.standard_normal((*shape, len(self.w_star))) * np.sqrt(self.variances)
        return X, X @ self.w_star + self.sigma * rng.standard_normal(shape)

    def risk(self, w: ArrayLike) -> Array:
        r"""$E (y - x^\top w)^2 = \sigma^2 + \sum_i s_i (w_i - w^*_i)^2$; w (..., d) -> (...)."""
        delta = _check.array("w", w, last=len(self.w_star)) - self.w_star
        return np.asarray(self.sigma**2 + (np.square(delta) * self.variances).sum(-1))

    def risk_grad(self, w: ArrayLike) -> Array:
        r"""The gradient of `risk`, $2 s_i (w_i - w^*_i)$; w (..., d) -> (..., d)."""
        return np.asarray(2 * self.variances * (_check.array("w", w, last=len(self.w_star)) - self.w_star))


@dataclass(frozen=True, eq=False)
class TwoGaussians:
    r"""Two classes: $y = \pm 1$ with equal chance, $x = y\mu + N(0, \mathrm{diag}(s^2))$.

    Parameters
    ----------
    mu : $\mu$, half the distance between the class means, shape (d,), units of x.
    sd : $s$, standard deviation of each feature within a class, shape (d,) or one number; units of x.

    Raises
    ------
    ValueError : shapes that do not fit, or a standard deviation that is not positive.

    >>> classes = TwoGaussians([1.0])
    >>> X, y = classes.sample(100, np.random.default_rng(0))
    >>> X.shape, sorted(set(y.tolist())), round(float(classes.risk([1.0])), 4)
    ((100, 1), [-1.0, 1.0], 0.1587)
    """

    mu: Array
    sd: float | Array = 1.0

    def __post_init__(self) -> None:
        _set(self, "mu", _check.array("mu", self.mu, ndim=1).copy())
        _set(self, "sd", _positive("sd", self.sd, len(self.mu)))

    def sample(
        self, m: int, rng: np.random.Generator, *, n_datasets: int | None = None
    ) -> tuple[Array, Array]:
        """Draw m examples: X (m, d) and y (m,), or n_datasets such sets stacked along a first axis."""
        shape = _shape(m, n_datasets)
        y = _check.generator("rng", rng).choice([-1.0, 1.0], shape)
        noise = rng.standard_normal((*shape, len(self.mu))) * self.sd
        return y[..., None] * self.mu + noise, y

    def risk(self, w: ArrayLike, b: ArrayLike = 0.0) -> Array:
        r"""The exact 0-1 risk $P(y (x^\top w + b) \le 0)$.

        $\frac12 [\Phi(-(w^\top\mu + b)/\tau) + \Phi(-(w^\top\mu - b)/\tau)]$ with
        $\tau^2 = \sum_i (w_i s_i)^2$; w (..., d) and b (...) -> (...), a probability; 1/2 where w = 0, the
        risk of any constant answer.
        """
        w, b = _check.array("w", w, last=len(self.mu)), _check.array("b", b)
        # In units that are powers of two, which cost no digit: the answer has none, and no square overflows.
        spread = np.frexp(np.max(self.sd))[1]
        size = np.frexp(np.abs(w).max(-1, initial=0.0))[1]
        w = np.ldexp(w, -size[..., None])
        scale = np.sqrt(np.square(w * np.ldexp(self.sd, -spread)).sum(-1))
        # A constant classifier is right for one class: an infinite spread gives it the same 1/2.
        scale = np.where(scale > 0, scale, np.inf)
        with np.errstate(over="ignore"):  # a mean or an offset that decides alone
            margin, b = w @ np.ldexp(self.mu, -spread), np.ldexp(b, -(spread + size))
            return (_normal.cdf(-(margin + b) / scale) + _normal.cdf((b - margin) / scale)) / 2

    def log_risk(self, w: ArrayLike, *, n_points: int = 1001) -> Array:
        r"""The risk under the log loss, $E \ln(1 + e^{-z})$ with the margin $z \sim N(w^\top\mu, \tau^2)$.

        w (..., d) -> (...), nats, by the trapezoidal rule on n_points, which converges geometrically on a
        Gaussian: to rounding while $\tau < 30$.
        """
        w = _check.array("w", w, last=len(self.mu))
        z, dz = np.linspace(-10, 10, _check.count("n_points", n_points, at_least=2), retstep=True)
        spreads = w * self.sd
        unit = np.frexp(np.abs(spreads).max(-1, initial=0.0))[
            1
        ]  # a power of two, in which no square overflows
        scale = np.ldexp(np.sqrt(np.square(np.ldexp(spreads, -unit[..., None])).sum(-1)), unit)
        losses = np.logaddexp(0, -(w @ self.mu)[..., None] - scale[..., None] * z)
        return np.asarray((losses * _normal.pdf(z)).sum(-1) * dz)

    @property
    def best_w(self) -> Array:
        r"""A direction of least risk, $\mu_i / s_i^2$, shape (d,); any positive multiple does as well.

        Twice this has the least `log_risk`: it gives the log odds of the two classes.
        """
        return np.asarray(self.mu / self.sd / self.sd)  # a square of sd might leave the floats

    @property
    def bayes_risk(self) -> float:
        r"""The least risk of any classifier, $\Phi(-\sqrt{\sum_i \mu_i^2 / s_i^2})$."""
        return float(self.risk(self.best_w))


@dataclass(frozen=True)
class NoisyLabels:
    r"""Labels that the feature says nothing about: $x \sim U(0, 1)$, $y = +1$, flipped with probability $p$.

    Parameters
    ----------
    flip : $p$, between 0 and 1/2, which is also the least risk of any classifier.

    Raises
    ------
    ValueError : a flip outside [0, 1/2].

    >>> X, y = NoisyLabels(0.1).sample(50, np.random.default_rng(0))
    >>> X.shape, NoisyLabels(0.1).risk(share_negative=0.1).round(2).item()
    ((50, 1), 0.18)
    """

    flip: float

    def __post_init__(self) -> None:
        _set(self, "flip", _check.real("flip", self.flip, at_least=0, at_most=0.5))

    def sample(
        self, m: int, rng: np.random.Generator, *, n_datasets: int | None = None
    ) -> tuple[Array, Array]:
        """Draw m examples: X (m, 1) and y (m,), or n_datasets such sets stacked along a first axis."""
        shape = _shape(m, n_datasets)
        x = _check.generator("rng", rng).random((*shape, 1))
        return x, np.where(rng.random(shape) < self.flip, -1.0, 1.0)

    def risk(self, share_negative: ArrayLike) -> Array:
        r"""$p + (1 - 2p) s$ for a classifier that answers -1 on a share $s$ of [0, 1]; s (...) -> (...)."""
        share = _check.array("share_negative", share_negative)
        if ((share < 0) | (share > 1)).any():
            raise ValueError(f"share_negative: got {share_negative!r}; want numbers between 0 and 1")
        return np.asarray(self.flip + (1 - 2 * self.flip) * share)

    def nearest_neighbour_risk(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Exact risk of the 1-nearest-neighbour rule fitted to X (..., m, 1) in [0, 1], y (..., m) -> (...).

        Of examples at one place the first answers.
        """
        x = _check.array("X", X, last=1)[..., 0]
        if x.ndim == 0 or ((x < 0) | (x > 1)).any():
            raise ValueError(f"X: got {X!r}; want (..., m, 1) between 0 and 1")
        x, signs = np.broadcast_arrays(x, _check.labels("y", y, last=x.shape[-1]))
        order = np.argsort(x, axis=-1, kind="stable")
        x, labels = (np.take_along_axis(a, order, -1) for a in (x, signs))
        # At each place, the label of the first that stands there.
        places = np.broadcast_to(np.arange(x.shape[-1]), x.shape)
        again = np.concatenate([np.zeros((*x.shape[:-1], 1), dtype=bool), x[..., 1:] == x[..., :-1]], axis=-1)
        first = np.maximum.accumulate(np.where(again, 0, places), axis=-1)
        labels = np.take_along_axis(labels, first, -1)
        # Each example answers on the interval that reaches halfway to its neighbours.
        inner = (x[..., 1:] + x[..., :-1]) / 2
        ends = np.zeros((*x.shape[:-1], 1))
        width = np.diff(np.concatenate([ends, inner, ends + 1], axis=-1), axis=-1)
        # The widths add up to 1 but for rounding.
        return self.risk(np.minimum((width * (labels < 0)).sum(-1), 1))


@dataclass(frozen=True, eq=False)
class LegendrePolynomial:
    r"""A curve with noise: $x \sim U(-1, 1)$, $y = \sum_k c_k P_k(x) + \sigma e$, Legendre polynomials $P_k$.

    Parameters
    ----------
    coefficients : $c_0, \dots, c_n$ of the truth, shape (n + 1,), units of y.
    sigma : $\sigma$, standard deviation of the noise, units of y.

    Raises
    ------
    ValueError : coefficients that are no vector, or a negative sigma.

    >>> curve = LegendrePolynomial([0.0, 1.0], sigma=0.5)
    >>> round(float(curve.risk([0.0, 0.0, 1.0])), 4)  # 1/4 + 1/3 + 1/5
    0.7833
    """

    coefficients: Array
    sigma: float = 1.0

    def __post_init__(self) -> None:
        _set(self, "coefficients", _check.array("coefficients", self.coefficients, ndim=1).copy())
        _set(self, "sigma", _check.real("sigma", self.sigma, at_least=0))

    def sample(self, m: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw m examples: X (m, 1) and y (m,)."""
        x = _check.generator("rng", rng).uniform(-1, 1, _check.count("m", m))
        y = np.polynomial.legendre.legval(x, self.coefficients) + self.sigma * rng.standard_normal(m)
        return x[:, None], y

    def risk(self, a: ArrayLike) -> Array:
        r"""$\sigma^2 + \sum_k (a_k - c_k)^2 / (2k + 1)$ for Legendre coefficients a (..., n') -> (...)."""
        a, c = _check.array("a", a), self.coefficients
        n = max(a.shape[-1], len(c))
        gap = np.zeros((*a.shape[:-1], n))
        gap[..., : a.shape[-1]] = a
        gap[..., : len(c)] -= c
        return np.asarray(self.sigma**2 + (np.square(gap) / (2 * np.arange(n) + 1)).sum(-1))


def _set(instance: object, name: str, value: object) -> None:
    """Store a checked argument in a frozen dataclass."""
    object.__setattr__(instance, name, value)


def _positive(name: str, x: ArrayLike, d: int) -> Array:
    """Return x spread to shape (d,), or raise unless it is positive."""
    values = _check.array(name, x)
    if values.shape not in ((), (d,)) or (values <= 0).any():
        raise ValueError(f"{name}: got {x!r}; want one positive number or {d} of them")
    return np.broadcast_to(values, (d,)).copy()  # the caller may change theirs


def _shape(m: int, n_datasets: int | None) -> tuple[int, ...]:
    """The leading shape of a sample."""
    stack = () if n_datasets is None else (_check.count("n_datasets", n_datasets),)
    return (*stack, _check.count("m", m))
