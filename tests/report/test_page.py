"""The report of a store: what a reader must find in it, and what must never be there."""

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest

from catlearn.plan.theory_document import ClaimDocument, TheoryDocument
from catlearn.report.html import page, write
from catlearn.report.material import gather
from catlearn.store.store import CorruptFile, Store
from tests.report.workshop import Workshop

HOSTILE = """<script>alert(1)</script> "onload='x' ]]> &amp; <img src=https://example.org/x>"""


def parsed(text: str) -> ElementTree.Element:
    """A page as a tree; it is written so that it is well-formed XML as well as HTML."""
    declaration, _, rest = text.partition("\n")
    assert declaration == "<!DOCTYPE html>"
    return ElementTree.fromstring(rest)


def words(tree: ElementTree.Element) -> str:
    return " ".join(" ".join(tree.itertext()).split())


def pictures(tree: ElementTree.Element) -> list[ElementTree.Element]:
    return list(tree.iter("svg"))


def forbidden(tree: ElementTree.Element) -> Iterator[str]:
    """Whatever would run code or ask the network for something."""
    for node in tree.iter():
        if node.tag in {"script", "iframe", "object", "embed", "link", "base", "form"}:
            yield f"element {node.tag}"
        for name, value in node.attrib.items():
            if name.startswith("on"):
                yield f"handler {name}"
            if name in {"href", "src", "srcset", "action"} and not value.startswith(("#", "data:image/png;base64,")):
                yield f"address {value}"
            if name == "style" and "url(" in value:
                yield f"style {value}"
    style = "".join(node.text or "" for node in tree.iter("style"))
    if re.search(r"url\(|@import|expression\(", style):
        yield "style sheet that loads something"


def test_everything_that_a_reader_needs_is_there(quickstart: Store) -> None:
    tree = parsed(page(gather(quickstart)))
    found = words(tree)
    assert "8 claims: 6 as expected, 1 not as expected, 1 not decided" in found
    for claim in gather(quickstart).theory.claims:
        assert claim.text in found
    assert "1 (≥ 0.8659)" in found
    assert "seed 3: 0.9666 against 0.9777" in found
    assert "rests on constant(lr)" in found
    assert "certificates/shape.json" in found
    assert gather(quickstart).theory.digest in found


def test_verdicts_come_first_and_undecided_is_as_visible_as_the_others(quickstart: Store) -> None:
    tree = parsed(page(gather(quickstart)))
    main = tree.find("body/main")
    assert main is not None
    rows = list(main[0].iter("tr"))[1:]
    badges = [row.find("td/span") for row in rows]
    assert [" ".join(words(badge).split()) for badge in badges if badge is not None] == [
        "✓ exact",
        "✓ proved",
        "✓ exact",
        "✓ supported",
        "✓ supported",
        "✗ refuted",
        "✓ supported",
        "? undecided",
    ]


def test_every_kind_of_picture_is_drawn_and_described(quickstart: Store) -> None:
    drawn = {}
    for picture in pictures(parsed(page(gather(quickstart)))):
        title, description = picture.findtext("title"), picture.findtext("desc")
        assert picture.get("role") == "img"
        assert picture.get("aria-label") == f"{title}. {description}"
        assert title
        assert description
        drawn[re.sub(r" \d+", "", title)] = picture
    assert drawn.keys() >= {
        "Diagram of the categories",
        "Pullback F",
        "Strict cell sutskever_form",
        "Sheet between gd and ball",
        "Loss less level on the sheet between gd and ball",
        "Widths of sheets",
        "Run barcode",
        "Paired differences",
        "Persistence diagrams",
        "Distances of pairs",
        "Loss curves of gd",
        "Loss curves of tune",
    }
    names = "Param Rep A@init A@mid A@gd A@ball F@init F@tuned gd ball half rest tune enc inc L resume slide"
    assert set(words(drawn["Diagram of the categories"]).split()) >= set(names.split())


def test_bars_without_death_are_drawn_open(quickstart: Store) -> None:
    drawn = pictures(parsed(page(gather(quickstart))))
    barcode = next(picture for picture in drawn if picture.findtext("title") == "Run barcode")
    kinds = [node.get("class", "none").split()[0] for node in barcode.iter()]
    assert kinds.count("bar") == 32
    assert kinds.count("arrowhead") == 10
    assert kinds.count("death") == 22
    assert "slack 0.05" in words(barcode)


def test_it_runs_nothing_and_asks_the_network_for_nothing(quickstart: Store) -> None:
    tree = parsed(page(gather(quickstart)))
    assert list(forbidden(tree)) == []
    policy = next(node.get("content", "") for node in tree.iter("meta") if "Policy" in node.get("http-equiv", ""))
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "script" not in policy


@pytest.mark.parametrize(
    "injected", ["<script>x</script>", '<a href="https://example.org">x</a>', '<p onclick="x">x</p>', "<link />"]
)
def test_what_is_forbidden_would_be_noticed(quickstart: Store, injected: str) -> None:
    text = page(gather(quickstart)).replace("</main>", f"{injected}</main>")
    assert len(list(forbidden(parsed(text)))) == 1


def hostile(document: TheoryDocument) -> TheoryDocument:
    claims = tuple(ClaimDocument(name=claim.name, text=HOSTILE, expected=claim.expected) for claim in document.claims)
    category = document.categories[0]
    arrows = tuple(
        arrow.model_copy(update={"name": HOSTILE}) if arrow.name == "tune" else arrow for arrow in category.arrows
    )
    poisoned = category.model_copy(update={"arrows": arrows})
    return document.model_copy(
        update={
            "claims": claims,
            "text": f"# {HOSTILE}",
            "specification": HOSTILE,
            "categories": (poisoned, *document.categories[1:]),
        }
    )


def test_names_and_texts_are_shown_as_written_and_never_as_markup(workshop: Workshop, quickstart: Store) -> None:
    rows = [row.model_copy(update={"method": HOSTILE, "evidence": (HOSTILE,)}) for row in workshop.rows]
    tree = parsed(page(gather(workshop.store(rows, hostile(workshop.theory)))))
    assert list(forbidden(tree)) == []
    assert words(tree).count(" ".join(HOSTILE.split())) > 3 * len(rows)
    before = {node.tag for node in parsed(page(gather(quickstart))).iter()}
    assert {node.tag for node in tree.iter()} <= before


def long_numbers(text: str) -> list[str]:
    numbers = re.findall(r"(?<![\w.])-?\d+\.\d+(?:e-?\d+)?(?![\w.])", text)
    return [number for number in numbers if len(number.lstrip("-0.").partition("e")[0].replace(".", "")) > 5]


def test_numbers_have_at_most_five_digits(workshop: Workshop) -> None:
    rows = [row.model_copy(update={"estimate": 0.123456789, "interval": (-1 / 3, 2 / 3)}) for row in workshop.rows]
    text = words(parsed(page(gather(workshop.store(rows)))))
    assert long_numbers("0.123456 and 1234.56, but not 0.0012345 or 1.2345e-7") == ["0.123456", "1234.56"]
    assert long_numbers(text) == []
    assert "0.12346 [-0.33333, 0.66667]" in text


def test_it_is_small(quickstart: Store) -> None:
    assert len(page(gather(quickstart)).encode()) < 500_000


def test_a_store_without_verdicts_shows_its_runs(workshop: Workshop) -> None:
    store = workshop.store()
    (store.root / "verdicts.json").unlink()
    path = write(store)
    text = words(parsed(path.read_text(encoding="utf-8")))
    assert path == store.root / "report.html"
    assert "nothing decided yet" in text
    assert text.count("not asked yet") == 16
    assert "Loss curves of gd" in text


def test_the_same_store_gives_the_same_page(quickstart: Store) -> None:
    assert page(gather(quickstart)) == page(gather(quickstart))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plan.json", "{}", "plan.json"),
        ("verdicts.json", "[", "verdicts.json"),
        ("certificates/slides.json", "not json", "certificates/slides.json"),
        ("certificates/slides.json", json.dumps({"evidence": ["0" * 32]}), "claim `slides`"),
    ],
)
def test_damaged_documents_are_named(workshop: Workshop, name: str, content: str, said: str) -> None:
    store = workshop.store()
    (store.root / name).write_text(content, encoding="utf-8")
    with pytest.raises(CorruptFile, match=re.escape(said)):
        gather(store)


def test_a_certificate_outside_the_store_is_not_read(workshop: Workshop) -> None:
    rows = [row.model_copy(update={"certificate": "../../secret.json"}) for row in workshop.rows]
    store = workshop.store(rows)
    with pytest.raises(CorruptFile, match="secret"):
        gather(store)
