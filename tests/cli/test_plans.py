"""`preview --save-plan` and `up --plan`: done as planned, or refused before anything is changed, with what differs."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.plans import program_digest
from sandbox.inventory import layout_of


def saved(small: Any, tmp_path: Path) -> Path:
    """A plan of global-dev as it stands."""
    file = tmp_path / "plan.json"
    ended = small("preview", "global-dev", "--save-plan", str(file))
    assert ended.status == 0, ended.err
    assert f"./cfctl up global-dev --plan {file}" in ended.out
    return file


def test_a_plan_of_a_new_deployment_is_carried_out_once(small: Any, tmp_path: Path) -> None:
    """A file for its user alone, that holds no password; afterwards the state is another, so it is done with."""
    file = saved(small, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    assert {"manifest", "resourcePlans", "complianceflow"} == set(json.loads(file.read_text()))
    ended = small("up", "global-dev", "--plan", str(file))
    assert ended.status == 0, ended.err
    password = small("outputs", "global-dev", "--json", "--show-secrets").document["outputs"]["password"]
    assert password not in file.read_text()
    again = small("up", "global-dev", "--plan", str(file))
    assert again.status == 5
    assert "its state is another one now" in again.err


def test_what_differs_from_what_a_plan_was_made_of_is_refused_before_anything_is_changed(
    small: Any, tmp_path: Path
) -> None:
    """Settings, program, the file itself, another deployment: each by name, all of them at once."""
    file = saved(small, tmp_path)
    text = file.read_text()
    settings = small.project / "stacks" / "Pulumi.global-dev.yaml"
    settings.write_text(settings.read_text().replace("owner: DevOps", "owner: Somebody"))
    program = small.project / "__main__.py"
    program.write_text(program.read_text() + "\n# another program\n")
    refused = small("up", "global-dev", "--plan", str(file))
    assert refused.status == 5
    assert "its stack file is another one now; the program is another one now" in refused.err
    file.write_text(text.replace("rg-cf-global-dev", "rg-cf-global-dav"))
    edited = small("up", "global-dev", "--plan", str(file))
    assert edited.status == 4
    assert "the plan was changed after it was made" in edited.err
    assert not layout_of(small.home).state("global-dev").exists()
    assert not (small.home.root / "runs").exists()


def test_a_step_that_deviates_is_stopped(small: Any, tmp_path: Path) -> None:
    """What no digest can know of, as a value from the environment: the engine looks at each step."""
    file = saved(small, tmp_path)
    ended = small("up", "global-dev", "--plan", str(file), GATE=str(tmp_path / "plan.json"))
    assert ended.status == 1
    assert "the plan does not have it" in ended.err
    assert small("up", "global-dev").status == 0, "what was made before it is kept and gone on with"


def test_the_program_is_all_that_it_imports_and_no_settings(tmp_path: Path) -> None:
    """A component, the address map, the images; not the stack files, not what Python compiles. Also behind a link."""
    real, project = tmp_path / "real", tmp_path / "project"
    project.mkdir()
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt"):
        (project / name).write_text("")
    for room in ("cidr", "components", "deployments", "images", "stacks", "tenancy"):
        (real / room / "deep").mkdir(parents=True)
        (project / room).symlink_to(real / room)
    seen = {program_digest(project)}
    for name in ("components/deep/vault.py", "cidr/allocations.yaml", "images/images.yaml", "stacks/settings.py"):
        for text in ("a", "b"):
            (real / name).write_text(text)
            assert program_digest(project) not in seen, name
            seen.add(program_digest(project))
    before = program_digest(project)
    (real / "stacks" / "Pulumi.global-dev.yaml").write_text("a")
    (real / "components" / "__pycache__").mkdir()
    (real / "components" / "__pycache__" / "vault.py").write_text("a")
    assert program_digest(project) == before


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("up", "westeu-dev-1", "--plan", "{file}"), 5, "westeu-dev-1 needs global-dev, which is not up"),
        (("up", "global-dev", "westeu-dev-1", "--plan", "{file}"), 2, "a plan is of one deployment"),
        (("up", "global-dev", "--plan", "{nothing}"), 4, "reading the plan failed"),
        (("up", "global-dev", "--plan", "{other}"), 4, "this is no plan of"),
        (("preview", "global-dev", "--save-plan", "{file}", "--engine", "cli"), 2, "keeps plans of its own"),
        (("up", "global-dev", "--target", "urn:x", "--plan", "{file}"), 2, "not of --target"),
    ],
)
def test_what_is_no_plan_or_cannot_be_planned_is_refused_in_words(
    cfctl: Any, tmp_path: Path, words: tuple[str, ...], status: int, told: str
) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    places = {"file": str(tmp_path / "plan.json"), "nothing": str(tmp_path / "nothing.json"), "other": str(other)}
    ended = cfctl(*(word.format(**places) for word in words))
    assert ended.status == status, ended.err
    assert told in ended.err
