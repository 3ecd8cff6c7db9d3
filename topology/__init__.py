"""WHAT A PERSON SEES: the network of deployments and the address map, as a model and as pages to look at.

`resources` is what it is given (plain data of resources), `read` makes the model of it, `pages` writes HTML with SVG
inside. Pure: no Pulumi, no sandbox, no clock; the same input gives the same page.
"""

from topology.model import Topology
from topology.reading import read
from topology.resources import Resource, Source

__all__ = ["Resource", "Source", "Topology", "read"]
