#!/usr/bin/env python3
"""Sigma rules and the queries that they are converted to: do these find the events that the rules find?

  convert.py TRAPLINE EVIDENCE RULES

Every rule in the folder RULES is converted to each target, and both are run over EVIDENCE. Counted are the rules that do
not convert, by code, and those whose query finds other events, by the words that the difference is known by.
"""
import argparse, collections, io, json, pathlib, re, subprocess, sys, tempfile

TARGETS = {"kql": ["kql"], "sentinel": ["kql", "--platform", "sentinel"], "defender": ["kql", "--platform", "defender"], "aql": ["aql"]}
# Of all rules: what has to convert, in percent. Defender alone has no table for many logs.
LEAST = {"kql": 97, "sentinel": 97, "aql": 97}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "evidence", "rules"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--hunter", type=pathlib.Path, help="runs the queries instead of TRAPLINE")
    options.add_argument("--to", choices=TARGETS, action="append", help="these targets alone")
    options.add_argument("--differences", type=pathlib.Path, help="write each difference here, as JSON lines")
    options = options.parse_args()
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
        failed |= 100 * len(converted) < LEAST.get(target, 0) * len(texts) or target in LEAST and bool(differ)
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


def rules_by_id(folder):
    for path in sorted(folder.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        identity = re.search(r"^id:\s*(\S+)", text, re.M)
        if identity:
            yield identity[1], text


def found_by(hunter, evidence, detections):
    """The events of each detection, where the record number alone does not name an event: files hold several hosts."""
    found = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        command = [hunter, "hunt", evidence, "--detections", detections, "--keep-twins", "--quiet", "--format", "ndjson",
                   "--summary", pathlib.Path(folder, "summary")]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        if done.returncode not in (0, 1):
            print(f"{detections}: exit {done.returncode}: {done.stderr[-3000:]}", file=sys.stderr)
        for line in io.StringIO(done.stdout):
            finding = json.loads(line)
            for event in finding["events"]:
                whole, _, part = finding["time"].rstrip("Z").partition(".")
                time = f"{whole}.{part[:3]:0<3}"  # AQL counts milliseconds
                found[finding["detection"]].add((event["file"], event["channel"].lower(), event["record"], time, finding["host"].lower()))
    return found


if __name__ == "__main__":
    sys.exit(main())
