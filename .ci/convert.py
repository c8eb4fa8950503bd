#!/usr/bin/env python3
"""Sigma rules and the queries that they are converted to: do these find the events that the rules find?

  convert.py TRAPLINE EVIDENCE RULES [--tested TESTS]

Every rule in the folder RULES is converted to each target, and both are run over EVIDENCE. Counted are the rules that do
not convert, by code, and those whose query finds other events; one that is not explained below fails. With --tested only
the rules are taken that TESTS has a log of its own for. Without the folders there is nothing to do.
"""
import argparse, collections, json, pathlib, re, subprocess, sys, tempfile

from found import found_by, rules_by_id

TARGETS = {"kql": ["kql"], "sentinel": ["kql", "--platform", "sentinel"], "defender": ["kql", "--platform", "defender"], "aql": ["aql"]}
# Of all rules: what has to convert, in percent. Defender alone has no table for many logs.
LEAST = {"kql": 97, "sentinel": 97, "aql": 97}
# Rules whose query finds more on purpose.
PARENT = "Defender knows the parent's account and command line from the record of its own start, where the child's record is silent"
EXPLAINED = {
    "4b60e6f2-bf39-47b4-b4ea-398e33cfe253": PARENT,
    "49f2f17b-b4c8-4172-a68b-d5bf95d05130": PARENT,
    "590a5f4c-6c8c-4f10-8307-89afe9453a9d": PARENT,
    "d2b7a134-9c3e-4f8a-b56d-e0c1f8a29b47": PARENT,
    "7d0d0329-0ef1-4e84-a9f5-49500f9d7c6c": "QRadar has the whole payload and no property for the Payload of a PowerShell module",
}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "evidence", "rules"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--hunter", type=pathlib.Path, help="runs the queries instead of TRAPLINE")
    options.add_argument("--to", choices=TARGETS, action="append", help="these targets alone")
    options.add_argument("--differences", type=pathlib.Path, help="write each difference here, as JSON lines")
    options.add_argument("--tested", type=pathlib.Path, help="only rules that a log below this folder is named by")
    options = options.parse_args()
    if not options.evidence.exists() or not options.rules.exists():
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if options.tested:
            tested = {log.stem for log in options.tested.rglob("*.evtx")}
            for identity, text in rules_by_id(options.rules):
                if identity in tested:
                    pathlib.Path(folder, identity + ".yml").write_text(text, encoding="utf-8")
            options.rules = pathlib.Path(folder)
        return compare(options)


def compare(options):
    hunter = options.hunter or options.trapline
    texts = dict(rules_by_id(options.rules))
    wanted = found_by(hunter, options.evidence, options.rules)
    lines, failed = [], False
    print("| target | rules | converted | find something | find the same | other events: rules | only the rule | only the query |")
    print("|---|---|---|---|---|---|---|---|")
    reasons = []
    for target in options.to or TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            converted, codes = convert(options, target, folder)
            found = found_by(hunter, options.evidence, pathlib.Path(folder))
        either = {identity: wanted[identity] ^ found[identity] for identity in converted}
        differ = {identity: events for identity, events in either.items() if events}
        finding = sum(bool(wanted[identity] or found[identity]) for identity in converted)
        only = [sum(len(events & side[identity]) for identity, events in differ.items()) for side in (wanted, found)]
        print(f"| {target} | {len(texts)} | {len(converted)} | {finding} | {finding - len(differ)} | {len(differ)} | {only[0]} | {only[1]} |")
        reasons += [(target, code, count) for code, count in codes.most_common()]
        lines += [{"target": target, "rule": identity, "found_by": "rule" if event in wanted[identity] else "query", "event": event}
                  for identity, events in differ.items() for event in sorted(events, key=str)]
        unexplained = [identity for identity in differ if identity not in EXPLAINED or either[identity] & wanted[identity]]
        for identity in unexplained:
            print(f"{target}: {identity} finds other events", file=sys.stderr)
        failed |= 100 * len(converted) < LEAST.get(target, 0) * len(texts) or bool(unexplained)
    print("\n| target | why a rule is not converted | rules |\n|---|---|---|")
    for target, code, count in reasons:
        print(f"| {target} | {code} | {count} |")
    if options.differences:
        options.differences.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return 1 if failed else 0


def convert(options, target, folder):
    """The ids of the rules that were converted, and how many were not, by what was said."""
    command = [options.trapline, "convert", options.rules, "--to", *TARGETS[target], "--output", folder]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode not in (0, 2):
        sys.exit(done.stderr[-2000:])
    codes = collections.Counter(re.sub(r"'[^']*'", "…", said) for said in re.findall(r"^error\[.*", done.stderr, re.M))
    return {path.stem for path in pathlib.Path(folder).iterdir()}, codes


if __name__ == "__main__":
    sys.exit(main())
