"""What the exit status of `cfctl` means; scripts may rely on it.

| status | name | meaning | was anything changed? |
|---|---|---|---|
| 0 | OK | done | as asked |
| 1 | FAILED | a step of the run, or `doctor`, `preflight`, `test` or `check`, failed | what the summary shows |
| 2 | BAD_INPUT | the command line, a stack file or the address map is wrong | no |
| 3 | LOCKED | another run holds the deployment | no |
| 4 | STATE | state cannot be read or written: damaged, other passphrase, newer version, full disk | as recorded |
| 5 | REFUSED | understood, not done: prod, account, a global that regionals need, no confirmation, no sign-in | no |
| 6 | DRIFT | `refresh --check`: Azure has it otherwise than the state | no |
| 7 | BUDGET_NEAR | `budget check`: 80 % of a budget is spent | no |
| 8 | BUDGET_FORECAST | `budget check`: as it goes, a budget will be spent before the month is over | no |
| 9 | BUDGET_SPENT | `budget check`: a budget is spent | no |
| 70 | INTERNAL | a fault of cfctl itself (EX_SOFTWARE of sysexits.h); the log file has the traceback | unknown |
| 130 | CANCELED | stopped by Ctrl-C (128 + SIGINT) | what the summary shows; the same command finishes |

With `--target azure`, once the Pulumi CLI has been run, the status is the CLI's own.

Of several deployments: what all that went wrong have in common (of the deployment that is locked nothing was changed,
the others were done), else FAILED; a stop and a fault of cfctl count before all.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit statuses of `cfctl`; the table above is their meaning."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    LOCKED = 3
    STATE = 4
    REFUSED = 5
    DRIFT = 6
    BUDGET_NEAR = 7
    BUDGET_FORECAST = 8
    BUDGET_SPENT = 9
    INTERNAL = 70
    CANCELED = 130
