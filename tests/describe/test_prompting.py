from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seesay.core.errors import SeesayError
from seesay.describe.base import Facets
from seesay.describe.prompting import PROMPT_OF, fence, load_prompt, prompt_names


@pytest.mark.parametrize("name", prompt_names())
def test_the_prompts_that_come_along_name_every_facet(name):
    prompt = load_prompt(name)
    assert prompt.name == name
    assert prompt.version >= 1
    assert "version:" not in prompt.text
    assert [field for field in Facets.model_fields if field not in prompt.text] == []


@pytest.mark.parametrize("name", PROMPT_OF.values())
def test_the_prompt_says_that_what_is_fenced_gives_no_orders(name):
    assert re.search("never (an )?instruction", load_prompt(name).text)


def test_a_prompt_of_ones_own_is_read_from_its_path(tmp_path):
    file = tmp_path / "short.txt"
    file.write_text("version: 12\n\nSay what it is.\n")
    prompt = load_prompt(str(file))
    assert (prompt.name, prompt.version, prompt.text) == ("short", 12, "Say what it is.")


def test_an_edit_without_a_new_version_changes_the_fingerprint(tmp_path):
    file = tmp_path / "short.txt"
    file.write_text("version: 1\nSay what it is.")
    before = load_prompt(str(file)).fingerprint()
    file.write_text("version: 1\nSay what it was.")
    assert load_prompt(str(file)).fingerprint() != before


@pytest.mark.parametrize("content", ["Say what it is.", "version: one\nSay", "version: 1\n \n", ""])
def test_a_prompt_without_version_or_words_is_refused(tmp_path, content):
    file = tmp_path / "bad.txt"
    file.write_text(content)
    with pytest.raises(SeesayError, match="version: 1"):
        load_prompt(str(file))


def test_a_prompt_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SeesayError, match="cannot be read"):
        load_prompt(str(tmp_path / "none.txt"))
    with pytest.raises(SeesayError, match="Did you mean 'describe'"):
        load_prompt("descrbe")


def test_a_fence_keeps_words_readable():
    assert fence("title", "Cats & dogs") == "<title>\nCats &amp; dogs\n</title>"


@given(words=st.text())
def test_no_words_can_close_the_fence(words):
    fenced = fence("title", words)
    assert fenced.startswith("<title>\n")
    assert fenced.endswith("\n</title>")
    assert re.findall(r"[<>]", fenced) == ["<", ">", "<", ">"]


@given(words=st.text(st.sampled_from("</title>&lt; \n"), max_size=40))
def test_not_even_words_made_of_the_fence_can(words):
    assert fence("title", words).count("</title>") == 1
