"""The site's own Sphinx extension: what makes the pages self-contained, light, live and downloadable."""

from typing import Any

from sphinx.application import Sphinx

from . import (
    course_map,
    docstrings,
    figures,
    furniture,
    launch,
    live,
    marks,
    offline,
    search,
    source,
    summary,
)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_transform(marks.TiedMark)
    app.add_directive("course-map", course_map.CourseMap)
    app.add_node(course_map.course_map, html=(course_map.visit, None))
    app.add_node(figures.Picture, html=(figures.write, None))
    app.add_node(source.fold, html=(source.visit_fold, source.depart_fold))
    app.add_post_transform(course_map.CourseMaps)
    app.add_post_transform(figures.Pictures)
    app.add_post_transform(source.SourceLinks)
    app.add_post_transform(source.SourceFolds)
    app.connect("builder-inited", offline.copy_mathjax)
    app.connect("builder-inited", live.copy_scripts)
    app.connect("autodoc-process-docstring", docstrings.prepare, priority=400)  # napoleon: 500
    app.connect("env-get-outdated", launch.pages_with_new_notebooks)
    app.connect("html-collect-pages", source.pages)
    app.connect("html-page-context", source.without_sidebar, priority=400)
    app.connect("html-page-context", launch.offer_notebook, priority=500)  # the theme reads it at 501
    app.connect("html-page-context", launch.add_launch_buttons, priority=502)
    app.connect("html-page-context", summary.describe)
    app.connect("html-page-context", live.mount, priority=800)
    app.connect("html-page-context", furniture.name_toggles, priority=800)
    app.connect("html-page-context", furniture.call_citations_items, priority=800)
    app.connect("html-page-context", offline.drop_third_party_scripts, priority=900)
    app.connect("build-finished", furniture.keep_used_icons)
    app.connect("build-finished", search.show_prose)
    app.connect("build-finished", summary.add_404)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
