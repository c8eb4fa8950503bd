"""Processes that are measured: wall time, CPU seconds and peak memory, contestants by turns, and tables of what came out."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


class Run:
    """One process that has ended. Its peak holds that of this script at the fork, about 15 MiB, at least. Every exit code will do where
    `fine` is None."""

    def __init__(self, command, fine=(0,)):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
            started = time.perf_counter()
            try:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=said)
            except OSError as problem:
                sys.exit(f"{command[0]} cannot be started: {problem.strerror}")
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - started
            self.code = process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
            self.peak = usage.ru_maxrss * 1024
            out.seek(0)
            said.seek(0)
            self.out, self.said = out.read(), said.read().decode(errors="replace")
        if fine is not None and self.code not in fine:
            sys.exit(f"{' '.join(command)[:300]}\nended with {self.code}: {self.said[-2000:]}")


class Contestant:
    """A command and how its answer is read. `inner` says that the output itself holds the seconds that count."""

    def __init__(self, name, command, answer, inner=False, fine=(0,)):
        self.name, self.command, self.answer, self.inner, self.fine = name, command, answer, inner, fine
        self.runs = []

    def run(self):
        run = Run(self.command, self.fine)
        if self.inner:
            told = json.loads(run.out)
            run.wall, run.cpu = told["wall"], told["cpu"]
        self.runs.append(run)
        answer = self.answer(run)
        # What the script holds would count as the memory of the processes that it starts later.
        run.out = b""
        return answer

    @property
    def wall(self):
        return min(run.wall for run in self.runs)

    @property
    def cpu(self):
        return min(run.cpu for run in self.runs)

    @property
    def peak(self):
        return max(run.peak for run in self.runs)

    @property
    def median_wall(self):
        return statistics.median(run.wall for run in self.runs)

    @property
    def median_cpu(self):
        return statistics.median(run.cpu for run in self.runs)


def by_turns(contestants, runs):
    """Runs each so often and gives each answer as it comes. Who begins is another each time, so that nobody always follows the same
    neighbour, and what the machine does meanwhile hits all alike."""
    for turn in range(runs):
        first = turn % len(contestants)
        for contestant in contestants[first:] + contestants[:first]:
            yield contestant, contestant.run()


def alike(title, contestants, runs):
    """By turns; each must answer what it answered the first time. Gives these answers by name."""
    answers = {}
    for contestant, answer in by_turns(contestants, runs):
        if answers.setdefault(contestant.name, answer) != answer:
            sys.exit(f"{title}: {contestant.name} answers {short(answer)}, and before it was {short(answers[contestant.name])}")
    return answers


def compete(title, contestants, runs, things, noun, size=None, expected=None):
    """Runs all by turns, stops where answers differ, and prints the table. The first is the one that ratios are of."""
    for contestant, answer in by_turns(contestants, runs):
        expected = answer if expected is None else expected
        if answer != expected:
            sys.exit(f"{title}: {contestant.name} answers {short(answer)}, not {short(expected)}")
    print(f"\n### {title}\n\nEqual answers: {short(expected)}. {runs} runs each, by turns.\n")
    table(contestants, things, noun, size)
    return {it.name: it for it in contestants}


def table(contestants, things, noun, size=None):
    first = contestants[0]
    print(f"| | wall, median s | wall, least s | CPU, least s | peak MiB | {noun}/s | MB/s | its wall / ours | its CPU / ours |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for it in contestants:
        speed = f"{size / it.wall / 1e6:,.0f}" if size else ""
        print(
            f"| {it.name} | {it.median_wall:.2f} | {it.wall:.2f} | {it.cpu:.2f} | {it.peak / 2**20:,.0f} | {things / it.wall:,.0f}"
            f" | {speed} | {it.wall / first.wall:.2f} | {it.cpu / first.cpu:.2f} |"
        )
    sys.stdout.flush()


def short(answer):
    if isinstance(answer, list):
        total = sum(row[1] for row in answer if len(row) > 1 and isinstance(row[1], int))
        return f"{len(answer)} rows" + (f", {total} in all" if total else "")
    return str(answer)
