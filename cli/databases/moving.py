"""`cfctl tenant move`: out of one deployment, into another of the same residency zone, by an export that both can read.

Three runs of the jobs: the one exports, the other imports and compares row by row, the one lets go where nothing was
written since. Nothing is erased: that is a command of its own, once nobody misses anything. Stopped at any point, the
same command with the name of the export that was made goes on.
"""

from collections.abc import Sequence
from typing import Final

from cidr import DeploymentName, Fault, FaultsError
from cli import documents, failures
from cli.databases.guards import Consent, require_consent
from cli.databases.hosts import JobHost
from cli.databases.running import Answer, Asked, ask, show
from cli.databases.tenants import named
from cli.exit_codes import ExitCode
from cli.failures import Failure
from cli.screen import Screen
from deployments.exports import Exports

_COMMAND: Final = "tenant move"
_STORE: Final = "TENANCY_STORE"


def check(source: DeploymentName, target: DeploymentName) -> None:
    """Raise FaultsError for two deployments between which nobody can move."""
    what = ""
    if source == target:
        what = f"{target} is where the tenant is"
    elif source.environment is not target.environment:
        what = f"{target} is of {target.environment}, {source} of {source.environment}: they share no exports"
    elif "global" in {source.kind, target.kind}:
        what = f"{source if source.kind == 'global' else target} is a global deployment, which has each tenant anyway"
    if what:
        allowed = f"another regional deployment of {source.environment}"
        step = "./cfctl list shows them"
        raise FaultsError([Fault(where="--to", what=what, allowed=allowed, next_step=step)])


def move(  # noqa: PLR0917
    screen: Screen, source: JobHost, target: JobHost, tenant: str, name: str, consent: Consent
) -> ExitCode:
    """Move a tenant. `name`: of an export that an earlier try has made, empty for a new one. The document adds `steps`:
    the results of the three runs.
    """
    here, there = source.settings.deployment, target.settings.deployment
    require_consent(screen, here, f"moving tenant {tenant} to {there}", consent)
    export = name or named(tenant)
    answers: list[tuple[JobHost, Answer]] = []

    def step(host: JobHost, *arguments: str, **variables: str) -> bool:
        answer = ask(screen, host, Asked(arguments=arguments, variables=variables))
        answers.append((host, answer))
        return not answer.faults

    if name or step(source, "export", f"--name={export}", f"--tenant={tenant}"):
        sha256 = answers[0][1].ended.result.get("sha256") if answers else None
        expected = [f"--sha256={sha256}"] if sha256 else []
        if step(target, "import", f"--name={export}", *expected, **{_STORE: Exports.of(here).url}):
            step(source, "let-go", f"--name={export}", f"--tenant={tenant}")
    last_host, last = answers[-1]
    following = [
        f"route tenant {tenant} to {there} in the registry, then",
        f"./cfctl tenant erase {here} --tenant {tenant} --from {export}",
    ]
    return _show(
        screen, answers, last_host, last, following if not last.faults else _again(here, there, tenant, export)
    )


def _again(here: DeploymentName, there: DeploymentName, tenant: str, export: str) -> list[str]:
    return [f"./cfctl tenant move {here} --tenant {tenant} --to {there} --from {export}"]


def _show(
    screen: Screen, answers: Sequence[tuple[JobHost, Answer]], host: JobHost, last: Answer, following: Sequence[str]
) -> ExitCode:
    quiet = Screen(out=screen.out, err=screen.err)  # each step is shown, and one document is written of all
    for one, answer in answers:
        if not screen.as_json and not answer.faults:
            show(quiet, one, _COMMAND, answer)
    if last.faults:
        failures.show(screen, Failure(last.code, last.faults))
    for step in following:
        screen.result(f"  next  {step}", style="bold cyan")
    steps = [
        {"deployment": str(one.settings.deployment), "result": dict(answer.ended.result)} for one, answer in answers
    ]
    deployment = str(host.settings.deployment)
    screen.document(
        documents.document(
            _COMMAND,
            last.code,
            last.faults,
            deployment=deployment,
            target=host.place,
            steps=steps,
            next=list(following),
        )
    )
    return last.code
