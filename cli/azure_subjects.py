"""What is known of a stack before Azure is asked anything: for the checks of `preflight`, in plain values."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import yaml

from cidr import ACCOUNT, DeploymentName, Fault, FaultsError
from components.conventions import Names
from deployments.account_state import state_plan
from deployments.catalogue.services import services_of
from deployments.catalogue.workloads import GATEWAY, TENANCY
from deployments.images import CachedRepositories, load_images
from preflight.model import Backend, Command, PulumiCli, Sibling, Subject
from stacks import (
    AccountSettings,
    Settings,
    check_agreement,
    known_deployments,
    load_account,
    load_settings,
    load_stack,
    needs_of,
    stack_file,
)


def subjects_of(stacks: Sequence[str], command: Command, project: Path) -> list[Subject]:
    """Each stack, not signed in yet. Raises FaultsError for all that is wrong with their settings, and for an account
    that does not have their environment.
    """
    account = load_account(project)
    cli = find_pulumi()
    subjects: list[Subject] = []
    faults: list[Fault] = []
    for stack in stacks:
        try:
            settings = load_stack(stack, project)
            if command != "down" and isinstance(settings, Settings):
                check_agreement(settings, project)
            images = images_of(settings) if isinstance(settings, Settings) else {}
            subjects.append(
                Subject(
                    stack=stack,
                    command=command,
                    settings=settings,
                    backend=backend_of(account, settings, project),
                    cli=cli,
                    caller=None,
                    images=images,
                    siblings=_siblings(settings, stacks, project) if command == "down" else (),
                )
            )
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise FaultsError(dict.fromkeys(faults))
    return subjects


def find_pulumi() -> PulumiCli | None:
    """The official CLI on PATH; None where there is none."""
    path = shutil.which("pulumi")
    if path is None:
        return None
    try:
        said = subprocess.run([path, "version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return PulumiCli(path=path, version="")
    return PulumiCli(path=path, version=said.stdout.strip())


def backend_of(account: AccountSettings, settings: Settings | AccountSettings, project: Path) -> Backend:
    """Where the state of a stack lies, by the account's settings: one container and one key an environment."""
    plan = state_plan(account)
    owner = ACCOUNT if isinstance(settings, AccountSettings) else str(settings.deployment.environment)
    if owner not in plan.owners:
        raise FaultsError([_no_environment(account, owner)])
    program = cast("Mapping[str, object]", yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8")))
    return Backend(
        url=plan.backend_url(owner),
        secrets_provider=plan.secrets_provider(owner),
        account=plan.account,
        container=plan.state_of(owner),
        vault=plan.vault,
        key=plan.state_of(owner),
        project=str(program["name"]),
    )


def images_of(settings: Settings) -> dict[str, str]:
    """The image of each workload as its upstream registry has it; the environment's own registry pulls from there.

    Raises FaultsError for a workload without an image where it needs one.
    """
    kind, images = settings.deployment.kind, load_images(settings.deployment.environment)
    services = [row.name for row in services_of(kind)] + ([GATEWAY] if kind == "global" else [])
    found = {name: image.reference for name, image in images.of(services).items()}
    return {
        **{
            name: _upstream(it, images.upstream) if not images.is_placeholder(name) else it
            for name, it in found.items()
        },
        TENANCY: _upstream(images.of_job(TENANCY), images.upstream),
    }


def _upstream(reference: str, rules: Sequence[CachedRepositories]) -> str:
    for rule in rules:
        begin = rule.target.removesuffix("*")
        if reference.startswith(begin):
            return rule.source.removesuffix("*") + reference.removeprefix(begin)
    return reference


def _siblings(settings: Settings | AccountSettings, going: Sequence[str], project: Path) -> list[Sibling]:
    """Those that need a deployment and do not go with it."""
    if not isinstance(settings, Settings):
        return []
    needing = [it for it in known_deployments() if settings.deployment in needs_of(it) and str(it) not in going]
    return [_sibling(it, project) for it in needing if stack_file(str(it), project).is_file()]


def _sibling(deployment: DeploymentName, project: Path) -> Sibling:
    settings = load_settings(str(deployment), project)
    group = Names(deployment, settings.application_code).of("resource_group")
    return Sibling(stack=str(deployment), subscription_id=settings.subscription_id, group=group)


def _no_environment(account: AccountSettings, environment: str) -> Fault:
    return Fault(
        where=f"stacks/Pulumi.{ACCOUNT}.yaml environments",
        what=f"the account has no environment {environment}: there is no place for its state",
        allowed=", ".join(account.environments),
        next_step=f"add `{environment}:` under environments, then ./cfctl init azure",
    )
