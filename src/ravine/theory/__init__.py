"""Closed forms: what each chapter derives and predicts, one module a chapter, with NumPy and sympy alone.

`erm_vs_risk`, `surrogate_losses`, `minibatch_variance`, `ill_conditioning`, `local_minima`, `saddles`,
`cliffs`, `long_term_dependencies`, `inexact_gradients`, `local_vs_global` and `sgd_and_momentum`. What is
measured stands in `ravine.experiments`, under the same names.
"""
