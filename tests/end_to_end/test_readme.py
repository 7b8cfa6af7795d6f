"""The README shows what is there: its excerpt is the example's text, its table what `make demo` prints."""

import re

from tests.end_to_end.conftest import EXAMPLES, ROOT, Example, catlearn

README = (ROOT / "README.md").read_text()
DEMO, EXCERPT = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def words(text: str) -> list[str]:
    """A text without its line breaks, and numbers to two digits: the last bits may differ between machines."""
    return [re.sub(r"(\d\.\d*?[1-9])\d*", lambda found: f"{float(found[0]):.2g}", word) for word in text.split()]


def test_the_excerpt_is_the_example() -> None:
    example = (EXAMPLES / "quickstart.cat").read_text().splitlines()
    assert [line for line in EXCERPT.splitlines() if line.strip() and line not in example] == []


def test_the_table_is_what_the_demo_prints(quickstart: Example) -> None:
    shown = catlearn("verify", quickstart.specification, "--store", quickstart.store).output
    before_store = [text.split("\nstore ")[0] for text in (DEMO, shown)]
    assert sorted(words(before_store[0])) == sorted(words(before_store[1]))


def test_the_commands_of_the_readme_are_those_there_are() -> None:
    shown = set(re.findall(r"^  (\w+)  ", catlearn("--help").output.split("Commands:")[1], re.MULTILINE))
    assert set(re.findall(r"\| `catlearn (\w+)", README)) == shown


def test_every_option_of_the_readme_exists() -> None:
    shown = catlearn("verify", "--help").output
    assert all(
        option in shown
        for option in ("--store", "--data", "--json", "--only", "--no-color", "--executor", "--add-seeds")
    )
