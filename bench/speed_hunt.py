"""Part `hunt` of speed.py: Sigma rules over EVTX, beside the parser alone and tools that the caller names, and over a lake."""

import json
import pathlib
import shlex
import shutil
import string
import sys

import measure
from measure import Contestant

# The median wall time of a hunt may be that of the parser alone, so often and so many seconds more.
TIMES, MORE = 1.5, 0.3
LAKE_EVENTS = 1_000_000
A_CPU_SECOND = 400_000
PLACES = ("evidence", "rules", "threads")


def part(bench):
    rules = bench.args.rules or bench.chosen(len(bench.rules))
    logs(bench, rules)
    lake(bench, rules)
    if not bench.args.rules:
        shutil.rmtree(rules)


def logs(bench, rules):
    args = bench.args
    evidence = args.evidence or bench.logs(args.events)
    crate = [bench.tool("evtx_lines"), "--threads", str(args.threads), str(evidence)]
    ours = bench.hunt("trapline", evidence, rules)
    parser = Contestant("evtx crate, JSON lines to nowhere", crate, lambda run: json.loads(run.said))
    others = [other(name, command, evidence, rules, args.threads) for name, command in args.peer]
    title = f"Hunt of EVTX, {len(bench.rules)} rules"
    answers = measure.alike(title, [ours, parser, *others], args.runs)
    told = answers[parser.name]
    if not told["events"]:
        sys.exit(f"{evidence}: the crate reads no event from it")
    size = logs_size(evidence)
    print(f"\n### {title}\n\n{told['files']} logs, {told['events']} events, {size / 1e6:,.0f} MB. {args.runs} runs each, by turns.", end=" ")
    print(f"Each of ours found the same, byte for byte: {answers[ours.name]}.{ended(ours)}")
    if told["failed"] or told["refused"]:
        print(f"The crate cannot read {told['failed']} records and {told['refused']} logs.")
    if not args.evidence and not args.rules and answers[ours.name].startswith("0 "):
        sys.exit("nothing was found in made logs")
    for it in others:
        codes = ", ".join(map(str, sorted({run.code for run in it.runs})))
        print(f"What {it.name} finds is not compared, its exit code ({codes}) not judged.")
    print()
    measure.table([ours, parser, *others], told["events"], "events", size)
    most = TIMES * parser.median_wall + MORE
    beside = f"beside {parser.median_wall:.2f} s of the crate alone (at most {TIMES} times that and {MORE} s: {most:.2f} s)"
    bench.goal(ours.median_wall <= most, f"{title}: {ours.median_wall:.2f} s, {beside}")
    walls = {"trapline": ours.median_wall, "evtx crate": parser.median_wall} | {it.name: it.median_wall for it in others}
    bench.bars.append((f"{title}, {told['events']:,} events", "seconds, less is better", walls))


def lake(bench, rules):
    args = bench.args
    if args.lake:
        lake, what = args.lake, "as given"
    elif args.lake_from:
        lake, what = lake_of_copies(bench)
    else:
        lake, what = bench.lake(args.events), "of made process creations"
    events = bench.events_of(lake)
    title = f"Hunt of a lake, {len(bench.rules)} rules"
    ours = bench.hunt("trapline", lake, rules)
    answers = measure.alike(title, [ours], args.runs)
    size = sum(file.stat().st_size for file in lake.glob("events/**/*.parquet"))
    print(f"\n### {title}\n\n{events} events {what}, {size / 1e6:,.0f} MB. {args.runs} runs, all with {answers[ours.name]}.{ended(ours)}\n")
    measure.table([ours], events, "events", size)
    each = events / ours.median_cpu
    print(f"\n{each:,.0f} events a CPU second (median).")
    bench.goal(each >= A_CPU_SECOND, f"{title}: {each:,.0f} events a CPU second ({A_CPU_SECOND:,})")
    if events < LAKE_EVENTS:
        print(f"The lake is small: starting and loading weigh more than they would with {LAKE_EVENTS:,} events.")
    bench.bars.append((f"{title}, {events:,} events", "thousand events a CPU second", {"trapline": each / 1e3}))


def lake_of_copies(bench):
    """The given logs under so many names that there are a million events. A log that stands twice in what is ingested is two logs."""
    source, enough = bench.args.lake_from, LAKE_EVENTS // (100 if bench.args.small else 1)
    copies, lake, once = bench.folder / "lake-from", bench.folder / "lake-from-lake", bench.folder / "lake-from-once"
    for old in (copies, lake, once):
        shutil.rmtree(old, ignore_errors=True)
    events = bench.ingested(source, once)
    shutil.rmtree(once)
    if not events:
        sys.exit(f"--lake-from {source}: no event in it")
    times = -(-enough // events)
    for copy in range(times):
        if source.is_dir():
            shutil.copytree(source, copies / f"{copy:02}")
        else:
            (copies / f"{copy:02}").mkdir(parents=True)
            shutil.copyfile(source, copies / f"{copy:02}" / source.name)
    bench.ingested(copies, lake)
    shutil.rmtree(copies)
    return lake, f"({times} copies of {events}, side by side under other names)"


def other(name, command, evidence, rules, threads):
    places = dict(zip(PLACES, map(str, (evidence, rules, threads))))
    return Contestant(name, [word.format(**places) for word in command], lambda run: None, fine=None)


def named(text):
    """An argument NAME=COMMAND, its command as words."""
    name, _, command = text.partition("=")
    try:
        words = shlex.split(command)
        places = {place for word in words for _, place, _, _ in string.Formatter().parse(word) if place is not None}
    except ValueError as problem:
        raise ValueError(f"{text}: {problem}") from None
    if not name or not words:
        raise ValueError(f"{text}: it must be NAME=COMMAND")
    if places - set(PLACES):
        raise ValueError(f"{text}: {{{sorted(places - set(PLACES))[0]}}} is none of {{evidence}}, {{rules}}, {{threads}}")
    if not shutil.which(words[0]):
        raise ValueError(f"{text}: there is no program {words[0]}")
    return name, words


def ended(contestant):
    code = max(run.code for run in contestant.runs)
    return {2: " Some detections could not run (exit code 2).", 4: " Some evidence is damaged (exit code 4)."}.get(code, "")


def logs_size(path):
    path = pathlib.Path(path)
    return path.stat().st_size if path.is_file() else sum(log.stat().st_size for log in path.rglob("*") if log.suffix.lower() == ".evtx")
