"""Which journal a run goes on with: that of the run before it, where that is the only safe thing, else a new one.

A teardown that has not begun to destroy is begun anew: since its export was made, services may have written. One that
has begun is gone on with, unless the databases can still be exported: then they are, once more.
"""

from lifecycle.journal import Journal, Journals, Kind
from lifecycle.ports import Server
from lifecycle.saved import DESTROY


def journal_for(journals: Journals, deployment: str, kind: Kind, server: Server | None) -> Journal:
    """The journal of the run that begins now. server: the deployment's database server as it stands."""
    unfinished = journals.unfinished(deployment)
    if unfinished is None:
        return journals.begin(deployment, kind)
    if unfinished.run.kind == kind and _goes_on(unfinished, server):
        return unfinished
    unfinished.end("superseded")
    return journals.begin(deployment, kind)


def _goes_on(unfinished: Journal, server: Server | None) -> bool:
    if unfinished.run.kind == "up":
        return True
    return DESTROY in unfinished.begun and (server is None or not server.prepared)
