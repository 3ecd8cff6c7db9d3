"""The JSON documents have a stable shape: readers outside this repository rely on every key here."""

import json

from cidr import Fault
from cli import documents
from cli.documents import AzureTime, Database, Kept, Run
from cli.exit_codes import ExitCode
from cli.run_view import RunView
from sandbox.engine.model.events import DiagnosticEvent, PropertyChange, ResOutputsEvent, StepMetadata
from sandbox.engine.model.values import UNKNOWN


def test_the_document_of_a_run_has_exactly_these_keys() -> None:
    """A golden shape: a change that could break a reader needs the next `format`."""
    view = RunView("westeu-dev-1", "up")
    change = PropertyChange("id", "update", "[secret]", {"x": [UNKNOWN]})
    view.take(
        ResOutputsEvent(StepMetadata("update", "urn:pulumi:s::p::a:b:C::n", "a:b:C", changes=(change,)), seconds=1)
    )
    view.take(ResOutputsEvent(StepMetadata("same", "urn:pulumi:s::p::a:b:C::m", "a:b:C")))
    view.take(DiagnosticEvent("warning", "careful", "urn"))
    run = Run(
        deployment="westeu-dev-1",
        operation="up",
        result="succeeded",
        changes={"update": 1, "same": 1},
        seconds=1.0,
        steps=documents.steps_of(view),
        messages=documents.messages_of(view),
        outputs={"a": 1},
        endpoints={"case": "https://x"},
        databases=(Database("case_service", "psql", "127.0.0.1", 21000),),
        kept=(Kept("kv", "keyvault:Vault", "soft-deleted", "2026-01-01T00:00:00+00:00"),),
        azure_seconds=AzureTime(10.0, 20.0),
        log="/logs/x.log",
    )
    fault = Fault(where="w", what="x", allowed="a", next_step="n")
    document = documents.runs_document(
        "up", ExitCode.FAILED, [run], home="/h", engine="sandbox", next_commands=["./cfctl list"], errors=[fault]
    )
    assert json.loads(json.dumps(document)) == {
        "format": 1,
        "command": "up",
        "exit_code": 1,
        "errors": [{"where": "w", "what": "x", "allowed": "a", "next_step": "n"}],
        "home": "/h",
        "engine": "sandbox",
        "next": ["./cfctl list"],
        "runs": [
            {
                "deployment": "westeu-dev-1",
                "operation": "up",
                "result": "succeeded",
                "changes": {"update": 1, "same": 1},
                "seconds": 1.0,
                "steps": [
                    {
                        "op": "update",
                        "urn": "urn:pulumi:s::p::a:b:C::n",
                        "type": "a:b:C",
                        "name": "n",
                        "status": "done",
                        "seconds": 1.0,
                        "changes": [
                            {"path": "id", "kind": "update", "old": "[secret]", "new": {"x": ["known after up"]}}
                        ],
                    }
                ],
                "messages": [{"severity": "warning", "urn": "urn", "message": "careful"}],
                "outputs": {"a": 1},
                "endpoints": {"case": "https://x"},
                "databases": [{"name": "case_service", "server": "psql", "host": "127.0.0.1", "port": 21000}],
                "kept": [
                    {
                        "name": "kv",
                        "type": "keyvault:Vault",
                        "why": "soft-deleted",
                        "until": "2026-01-01T00:00:00+00:00",
                    }
                ],
                "azure_seconds": {"critical_path": 10.0, "sum": 20.0},
                "log": "/logs/x.log",
                "cost": None,
                "isolation": "",
                "receipt": "",
            }
        ],
    }


def test_every_document_begins_alike() -> None:
    """A reader finds out what it has, and whether it went well, without knowing the command."""
    assert documents.document("list", ExitCode.OK, deployments=[]) == {
        "format": 1,
        "command": "list",
        "exit_code": 0,
        "errors": [],
        "deployments": [],
    }
