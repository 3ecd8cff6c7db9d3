"""The job is started with what a command asks, and what came of it is read from its console."""

import json
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from cli.databases import schema, tenants
from cli.databases.executions import execute, read
from cli.databases.hosts import lines_of
from cli.databases.running import Asked, ask, show
from cli.exit_codes import ExitCode
from cli.failures import RefusedError
from tests.cli.databases.pretend import IMAGE, OWN, Pretend, Seen, fault, result


def test_the_jobs_own_container_is_sent_back_with_other_arguments() -> None:
    """Azure merges nothing: image, variables and resources stay those of the deployment."""
    azure = Pretend(told=[[result()]])
    ended = execute(azure.host(), ["export", "--name=x"], {"TENANCY_STORE": "https://elsewhere"})
    (container,) = azure.started[0]["containers"]
    assert container["args"] == ["export", "--name=x"]
    assert (container["image"], container["resources"]) == (IMAGE, OWN["resources"])
    variables = {it["name"]: it["value"] for it in container["env"]}
    assert variables["TENANCY_STORE"] == "https://elsewhere"
    assert "user_service" in variables["TENANCY_PLAN"]
    assert ended.succeeded
    assert azure.looks == 2, "it is looked at until it has ended"


def test_of_several_tries_the_last_one_counts() -> None:
    """Azure starts a failed replica again; both write to the same log."""
    first = ['row {"n":1}', 'result {"status":"failed","faults":[]}']
    ended = read("x", "Succeeded", [*first, "a line", 'row {"n":2}', 'row {"n":3}', 'result {"status":"done"}'])
    assert (ended.rows, ended.result) == ([{"n": 2}, {"n": 3}], {"status": "done"})


def test_what_the_job_says_is_told_as_it_is() -> None:
    """Where, what, allowed and next; the status follows the job's own."""
    for code, expected in ((1, ExitCode.FAILED), (2, ExitCode.BAD_INPUT)):
        told = result(status="failed", exit_code=code, faults=[fault("tables are bare"), fault("rights are wide")])
        azure, seen = Pretend(told=[[told]], statuses=["Failed"]), Seen()
        status = schema.gate(seen.screen(), azure.host())
        assert status == expected
        for words in ("tables are bare", "rights are wide", "what is allowed", "what to do", "./cfctl logs"):
            assert words in seen.words


def test_a_job_that_tells_nothing_is_no_success() -> None:
    """Succeeded without a result, and failed without a fault: the log is named."""
    for status in ("Succeeded", "Failed"):
        seen = Seen()
        assert schema.gate(seen.screen(), Pretend(told=[["words"]], statuses=[status]).host()) == ExitCode.FAILED
        assert "told nothing that could be read" in seen.words


def test_a_result_is_a_table_for_people_and_a_document_for_programs() -> None:
    """Rows in both; nothing but the document on standard output."""
    lines = ['row {"slug":"acme","rows":1200}', result(status="listed", tenants=1)]
    seen = Seen()
    assert tenants.list_(seen.screen(), Pretend(told=[lines]).host()) == ExitCode.OK
    assert "acme" in seen.out.getvalue()
    assert "1,200" in seen.out.getvalue()
    seen = Seen()
    tenants.list_(seen.screen(as_json=True), Pretend(told=[lines]).host())
    document = json.loads(seen.out.getvalue())
    assert (document["command"], document["exit_code"]) == ("tenant list", 0)
    assert document["rows"] == [{"slug": "acme", "rows": 1200}]
    assert document["result"]["status"] == "listed"
    assert document["execution"] == {"name": "tenancy-1", "status": "Succeeded"}


def test_where_there_is_no_job_or_no_right_nothing_is_started() -> None:
    """A deployment that is not up, and a person who may not."""
    with pytest.raises(RefusedError, match=r"(?s)westeu-dev-1 is not up.*\./cfctl up westeu-dev-1 --target azure"):
        execute(Pretend(has_job=False).host(place="azure"), ["gate"])
    azure = Pretend(refuses="AuthorizationFailed")
    with pytest.raises(RefusedError, match="AuthorizationFailed"):
        execute(azure.host(), ["gate"])
    assert azure.started == []


def test_on_azure_the_log_may_be_behind_and_is_waited_for() -> None:
    """Lines come minutes later; once the result is there, nobody waits on."""
    looks: list[str] = []
    host = Pretend().host(place="azure", patience=10.0)

    def lines(execution: str) -> list[str]:
        looks.append(execution)
        return [result()] if len(looks) == 3 else []

    ended = execute(replace(host, lines=lines), ["gate"])
    assert (ended.result["status"], len(looks)) == ("done", 3)


def test_azures_console_is_asked_of_the_workspace_by_execution() -> None:
    """The query names the replica by its execution; a table that is not there yet is no line."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            return httpx.Response(400, json={"error": {"code": "SemanticError"}})
        return httpx.Response(200, json={"tables": [{"rows": [["one\n"], ["two"]]}]})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        assert lines_of(http, SecretStr("token"), "/subscriptions/s/w", "tenancy-abc") == []
        assert lines_of(http, SecretStr("token"), "/subscriptions/s/w", "tenancy-abc") == ["one", "two"]
    assert str(asked[0].url) == "https://api.loganalytics.azure.com/v1/subscriptions/s/w/query"
    assert 'startswith "tenancy-abc"' in json.loads(asked[0].content)["query"]


def test_the_job_is_told_for_whom_it_acts() -> None:
    """An object id, for the audit and for certificates."""
    azure = Pretend(told=[[result()]])
    ask(Seen().screen(), azure.host(), Asked(arguments=["gate"]))
    variables = {it["name"]: it["value"] for it in azure.started[0]["containers"][0]["env"]}
    assert variables["TENANCY_ACTOR"] == "b7a0c0de-0000-4000-8000-000000000001"


def test_an_answer_that_failed_has_no_next_command() -> None:
    """What would follow a success is no advice after a failure."""
    azure, seen = (
        Pretend(told=[[result(status="failed", exit_code=1, faults=[fault("no")])]], statuses=["Failed"]),
        Seen(),
    )
    host = azure.host()
    answer = ask(seen.screen(), host, Asked(arguments=["export"]))
    show(seen.screen(), host, "tenant export", answer, ["./cfctl tenant import"])
    assert "./cfctl tenant import" not in seen.words
