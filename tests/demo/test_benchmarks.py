"""What the benchmarks measure with, tried on things whose answer is known. The benchmarks themselves take minutes."""

import os
import subprocess
import sys

import pytest

import bench.checkout.__main__
import bench.growth
import bench.load
import bench.profile
from bench.checkout.journey import WentWrong, first_dues
from bench.processes import cpu_seconds, memory_mb, tree

# More than is asked below: the kernel counts in ticks of ten milliseconds, and rounds down.
BURN = "import time\nwhile time.process_time() < 0.4: pass\n"
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint(flush=True)\ninput()\n"


def test_the_cpu_of_a_child_that_ended_counts_for_its_parent() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", PARENT], **pipes) as parent:  # type: ignore[call-overload]
        parent.stdout.readline()
        assert 0.3 <= cpu_seconds(parent.pid) < 3
        assert parent.pid in tree(os.getpid())
        assert memory_mb(parent.pid)[parent.pid] > 1
        parent.communicate(b"\n")


def test_the_oldest_dues_of_the_first_kind_that_owes_any_are_chosen() -> None:
    page = (
        '<fieldset data-kind="colegiado"><p>No tiene cuotas.</p></fieldset><fieldset data-kind="semefa">'
        + "".join(f'<input name="dues" value="{number}">' for number in (7, 8, 9, 10))
        + "</fieldset>"
    )
    assert first_dues(page) == ("semefa", ["7", "8", "9"])
    with pytest.raises(WentWrong):
        first_dues("<h1>Al día</h1>")


@pytest.mark.parametrize("measurement", [bench.checkout.__main__, bench.growth, bench.load, bench.profile])
def test_each_measurement_says_what_it_does(measurement: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        measurement.main(["--help"])  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    assert "usage: script/bench" in said
    assert "--scale" in said
