"""One provider for all, or one for each provider resource: as the CLI starts a plugin for each."""

from sandbox.engine.providers.provider_client import ProviderClient
from sandbox.random import RandomProvider


def test_what_makes_a_provider_is_asked_for_each_client() -> None:
    """So that two of one package can be configured differently, each with a subscription of its own."""
    made: list[RandomProvider] = []

    def make() -> RandomProvider:
        made.append(RandomProvider())
        return made[-1]

    for _ in range(2):
        ProviderClient("random", make).check_config("urn:pulumi:s::p::pulumi:providers:random::r", {}, {})
    assert len(made) == 2


def test_a_provider_that_is_there_serves_every_client() -> None:
    """It is called as it is, never made anew."""

    class Counted(RandomProvider):
        """Counts what it was asked."""

        asked = 0

        def CheckConfig(self, request: object, context: object) -> object:
            """As the provider, and counted."""
            Counted.asked += 1
            return super().CheckConfig(request, context)

    one = Counted()
    for _ in range(2):
        ProviderClient("random", one).check_config("urn:pulumi:s::p::pulumi:providers:random::r", {}, {})
    assert Counted.asked == 2
