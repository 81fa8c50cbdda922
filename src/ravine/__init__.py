"""Ravine: why deep networks are hard to optimise.

Modules, bottom to top; each imports only from those before it:

`objective`, `zoo`, `data`, `rules`, `descent`, `networks`, `curvature`, `risk`, `plotting`,
`experiments` (one module a chapter) and `live` (the figures that answer the reader).
"""
