"""Attack the whole portal while members pay, then compare its tables with the gateway's books: `script/chaos`.

`crowd` and `member` are the people, `plan` decides by seed what breaks and when, `parts` runs and kills the real
processes, `run` conducts, `verdict` counts what must be 0. `settings` and `apps` are what the portal's own processes
load: the portal unchanged, its long waits shortened, and on request one planted bug.
"""
