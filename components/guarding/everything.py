"""Every resource that a program has declared so far: what a lock waits for, so that nobody need list it.

https://www.pulumi.com/docs/iac/concepts/options/transformations/
"""

import pulumi


class Everything:
    """The resources declared after `watch` was called, in order; components, whose children are here, are left out."""

    def __init__(self) -> None:
        self._seen: list[pulumi.Resource] = []

    @classmethod
    def watch(cls) -> "Everything":
        """Begin to collect: call it before anything is declared."""
        made = cls()

        def note(declared: pulumi.ResourceTransformationArgs) -> None:
            if isinstance(declared.resource, pulumi.CustomResource):
                made._seen.append(declared.resource)

        pulumi.runtime.register_stack_transformation(note)
        return made

    @property
    def resources(self) -> list[pulumi.Resource]:
        """What has been declared up to now."""
        return [*self._seen]
