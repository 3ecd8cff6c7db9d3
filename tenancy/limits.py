"""How long the job waits for what, in seconds: the only place with times in it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Times in seconds.

    A server that has just restarted, or an identity that Entra has only just told it about, refuses connections for a
    while: the job tries again after `first_pause`, then twice as long each time up to `longest_pause`, and gives up
    `connect_deadline` after the first try. A store of exports is asked `store_attempts` times, `store_pause` apart at
    first. `attempt` and `store_attempt` bound one try, `lock` the wait for another job to end, `row_lock` and
    `statement` one statement.
    """

    attempt: int = 10
    connect_deadline: float = 120.0
    first_pause: float = 0.5
    longest_pause: float = 10.0
    lock: float = 120.0
    lock_pause: float = 1.0
    row_lock: int = 15
    statement: int = 60
    store_attempt: float = 60.0
    store_attempts: int = 6
    store_pause: float = 0.8
