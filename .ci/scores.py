#!/usr/bin/env python3
"""Scores trapline against answers that it did not write, and holds the scores.

  scores.py check     measure; fail where a score is below the one kept in .ci/scores.json
  scores.py keep      measure and write .ci/scores.json

The corpora stand beside the repository, in ../shared; without them there is nothing to do here.
"""
import collections, json, pathlib, re, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
KEPT = ROOT / ".ci" / "scores.json"
BINARY = ROOT / "target" / "debug" / "trapline"
SAMPLES = SHARED / "telemetry" / "evtx-attack-samples"
# What the public samples hold: three browsers that start a script host or shell.
LINKS = {839, 7648, 7681}


def kql(*arguments):
    command = [sys.executable, SHARED / "score" / "kql.py", *arguments, "--bin", BINARY]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()
    return lines[-1] if lines else ""


def first_number(text):
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0


def kql_scores():
    corpus = SHARED / "corpus" / "kql"
    bind = kql("bind", corpus / "rules.jsonl", corpus / "rules_answers.jsonl",
               "--schema", SHARED / "facts" / "schemas" / "merged-tables.json")
    numbers = [int(number) for number in re.findall(r"(\d+)(?: of| with the same| invalid)?", bind)]
    return {
        "kql measured": first_number(kql("results", corpus / "measured.jsonl")),
        "kql edge": first_number(kql("results", corpus / "edge.jsonl")),
        "kql rules accepted": numbers[0] if numbers else 0,
    }


def aql_scores():
    scores = {}
    for name in ("queries", "from_sigma"):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as batch:
            for number, line in enumerate(open(SHARED / "corpus" / "aql" / f"{name}.jsonl")):
                case = json.loads(line)
                batch.write(json.dumps({"id": number, "query": case.get("query") or case["aql"]}) + "\n")
            batch.flush()
            command = [BINARY, "query", "--language", "aql", "--batch", batch.name, "--quiet"]
            answers = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
        scores[f"aql {name} run"] = sum("error" not in json.loads(answer) for answer in answers)
    return scores


def hunt(*arguments):
    done = subprocess.run([BINARY, "hunt", *arguments, "--format", "ndjson", "--quiet"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sigma_scores():
    rules = SHARED / "corpus" / "sigma" / "rules"
    expected = json.load(open(SHARED / "corpus" / "sigma" / "expected-attack-samples.json"))["agreed"]
    found = collections.Counter(finding["detection"] for finding in hunt(SAMPLES, "--detections", rules / "windows"))
    return {"sigma rules with the agreed count": sum(found[rule] == count for rule, count in expected.items())}


def link_scores():
    findings = hunt(SAMPLES, "--tag", "attack.t1204.001")
    records = [finding["events"][0]["record"] for finding in findings if finding["variants"] == ["kql", "aql", "sigma"]]
    return {"malicious links in the samples": sum(record in LINKS for record in records) - (len(findings) - len(LINKS & set(records)))}


def main():
    scores = {**kql_scores(), **aql_scores(), **sigma_scores(), **link_scores()}
    kept = json.load(open(KEPT)) if KEPT.exists() else {}
    fallen = [name for name, score in kept.items() if scores.get(name, 0) < score]
    for name, score in scores.items():
        print(f"{score:6}  {name}" + (f"  (was {kept[name]})" if kept.get(name) not in (None, score) else ""))
    if sys.argv[1:] == ["keep"]:
        KEPT.write_text(json.dumps(scores, indent=2) + "\n")
    elif fallen:
        sys.exit("fallen: " + ", ".join(fallen))


main()
