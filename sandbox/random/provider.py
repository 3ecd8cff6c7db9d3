# ruff: noqa: ARG002, N802 - the protocol's signatures; the protocol's names
"""The provider `random`: every change of an input makes a new value, nothing is kept outside Pulumi's state.

https://www.pulumi.com/registry/packages/random/
"""

import secrets
from collections.abc import Callable
from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.engine.model.values import UNKNOWN, Secret, to_struct
from sandbox.provider_service import Properties, ProviderService, RefusedError, answers, plain, type_of, wire
from sandbox.random.values import TYPES, Entropy, RandomType

VERSION = "4.21.4"
_answers = answers()


class RandomProvider(ProviderService):
    """The stand-in for pulumi-random.

    draw: gives n random bytes (a test may give a fixed source). Not modelled: RandomPassword's bcryptHash stays
    unset; RandomInteger's and RandomUuid's seeds are refused; RandomPet, RandomShuffle and RandomBytes are refused.
    """

    version = VERSION
    accept_secrets = True

    def __init__(self, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        super().__init__()
        self._entropy = Entropy(draw)

    def Configure(self, request: Any, context: Any) -> Any:
        """There is nothing to configure."""
        return self.configured()

    @_answers
    def Check(self, request: Any, context: Any) -> Any:
        """Hold the inputs against the type; they go on as they are."""
        kind, news = _kind(request.urn), plain(request.news)
        reasons = [f"Missing required argument: {name}" for name in sorted(kind.required - news.keys())]
        for name, value in news.items():
            expected = kind.inputs.get(name)
            if name.startswith("__"):
                continue
            if expected is None:
                reasons.append(f"'{name}' is no argument of {type_of(request.urn)}")
            elif value is not UNKNOWN and (
                not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool)
            ):
                reasons.append(f"'{name}' is {value!r}, which is of the wrong type")
        if not reasons and UNKNOWN not in news.values():
            reasons = kind.faults(news)
        return pb.CheckResponse(inputs=request.news, failures=[pb.CheckFailure(reason=reason) for reason in reasons])

    @_answers
    def Diff(self, request: Any, context: Any) -> Any:
        """Any difference makes a new value, keepers included; the old one is removed after."""
        _kind(request.urn)
        olds, news = plain(request.old_inputs), plain(request.news)
        detailed: dict[str, pb.PropertyDiff] = {}
        for name in sorted(olds.keys() | news.keys()):
            if name.startswith("__") or olds.get(name) == news.get(name):
                continue
            kind = "ADD" if name not in olds else "DELETE" if name not in news else "UPDATE"
            detailed[name] = pb.PropertyDiff(kind=pb.PropertyDiff.Kind.Value(f"{kind}_REPLACE"), inputDiff=True)
        if not detailed:
            return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME,
            replaces=list(detailed),
            diffs=list(detailed),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    @_answers
    def Create(self, request: Any, context: Any) -> Any:
        """Draw the value; a preview knows all but it."""
        kind, inputs = _kind(request.urn), plain(request.properties)
        if request.preview or UNKNOWN in inputs.values():
            known = {**kind.defaults, **inputs, **dict.fromkeys(kind.computed, UNKNOWN)}
            return pb.CreateResponse(properties=_outputs(kind, known))
        made = kind.make(inputs, self._entropy)
        return pb.CreateResponse(id=made.id, properties=_outputs(kind, {**made.outputs, "id": made.id}))

    @_answers
    def Update(self, request: Any, context: Any) -> Any:
        """Nothing can change without a new value."""
        raise RefusedError(f"{type_of(request.urn)} cannot be updated, only replaced")

    @_answers
    def Read(self, request: Any, context: Any) -> Any:
        """What the state says; without a state, the value that the id holds (an import)."""
        kind = _kind(request.urn)
        if request.properties.fields:
            return pb.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        outputs = kind.restore(request.id)
        own = kind.own_id(outputs)
        inputs = {name: value for name, value in outputs.items() if name in kind.inputs}
        return pb.ReadResponse(id=own, properties=_outputs(kind, {**outputs, "id": own}), inputs=wire(inputs))

    @_answers
    def Delete(self, request: Any, context: Any) -> Any:
        """Nothing lives outside the state."""
        _kind(request.urn)
        return Empty()


def _kind(urn: str) -> RandomType:
    token = type_of(urn)
    if token not in TYPES:
        raise RefusedError(
            f"the stand-in for random does not model {token}: it has {', '.join(sorted(TYPES))}; take one of these"
        )
    return TYPES[token]


def _outputs(kind: RandomType, values: Properties) -> Struct:
    return to_struct(
        {name: Secret(value) if name in kind.secrets else value for name, value in values.items() if value is not None}
    )
