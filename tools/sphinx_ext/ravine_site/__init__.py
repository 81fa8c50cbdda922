"""The site's own Sphinx extension: what makes the pages self-contained, live and downloadable."""

from typing import Any

from sphinx.application import Sphinx

from . import docstrings, figures, launch, offline


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(figures.LighterImage)
    app.connect("builder-inited", offline.copy_mathjax)
    app.connect("autodoc-process-docstring", docstrings.describe_fields, priority=400)  # napoleon: 500
    app.connect("html-page-context", launch.offer_notebook, priority=500)  # the theme reads it at 501
    app.connect("html-page-context", launch.add_launch_buttons, priority=502)
    app.connect("html-page-context", offline.drop_third_party_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
