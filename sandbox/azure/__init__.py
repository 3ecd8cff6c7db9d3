"""The stand-in for Azure: a resource provider over an imitation of Azure Resource Manager."""
