"""What the job is told to do: a command of the line each, with its options, and what it says at its end.

A command says what it does line by line, in words for people, and ends with `result {json}` for whoever started it.
What there may be many of comes before, as `row {json}` lines: a console cuts long lines. No line has a secret in it, or
anything of a person.
"""
