"""Errors as Azure Resource Manager answers them."""


class ArmError(Exception):
    """A refusal by ARM: HTTP status, Azure's own code, a message that names what is wrong.

    `str()` is the text that pulumi-azure-native shows for it: `Status=409 Code="ScopeLocked" Message="..."`.
    https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f'Status={self.status} Code="{self.code}" Message="{self.message}"'


class NotModelledError(Exception):
    """The stand-in has no such type, property, parameter or function: it says so and never fakes success."""


class AlreadyExistsError(Exception):
    """The provider's own refusal to create what is there already, in its words."""

    def __init__(self, arm_id: str) -> None:
        super().__init__(f"cannot create already existing resource '{arm_id}'")


class LostReplyError(Exception):
    """ARM did the work, but the reply never came: a fault scheduled after the commit."""

    def __init__(self, method: str, arm_id: str) -> None:
        super().__init__(f'{method} "https://management.azure.com{arm_id}": read: connection reset by peer')
