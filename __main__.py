"""The Pulumi program: the name of the stack, its settings, the deployment, the outputs. It declares nothing itself."""

import pulumi

from cidr import FaultsError
from deployments import sdk_patches
from stacks import stack_settings_from

sdk_patches.apply()

from deployments.program import deploy  # noqa: E402 - resources are declared by the patched SDK only

try:
    # One object, because Pulumi cannot list keys: only so are unknown ones refused.
    settings = stack_settings_from(pulumi.get_stack(), pulumi.Config().get_object("settings") or {})
    deploy(settings).export()
except FaultsError as error:
    raise pulumi.RunError(f"the input cannot be taken:\n{error}") from None  # shown without a traceback
