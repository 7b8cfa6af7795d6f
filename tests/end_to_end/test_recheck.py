"""`recheck` passes on an honest store and on nothing else: one byte, one bound, one level, one word changed."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catlearn.verdict.certificate import Certificate
from catlearn.verdict.recheck import recheck
from tests.end_to_end.conftest import Example, catlearn

Certificates = dict[str, Any]


def edit(store: Path, claim: str, change: Callable[[Certificates], None]) -> None:
    """Change a certificate, make its digest valid again, and carry its judgement over to verdicts.json."""
    path = store / "certificates" / f"{claim}.json"
    content = json.loads(path.read_text())
    change(content)
    sealed = Certificate.model_validate_json(json.dumps(content)).sealed()
    path.write_text(sealed.to_json())
    verdicts = json.loads((store / "verdicts.json").read_text())
    for row in verdicts["claims"]:
        if row["name"] == claim:
            row |= {key: value for key, value in content["judgement"].items() if key in row}
    (store / "verdicts.json").write_text(json.dumps(verdicts))


def outcome(store: Path, claim: str) -> tuple[bool, str]:
    """Whether one claim rechecks, and what is said of it."""
    row = next(row for row in recheck(store, claim).rows if row.name == claim)
    return row.ok, row.message


def test_one_byte_of_a_trajectory(tampered: Path) -> None:
    path = sorted((tampered / "runs").glob("*/seed-3.safetensors"))[0]
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    done = catlearn("recheck", tampered)
    assert done.status == 1
    assert path.name in done.output + done.messages


def smaller_bound(certificate: Certificates) -> None:
    for pair in certificate["finding"]["pairs"]:
        pair["height"]["bound"] /= 2


def lower_level(certificate: Certificates) -> None:
    certificate["finding"]["pairs"][0]["levels"]["low"] += 0.3


def narrower_slack(certificate: Certificates) -> None:
    certificate["question"]["relation"]["slack"] = 0.5


def skipped_columns(certificate: Certificates) -> None:
    witness = certificate["finding"]["pairs"][0]["witness"]
    witness["columns"] = [witness["columns"][0], witness["columns"][-1]]


def shorter_sheet(certificate: Certificates) -> None:
    witness = certificate["finding"]["pairs"][0]["witness"]
    witness["columns"] = witness["columns"][: len(witness["columns"]) // 2]


def another_symmetry(certificate: Certificates) -> None:
    order = [1, 0, *range(2, 32)]
    certificate["finding"]["pairs"][0]["witness"]["alignment"]["blocks"] = [["encoder.0", order]]


def no_symmetry(certificate: Certificates) -> None:
    certificate["finding"]["pairs"][0]["witness"]["alignment"]["blocks"] = [["encoder.0", [0] * 32]]


def fewer_seeds(certificate: Certificates) -> None:
    certificate["finding"]["pairs"].pop()


def stronger_verdict(certificate: Certificates) -> None:
    certificate["judgement"]["verdict"] = certificate["verdict"] = "proved"


def stronger_word(certificate: Certificates) -> None:
    method = certificate["judgement"]["method"].replace("estimated", "certified")
    assert method != certificate["judgement"]["method"]
    certificate["judgement"]["method"] = method


def changed_input(certificate: Certificates) -> None:
    certificate["inputs"][0]["sha256"] = "0" * 64


@pytest.mark.parametrize(
    "change",
    [
        smaller_bound,
        lower_level,
        narrower_slack,
        skipped_columns,
        shorter_sheet,
        another_symmetry,
        no_symmetry,
        fewer_seeds,
        stronger_verdict,
        stronger_word,
        changed_input,
    ],
)
def test_an_edited_certificate_whose_digest_is_valid_again(tampered: Path, change: Callable[[Any], None]) -> None:
    edit(tampered, "slides", change)
    ok, message = outcome(tampered, "slides")
    assert not ok, message


def no_change(certificate: Certificates) -> None:
    """What the saboteurs' own machinery leaves behind."""


def test_an_unchanged_certificate_that_was_sealed_again_passes(tampered: Path) -> None:
    edit(tampered, "slides", no_change)
    assert outcome(tampered, "slides") == (True, "supported, as certified")


def test_a_certificate_whose_digest_was_not_made_valid_again(tampered: Path) -> None:
    path = tampered / "certificates" / "accuracy.json"
    content = json.loads(path.read_text())
    content["judgement"]["n"] += 1
    path.write_text(json.dumps(content))
    ok, message = outcome(tampered, "accuracy")
    assert not ok
    assert "digest" in message


@pytest.mark.parametrize(
    ("claim", "path", "value"),
    [
        ("accuracy", ("finding", "left", "values", 0), 0.5),
        ("shape", ("finding", "distances", 0, "value"), 0.0),
        ("one_seed", ("finding", "joins", 0, "height", "bound"), 0.0),
        ("one_seed", ("finding", "levels", "low"), 1.0),
        ("resumes", ("finding", "compared"), "everything"),
        ("frozen", ("finding", "seeds"), [0]),
        ("same_rule", ("finding", "side_conditions"), []),
    ],
)
def test_an_edited_finding_of_each_kind(tampered: Path, claim: str, path: tuple[str | int, ...], value: object) -> None:
    def change(certificate: Certificates) -> None:
        place: Any = certificate
        for step in path[:-1]:
            place = place[step]
        assert place[path[-1]] != value
        place[path[-1]] = value

    edit(tampered, claim, change)
    ok, message = outcome(tampered, claim)
    assert not ok, message


def resealed_record(path: Path, change: Callable[[Certificates], None]) -> None:
    """Change a run record and make its seal valid again: the seal has no key."""
    content = json.loads(path.read_text())
    del content["sha256"]
    change(content)
    seal = hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()
    path.write_text(json.dumps({**content, "sha256": seal}))


def test_a_record_that_hides_checkpoints(tampered: Path) -> None:
    for path in (tampered / "runs").glob("*/seed-*.json"):
        resealed_record(path, lambda content: content.update(steps=content["steps"][:1]))
    ok, message = outcome(tampered, "frozen")
    assert not ok
    assert "checkpoints" in message


def levels_of_one_seed(certificate: Certificates) -> None:
    levels = certificate["finding"]["levels"]
    levels["fixed_over"] = levels["fixed_over"][1:2]


def test_levels_fixed_over_chosen_runs(tampered: Path) -> None:
    edit(tampered, "one_seed", levels_of_one_seed)
    ok, message = outcome(tampered, "one_seed")
    assert not ok
    assert "levels" in message


def test_a_row_that_was_taken_out_of_the_verdicts(tampered: Path) -> None:
    path = tampered / "verdicts.json"
    content = json.loads(path.read_text())
    content["claims"] = [row for row in content["claims"] if row["name"] != "slides"]
    path.write_text(json.dumps(content))
    assert [row.name for row in recheck(tampered).rows if not row.ok] == ["slides"]


def test_another_text_on_a_certificate(tampered: Path) -> None:
    edit(tampered, "accuracy", lambda certificate: certificate.update(text="accuracy(gd) >= 0.999"))
    assert not outcome(tampered, "accuracy")[0]


def test_missing_data_are_missed_and_not_made_again(tampered: Path) -> None:
    shutil.rmtree(tampered / "data")
    ok, message = outcome(tampered, "accuracy")
    assert not ok
    assert "missing" in message
    assert not (tampered / "data").exists()


def test_renaming_a_run_and_dropping_seeds_leave_a_store_that_rechecks(few_seeds: Example, tmp_path: Path) -> None:
    store, specification = tmp_path / "store", tmp_path / "renamed.cat"
    shutil.copytree(few_seeds.store, store)
    text = few_seeds.specification.read_text()
    renamed, fewer = re.sub(r"\bball\b", "bowl", text), text.replace("0..3", "0..2").replace("<= 4", "<= 3")
    for changed in (renamed, fewer):
        specification.write_text(changed)
        assert catlearn("verify", specification, "--only", "one_seed", "--store", store).status == 0
        assert recheck(store, "one_seed").ok


def test_a_run_compared_with_itself_is_vacuous(few_seeds: Example, tmp_path: Path) -> None:
    store, specification = tmp_path / "store", tmp_path / "itself.cat"
    shutil.copytree(few_seeds.store, store)
    text = few_seeds.specification.read_text().replace("slide          : gd => ball", "slide          : gd => gd")
    specification.write_text(text)
    done = catlearn("verify", specification, "--only", "slides", "--json", "--store", store)
    assert done.document()["claims"][0]["verdict"] == "vacuous"


def test_a_byte_changed_in_a_trajectory_is_noticed_by_verify(tampered: Path, few_seeds: Example) -> None:
    path = sorted((tampered / "runs").glob("*/seed-0.safetensors"))[0]
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    done = catlearn("verify", few_seeds.specification, "--store", tampered)
    assert done.status == 4
    assert path.name in done.messages


def test_an_edited_verdict(tampered: Path) -> None:
    path = tampered / "verdicts.json"
    path.write_text(path.read_text().replace('"supported"', '"proved"'))
    assert not recheck(tampered, "slides").ok


def test_a_missing_certificate(tampered: Path) -> None:
    (tampered / "certificates" / "slides.json").unlink()
    assert outcome(tampered, "slides") == (False, "its certificate is missing")


def test_cached_evidence_is_never_read(tampered: Path) -> None:
    for path in (tampered / "evidence").iterdir():
        path.write_text("{}")
    assert recheck(tampered, "accuracy").ok


def test_what_is_no_store(tmp_path: Path) -> None:
    done = catlearn("recheck", tmp_path)
    assert done.status == 2
    assert "Traceback" not in done.messages


def test_an_edited_claim_trains_nothing(few_seeds: Example, tmp_path: Path) -> None:
    store, specification = tmp_path / "store", tmp_path / "quickstart.cat"
    shutil.copytree(few_seeds.store, store)
    specification.write_text(few_seeds.specification.read_text().replace("holds_for = 0.5", "holds_for = 0.4"))
    before = set(store.rglob("*.safetensors"))
    done = catlearn("verify", specification, "--only", "slides", "--json", "--store", store)
    assert done.document()["claims"][0]["verdict"] == "supported"
    assert set(store.rglob("*.safetensors")) == before
