#!/usr/bin/env python3
"""Explanations: do the operands that `explain` names decide? Flipped in the event, they have to turn the result.

  explained.py TRAPLINE RULES EVIDENCE [--rules N] [--events N]

The N rules of process creations with the most matches over EVIDENCE, and the same rules as queries in KQL and in AQL; for each up to N events that
it matches and N that it misses. Of a match the field of a named operand gets a text that nothing asks for; of a miss each named operand gets
what it asks for. The changed event is explained again. Without the folders there is nothing to do.
"""
import argparse, collections, concurrent.futures, json, os, pathlib, random, re, subprocess, sys, tempfile

from found import rules_by_id

EVENTS = 'WindowsEvent | where EventID == 1 and Channel has "Sysmon" | project Computer, EventData'
NOTHING = "zz"
# What the columns of a query are in the event.
FIELDS = {
    "InitiatingProcessFolderPath": "ParentImage", "InitiatingProcessCommandLine": "ParentCommandLine", "FolderPath": "Image",
    "ProcessCommandLine": "CommandLine", "ProcessVersionInfoOriginalFileName": "OriginalFileName", "ProcessIntegrityLevel": "IntegrityLevel",
    "AccountName": "User",
    '"Parent Process Path"': "ParentImage", '"Parent Command"': "ParentCommandLine", '"Process Path"': "Image", '"Command"': "CommandLine",
    '"OriginalFileName"': "OriginalFileName", '"Integrity Level"': "IntegrityLevel", '"Account Name"': "User", '"Event ID"': "EventID",
    '"Product"': "Product", '"Logon ID"': "LogonId", "qideventcategory": "Channel", "ActionType": "EventID",
}
# How an operand compares: what its text holds, and where in the field its literal has to stand.
COMPARES = {" endswith ": "end", " startswith ": "start", " contains ": "within"}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("trapline", "rules_folder", "evidence"):
        options.add_argument(name, type=pathlib.Path)
    options.add_argument("--rules", type=int, default=10)
    options.add_argument("--events", type=int, default=50)
    options = options.parse_args()
    if not options.rules_folder.exists() or not options.evidence.exists():
        return 0
    ran = run(options.trapline, "query", EVENTS, "--language", "kql", "--data", options.evidence, "--format", "ndjson", "--quiet")
    events = []
    for row in map(json.loads, ran.stdout.splitlines()):
        data = json.loads(row["EventData"]) if isinstance(row["EventData"], str) else row["EventData"]
        events.append(data | {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": row["Computer"] or "A"})
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "events.ndjson")
        path.write_text("".join(json.dumps(event) + "\n" for event in events))
        creations = options.rules_folder / "process_creation"
        ran = run(options.trapline, "hunt", path, "--detections", creations, "--format", "ndjson", "--quiet")
        counts = collections.Counter()
        # Of more rules than are asked for, since not each can be said in every language.
        rules = sigma_rules(creations, matches(ran), 2 * options.rules)
        for language in ("sigma", "kql", "aql"):
            found = rules if language == "sigma" else queries(options.trapline, rules, language, pathlib.Path(folder))
            found = {rule: found[rule] for rule in sorted(found, key=lambda rule: (-len(found[rule]), rule))[: options.rules]}
            jobs = chosen(found, events, options.events)
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                for (rule, is_match, _), outcome in zip(jobs, pool.map(lambda job: flipped(options.trapline, *job), jobs)):
                    counts[(language, ("match " if is_match else "miss ") + outcome)] += 1
                    if outcome != "flipped":
                        print(f"{rule}: a {'match' if is_match else 'miss'} is {outcome}")
            told = "; ".join(f"{count} {kind}" for (own, kind), count in sorted(counts.items()) if own == language)
            print(f"explained, {language}: {len(found)} rules; {told}")
    languages = {language for language, _ in counts}
    return 0 if len(languages) == 3 and all(kind.endswith("flipped") and "not" not in kind for _, kind in counts) else 1


def matches(ran):
    """The numbers of the events that each detection finds."""
    found = collections.defaultdict(set)
    for finding in map(json.loads, ran.stdout.splitlines()):
        found[finding["detection"]].update(event["record"] - 1 for event in finding["events"])
    return found


def sigma_rules(folder, found, most):
    """The rules with the most matches: the path of each, and the events."""
    texts = dict(rules_by_id(folder))
    paths = {}
    for path in sorted(folder.rglob("*.yml")):
        paths |= {identity: path for identity in found if texts.get(identity) == path.read_text(encoding="utf-8")}
    chosen = sorted(found, key=lambda rule: (-len(found[rule]), rule))[:most]
    return {paths[rule]: found[rule] for rule in chosen}


def queries(trapline, rules, language, folder):
    """The same rules as queries: they find the same events, which other scripts hold them to; here their own findings count."""
    to = folder / language
    platform = ["--platform", "defender"] if language == "kql" else []
    run(trapline, "convert", *rules, "--to", language, *platform, "--output", to)
    ran = run(trapline, "hunt", folder / "events.ndjson", "--detections", to, "--format", "ndjson", "--quiet")
    return {to / f"{name}.{language}": numbers for name, numbers in matches(ran).items()}


def chosen(found, events, most):
    """Events that each rule matches, and that it misses."""
    dice, jobs = random.Random(1), []
    for rule, numbers in sorted(found.items()):
        missed = sorted(set(range(len(events))) - numbers)
        for is_match, pool in ((True, sorted(numbers)), (False, missed)):
            jobs += [(rule, is_match, events[number]) for number in dice.sample(pool, min(most, len(pool)))]
    return jobs


def flipped(trapline, rule, is_match, event):
    told = explain(trapline, rule, event)
    if told is None or told["match"] != is_match:
        return "explained otherwise than it was found"
    if not told["deciding"]:
        return "without an operand that decides"
    changed = dict(event)
    for operand in told["deciding"]:
        field, place, is_all = read(operand, rule.suffix)
        if field is None:
            return f"not read: {operand['text']}"
        # Those that the left side is put together with come before.
        expected = operand["expected"][-1:] if re.match(r"iff\(|CONCAT\(", operand["text"]) else operand["expected"]
        literals = [literal.replace("%", "") if rule.suffix == ".aql" else literal for literal in expected]
        if operand["holds"]:
            changed[field] = 255 if field == "EventID" else NOTHING
            continue
        asked = (" ".join(literals) if is_all else (literals or [""])[0]).replace("*", "x")
        if place == "within":
            # What else is asked of the field may hold already.
            changed[field] = f"{changed.get(field, '')} {asked} x"
        else:
            changed[field] = ("C:\\x" if place == "end" else "") + asked + (" x" if place == "start" else "")
    again = explain(trapline, rule, changed)
    return "flipped" if again is not None and again["match"] != is_match else "not flipped"


def read(operand, language):
    """The field that an operand looks at, where its literal has to stand, and whether all of its literals have to."""
    text = operand["text"]
    if language == ".yml":
        field, *modifiers = text.split(":")[0].strip().split("|")
        places = {"contains": "within", "endswith": "end", "startswith": "start"}
        return field, next((places[one] for one in modifiers if one in places), "whole"), "all" in modifiers
    field = next((FIELDS[column] for column in FIELDS if column in text), None)
    if language == ".kql":
        return field, next((place for word, place in COMPARES.items() if word in text), "whole"), False
    pattern = (operand["expected"] or [""])[-1]
    places = {(True, True): "within", (True, False): "end", (False, True): "start", (False, False): "whole"}
    return field, places[pattern.startswith("%"), pattern.endswith("%")], False


def explain(trapline, rule, event):
    ran = run(trapline, "explain", rule, "--format", "json", "--event", json.dumps(event))
    return json.loads(ran.stdout)[0] if ran.stdout.startswith("[") else None


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main())
