"""Pages from templates."""

import pytest
from jinja2 import UndefinedError

from seesay.core.pages import render_page


def test_what_the_template_names_must_be_there() -> None:
    with pytest.raises(UndefinedError):
        render_page("describe", "trial.html.jinja", {})
