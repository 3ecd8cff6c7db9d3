"""The settings of the account: of what outlives every deployment and belongs to none. One stack file, `account`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from cidr import ACCOUNT, DeploymentName, Environment, Fault, FaultsError, Region
from cidr.faults import nearest
from cidr.names import APPLICATION_CODE
from cidr.validation import told
from cidr.yaml_source import KeyPath, shown
from stacks.files import KEY, stack_file
from stacks.load import load_settings, raw_settings, settings_from
from stacks.parts import EXAMPLE_GUID, Budget, EntraGroup, Guid, Name, Part, refused
from stacks.settings import Settings

_Word = TypeVar("_Word", Region, Environment)


def _one_of(words: type[_Word]) -> BeforeValidator:
    """One of the words, told with all of them where it is none."""

    def take(value: object) -> _Word:
        known = [str(word) for word in words]
        if str(value) not in known:
            guess = nearest(str(value), known) or known[0]
            raise refused(f"{value!r} is no {words.__name__.lower()}", ", ".join(known), f"write `{guess}` instead")
        return words(str(value))

    return BeforeValidator(take)


class AccountEnvironment(Part):
    """One environment: the subscription of its deployments, their common budget, the regions that it is watched in."""

    subscription_id: Guid = Field(
        description="GUID of the subscription of its deployments, lower case", examples=[EXAMPLE_GUID]
    )
    budget: Budget = Field(
        description="the month's budget of all its deployments, with amount, currency and contact_emails",
        examples=["{amount: 550, currency: USD, contact_emails: [platform@example.com]}"],
    )
    network_watchers: Annotated[
        tuple[Annotated[Region, _one_of(Region)], ...],
        Field(strict=False, description="regions whose network watcher the account holds", examples=["[westeu]"]),
    ]


class AccountSettings(Part):
    """All settings of the account.

    `subscription_id`: where the state lies; `environments` may have others. `locked`: whether the state's group is
    locked against deletion, which also keeps what a retired deployment leaves in it.
    """

    application_code: str = Field(
        pattern=f"^{APPLICATION_CODE}$", description="2 to 4 lower-case letters, part of every name", examples=["cf"]
    )
    subscription_id: Guid = Field(description="GUID of the state's subscription, lower case", examples=[EXAMPLE_GUID])
    tenant_id: Guid = Field(description="GUID of the Entra tenant, lower case", examples=[EXAMPLE_GUID])
    region: Region = Field(strict=False, description="region of the state", examples=["westeu"])
    owner: Name = Field(description="who answers for the account", examples=["Platform Team"])
    cost_center: Name = Field(description="who pays for it", examples=["Platform"])
    # The second form: https://learn.microsoft.com/entra/workload-id/workload-identities-github-immutable-subjects
    repository: str = Field(
        pattern=r"^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$",
        description="repository on GitHub as its tokens name it, case as there: org/name, or org@id/name@id",
        examples=["example-org/complianceflow"],
    )
    state_admin_group: EntraGroup = Field(
        description="people who make stacks and read every state: name and object_id",
        examples=[f"{{name: state-admins, object_id: {EXAMPLE_GUID}}}"],
    )
    # Account-wide redundancy: https://learn.microsoft.com/azure/storage/common/storage-redundancy
    replication: Literal["LRS", "ZRS", "GRS", "RAGRS", "GZRS", "RAGZRS"] = Field(
        description="how the state is copied", examples=["GRS"]
    )
    # 30 to 730 days: https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
    log_retention_days: int = Field(ge=30, le=730, description="days that logs are kept, 30 to 730", examples=[365])
    locked: bool = Field(description="locks the state's group against deletion", examples=["true"])
    public_zone: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        description="public DNS zone of the platform, where it has a domain of its own",
        examples=["example.com"],
    )
    environments: dict[Annotated[Environment, _one_of(Environment)], AccountEnvironment] = Field(
        min_length=1,
        description="by environment: subscription_id, budget, network_watchers",
        examples=["{dev: {...}}"],
    )

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Every subscription once: the state's first, then the environments' in the order of the file."""
        others = (environment.subscription_id for environment in self.environments.values())
        return tuple(dict.fromkeys([self.subscription_id, *others]))

    @property
    def watchers(self) -> tuple[tuple[str, Region], ...]:
        """The subscriptions and regions whose network watcher the account holds: environments may share one."""
        return tuple(
            dict.fromkeys(
                (environment.subscription_id, region)
                for environment in self.environments.values()
                for region in environment.network_watchers
            )
        )

    def serves(self, deployment: DeploymentName) -> bool:
        """Whether the account has the deployment's environment."""
        return deployment.environment in self.environments


def load_account(root: Path | None = None) -> AccountSettings:
    """The settings in stacks/Pulumi.account.yaml below `root` (default: this repository).

    Raises FaultsError with every fault of the file, each with its line.
    """
    file = stack_file(ACCOUNT, root)
    if not file.is_file():
        what, step = "the account has no stack file", f"take stacks/{file.name} back from the repository"
        raise FaultsError([Fault(where=f"stacks/{file.name}", what=what, allowed="one", next_step=step)])
    return _settings(*raw_settings(file))


def account_settings_from(raw: Mapping[str, object]) -> AccountSettings:
    """The settings of the account from the mapping under `complianceflow:settings`; raises as `load_account`."""
    return _settings(raw, lambda path: f"stacks/Pulumi.{ACCOUNT}.yaml {KEY}.{shown(path)}", [])


def _settings(raw: Mapping[str, object], where: Callable[[KeyPath], str], faults: list[Fault]) -> AccountSettings:
    try:
        settings = AccountSettings.model_validate(raw)
    except ValidationError as error:
        raise FaultsError([*faults, *told(error, AccountSettings, where)]) from None
    if faults:
        raise FaultsError(faults)
    return settings


def load_stack(stack: str, root: Path | None = None) -> Settings | AccountSettings:
    """The settings of a stack: of the account, or of a deployment. Raises as `load_account` and `load_settings`."""
    return load_account(root) if stack == ACCOUNT else load_settings(stack, root)


def stack_settings_from(stack: str, raw: Mapping[str, object]) -> Settings | AccountSettings:
    """The settings of a stack from the mapping under `complianceflow:settings`; raises as `load_stack`."""
    return account_settings_from(raw) if stack == ACCOUNT else settings_from(stack, raw)
