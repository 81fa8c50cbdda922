"""Data that the chapters share: handwritten digits, and distributions whose risk is known exactly."""

from ravine.data._digits import Digits, digits
from ravine.data._distributions import LegendrePolynomial, LinearGaussian, NoisyLabels, TwoGaussians

__all__ = ["Digits", "LegendrePolynomial", "LinearGaussian", "NoisyLabels", "TwoGaussians", "digits"]
