"""The stand-in for pulumi-random: random values that live in Pulumi's state alone."""

from sandbox.random.provider import RandomProvider

__all__ = ["RandomProvider"]
