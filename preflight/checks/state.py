"""Where the state lies: whether its container and its key answer, the stack has been made, nobody holds it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cidr import Fault
from preflight.asking import Answer
from preflight.model import ANY, Check, Fine, Subject, Verdict
from preflight.requests import Request, blobs, key

_LIST: Final = "list"
_KEY: Final = "key"
_REFUSED: Final = frozenset({403, 404})
_USES: Final = frozenset({"encrypt", "decrypt"})
_BLOB: Final = re.compile(r"<Name>([^<]+)</Name>")
_ROLES_LATER: Final = "a role takes up to ten minutes to have its effect"


def _container(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    backend, answer = subject.backend, answers[_LIST]
    if answer.status == 404:
        yield Fault(
            where=backend.url,
            what=f"there is no container {backend.container} in {backend.account} ({answer.code})",
            allowed="what `init` makes before there is a state",
            next_step="./cfctl init azure",
        )
    elif answer.status == 403:
        yield Fault(
            where=backend.url,
            what=f"you may not read the state in {backend.container} ({answer.code})",
            allowed=f"members of the group state_admin_group, or the deployment's pipeline; {_ROLES_LATER}",
            next_step="have yourself taken into the group of stacks/Pulumi.account.yaml, then az login again",
        )
    elif not any(_is_stack(name, subject.stack) for name in _BLOB.findall(answer.text)):
        yield Fault(
            where=backend.url,
            what=f"the stack {subject.stack} has not been made there",
            allowed="a stack, made once",
            next_step=f"pulumi login '{backend.url}' && pulumi stack init {subject.stack} "
            f"--secrets-provider '{backend.secrets_provider}'",
        )
    else:
        yield Fine(f"{subject.stack} in {backend.url}")


def _is_stack(blob: str, stack: str) -> bool:
    """Plain or packed: https://www.pulumi.com/docs/iac/concepts/state-and-backends/."""
    return blob.rpartition("/")[2] in {f"{stack}.json", f"{stack}.json.gz"}


def _key(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    backend, answer = subject.backend, answers[_KEY]
    if answer.status == 404:
        yield Fault(
            where=backend.secrets_provider,
            what=f"there is no key {backend.key} in {backend.vault} ({answer.code})",
            allowed="the key that seals the stack's secrets",
            next_step=f"az keyvault key recover --vault-name {backend.vault} --name {backend.key}, "
            "or ./cfctl init azure where there has never been one",
        )
        return
    if answer.status == 403:
        yield Fault(
            where=backend.secrets_provider,
            what=f"you may not use the key {backend.key} ({answer.code})",
            allowed=f"the role Key Vault Crypto User on {backend.vault}; {_ROLES_LATER}",
            next_step="have yourself taken into the group of stacks/Pulumi.account.yaml, then az login again",
        )
        return
    attributes: Any = answer.body.get("attributes") or {}
    uses = set((answer.body.get("key") or {}).get("key_ops") or ())
    if not attributes.get("enabled") or not uses >= _USES:
        yield Fault(
            where=backend.secrets_provider,
            what=f"the key {backend.key} is disabled, or does not encrypt and decrypt",
            allowed="an enabled key with encrypt and decrypt",
            next_step=f"az keyvault key set-attributes --vault-name {backend.vault} --name {backend.key} "
            "--enabled true --ops encrypt decrypt",
        )
    else:
        yield Fine(f"{backend.key} in {backend.vault}")


def _locks_of(subject: Subject) -> dict[str, Request]:
    backend = subject.backend
    prefix = f".pulumi/locks/organization/{backend.project}/{subject.stack}/"
    return {_LIST: blobs(backend.account, backend.container, prefix)}


def _lock(subject: Subject, answers: Mapping[str, Answer]) -> Iterator[Verdict]:
    held = _BLOB.findall(answers[_LIST].text)
    if held:
        yield Fault(
            where=f"{subject.backend.url} {held[0]}",
            what=f"another run holds {subject.stack}, or one was killed and left its lock",
            allowed="one run of a stack at a time",
            next_step=f"wait for it; if nobody runs one: PULUMI_BACKEND_URL='{subject.backend.url}' "
            f"pulumi cancel --stack {subject.stack}",
        )
    else:
        yield Fine("nobody holds it")


def _stacks_of(subject: Subject) -> dict[str, Request]:
    backend = subject.backend
    prefix = f".pulumi/stacks/{backend.project}/{subject.stack}.json"
    return {_LIST: blobs(backend.account, backend.container, prefix)}


STATE: Final = (
    Check(name="state", asks=_stacks_of, judge=_container, understood=_REFUSED, commands=ANY),
    Check(
        name="secrets provider",
        asks=lambda subject: {_KEY: key(subject.backend.vault, subject.backend.key)},
        judge=_key,
        understood=_REFUSED,
        commands=ANY,
    ),
    Check(name="lock", asks=_locks_of, judge=_lock, commands=ANY),
)
