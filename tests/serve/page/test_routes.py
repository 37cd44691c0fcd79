"""The page over HTTP: what is answered where, and what of a catalogue is shown as text."""

from __future__ import annotations

import http.client
import json
from urllib.parse import quote, urlencode, urlsplit

import pytest

from seesay.workspace import Workspace

ODD_ID = "odd/ID?&#1 %"


def ask(
    site: str, path: str, method: str = "GET", body: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, named)
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    content = answer.read()
    connection.close()
    return answer.status, told, content


def watch(site: str, user: str, item: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    body = urlencode({"user": user, "item": item})
    form = {"Content_Type": "application/x-www-form-urlencoded", **headers}
    return ask(site, "/watched", "POST", body, **form)


def test_a_page_names_no_other_host_and_holds_nothing_inline(site: str) -> None:
    for path in ("/", "/items/i00", "/search?q=cat", "/catalogue", "/quality", "/add"):
        status, told, content = ask(site, path)
        text = content.decode()
        assert status == 200, path
        assert told["content-type"] == "text/html; charset=utf-8"
        assert 'style="' not in text
        assert "<style" not in text
        assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
        assert text.count("<script") == text.count("<script src=")


def test_every_view_says_that_the_viewers_are_simulated(site: str) -> None:
    for path in ("/", "/items/i00", "/search?q=cat", "/catalogue", "/quality", "/items/none"):
        assert b"Simulated viewers." in ask(site, path)[2]


def test_titles_are_shown_as_text(site: str) -> None:
    text = ask(site, "/items/i08")[2].decode()
    assert "<script>document" not in text
    assert "&lt;script&gt;document" in text
    query = quote('"><script>x</script>')
    assert b"<script>x" not in ask(site, f"/search?q={query}")[2]
    assert b"<script>x" not in ask(site, f"/?user={query}")[2]


def test_an_item_that_is_not_there_is_a_friendly_page(site: str) -> None:
    status, _, content = ask(site, "/items/nobody")
    assert status == 404
    assert b"There is no item &#39;nobody&#39;" in content
    assert b'href="/catalogue"' in content
    assert [ask(site, path)[0] for path in ("/poster/nobody", "/video/nobody")] == [404, 404]
    assert ask(site, "/peek?item=nobody")[0] == 404


def test_an_address_that_nobody_has_is_a_friendly_page(site: str) -> None:
    status, told, content = ask(site, "/nonsense")
    assert status == 404
    assert b"There is no page &#39;nonsense&#39;" in content
    assert told["content-type"].startswith("text/html")
    assert ask(site, "/v1/nonsense")[1]["content-type"] == "application/problem+json"


def test_an_id_of_awkward_signs_has_a_page_a_poster_and_a_video(site: str) -> None:
    for kind in ("items", "poster", "video"):
        assert ask(site, f"/{kind}/{quote(ODD_ID, safe='')}")[0] == 200
    text = ask(site, "/catalogue")[2].decode()
    assert f'href="/items/{quote(ODD_ID)}"' in text


def test_a_video_is_sent_in_ranges(site: str, made: Workspace) -> None:
    path = made.catalog.items().filter(item_id="i01")["path"][0]
    whole = (made.folder / path).read_bytes()
    status, told, content = ask(site, "/video/i01", Range="bytes=10-29")
    assert (status, content) == (206, whole[10:30])
    assert told["content-range"] == f"bytes 10-29/{len(whole)}"
    assert told["content-type"] == "video/mp4"
    assert ask(site, "/video/i01", Range=f"bytes={len(whole)}-")[0] == 416
    assert ask(site, "/video/i01", "HEAD")[1]["content-length"] == str(len(whole))


def test_what_has_no_file_is_not_found(site: str) -> None:
    assert ask(site, "/video/i05")[0] == 404
    assert ask(site, "/poster/i06")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../pages.py",
        "/static/x/..%2Fpages.py",
        "/static/x/%2e%2e%2fpages.py",
        "/static/x/htmx.LICENSE.txt",
        "/poster/../../../../etc/passwd",
        "/video/%2Fetc%2Fpasswd",
    ],
)
def test_no_path_leads_to_another_file(site: str, path: str) -> None:
    status, _, content = ask(site, path)
    assert status == 404
    assert b"root:" not in content


def test_a_view_is_kept_and_the_browser_sent_back(site: str) -> None:
    status, told, _ = watch(site, "new & odd", "i00")
    assert (status, told["location"]) == (303, "/?user=new%20%26%20odd")
    text = ask(site, told["location"])[2].decode()
    assert "For new &amp; odd" in text
    assert text.index('href="/items/i00"') < text.index('id="recommended"')


def test_htmx_gets_the_feed_alone(site: str) -> None:
    status, _, content = watch(site, "fragment", "i01", HX_Request="true")
    assert status == 200
    assert content.lstrip().startswith(b'<div id="feed">')
    assert "Kept: fragment watched" in content.decode()


def test_a_view_cannot_be_given_from_another_site(site: str) -> None:
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://elsewhere.example"}):
        assert watch(site, "victim", "i02", **headers)[0] == 403
    assert ask(site, "/?user=victim")[0] == 404


def test_who_is_no_viewer_is_told_so(site: str) -> None:
    status, told, content = ask(site, "/?user=nobody")
    assert status == 404
    assert b"There is no viewer &#39;nobody&#39;" in content
    assert "set-cookie" not in told
    # A cookie of another catalogue's viewer is passed over.
    status, _, content = ask(site, "/", Cookie="viewer=nobody")
    assert status == 200
    assert b"For nobody" not in content
    assert b"For viewer-03" in ask(site, "/", Cookie="viewer=viewer-03")[2]


def test_who_is_no_viewer_is_told_how_many_the_field_offers(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert b"The field of the feed offers all viewers." in ask(site, "/?user=nobody")[2]
    monkeypatch.setattr("seesay.serve.page.routes.VIEWERS", 5)
    text = ask(site, "/?user=nobody")[2].decode()
    assert "The field of the feed offers 5 viewers and finds any other by its ID." in text
    feed = ask(site, "/?user=guest")[2].decode()
    assert feed.count("<option value=") == 1 + 5
    assert "offers 5 of them" in feed


def test_the_feed_says_how_many_viewers_there_are(site: str) -> None:
    text = ask(site, "/?user=guest")[2].decode()
    assert "30 viewers in the log." in text
    assert '<option value="viewer-29">' in text
    assert '<option value="guest">' in text


def test_a_view_of_an_item_that_is_not_there_is_not_kept(site: str) -> None:
    assert watch(site, "lost", "nobody")[0] == 404
    assert watch(site, "lost", "")[0] in (404, 422)


def test_pages_of_the_catalogue_end_where_the_items_do(site: str) -> None:
    for path in ("/catalogue?page=2", "/catalogue?page=99", "/catalogue?page=99999999999999999999"):
        text = ask(site, path)[2].decode()
        assert "Page 2 of 2" in text
        assert text.count('<li class="card">') == 4
    assert "Page 1 of 2" in ask(site, "/catalogue?page=-3")[2].decode()


def test_the_map_knows_groups_and_places(site: str) -> None:
    found = json.loads(ask(site, "/map.json?colour=subject")[2])
    assert sorted(found["groups"]) == ["cats", "coffee", "horses", "rockets"]
    assert len(found["points"]) == 28
    assert all(0 <= x <= 1 and 0 <= y <= 1 for _, x, y, *_ in found["points"])


def test_the_quality_view_has_the_table_and_the_worst_words(site: str) -> None:
    text = ask(site, "/quality")[2].decode()
    assert "nDCG@10" in text
    assert "A placebo: random;" in text
    assert "FEW USERS: only 30 were tested." in text
    assert "Leave-one-out: " in text
    assert "Horse." in text
    assert "1 without" not in text
    assert "Nothing here says whether the words are true." in text
    assert "Not checked, for nobody else listened or read: speech 1." in text


def test_search_says_what_fits(site: str) -> None:
    text = ask(site, f"/search?q={quote('a sleeping kitten')}")[2].decode()
    first = text[text.index('<li class="card">') :]
    assert "cats" in first[:900] or "قطة" in first[:900]
    assert "Search by a sentence" in ask(site, "/search?q=%20")[2].decode()
    assert ask(site, "/search?q=%00%ff")[0] == 200
