#!/usr/bin/env python3
"""Counts the instructions of a few small hunts, and fails where one takes more than a tenth more than .ci/instructions.json says.

  instructions.py BINARY             count and compare
  instructions.py BINARY --renew     count and write .ci/instructions.json: for a change that is meant, and to hold what was won

xtask must stand beside BINARY, both as `cargo build` makes them. Runs are bound to one processor, where one of them counts the same as
the next within a few hundred thousandths. valgrind counts; without it there is nothing to do here. Counts are of the kept file's
compiler and of processors with AVX2: others may need a file of their own.
"""
import argparse, concurrent.futures, json, os, pathlib, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import counting, made_rules

KEPT = ROOT / ".ci" / "instructions.json"
MORE = 0.1
EVENTS, RULES = 20_000, 300
KQL = """DeviceProcessEvents
| where InitiatingProcessFileName in~ ('chrome.exe', 'msedge.exe', 'firefox.exe')
| where FileName in~ ('powershell.exe', 'pwsh.exe', 'cmd.exe')
| extend Encoded = ProcessCommandLine has '-EncodedCommand', Download = ProcessCommandLine contains 'downloadstring'
| project Timestamp, DeviceName, FolderPath, ProcessCommandLine, Encoded, Download
"""


def hunts(binary, folder):
    """What is counted, by name. Each of them finds something, or its exit code is not 1."""
    lines, lake, rules, query = folder / "events.ndjson", folder / "lake", folder / "rules", folder / "hunt.kql"
    with open(lines, "wb") as out:
        subprocess.run([binary.parent / "xtask", "events", str(EVENTS)], stdout=out, check=True)
    subprocess.run([binary, "ingest", "--quiet", lines, "--to", lake], check=True, stdout=subprocess.DEVNULL)
    query.write_text(KQL)
    made_rules.written(made_rules.made(RULES), RULES, rules)
    return {
        "built-in detections over the samples": [ROOT / "samples"],
        f"a query in KQL over a lake of {EVENTS} events": [lake, "--detections", query],
        f"{RULES} Sigma rules over {EVENTS} lines": [lines, "--detections", rules],
    }


def counts(binary):
    # Hunts run side by side, each on one processor: then it has one thread for all of its work, and takes the same way each time.
    with tempfile.TemporaryDirectory() as folder:
        asked = hunts(binary, pathlib.Path(folder))
        processors = sorted(os.sched_getaffinity(0))

        def count(place, paths):
            # Of this thread alone, and of what it starts.
            os.sched_setaffinity(0, {processors[place % len(processors)]})
            return counting.counted("valgrind", [binary, "hunt", *paths, "--format", "ndjson", "--quiet"], fine=(1,))

        with concurrent.futures.ThreadPoolExecutor(len(processors)) as pool:
            return dict(zip(asked, pool.map(count, range(len(asked)), asked.values())))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()
    binary = options.binary.resolve()
    for program in (binary, binary.parent / "xtask"):
        if not program.is_file():
            parser.error(f"{program} is not there: cargo build --workspace --bins")
    if not shutil.which("valgrind"):
        print("valgrind is not installed: no instructions are counted")
        return
    try:
        found = counts(binary)
    except (counting.Failed, subprocess.CalledProcessError) as problem:
        sys.exit(str(problem))
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if options.renew:
        KEPT.write_text(json.dumps(found, indent=2) + "\n")
    grown = []
    for name, count in found.items():
        share = count / kept[name] - 1 if name in kept else None
        print(f"{count:15,}  {name}  ({'not kept yet' if share is None else f'{share:+.3%}'})")
        if share is None or share > MORE:
            grown.append(f"{name} ({'new' if share is None else f'{share:+.1%}'})")
        elif share < -MORE and not options.renew:
            print(f"{'':15}  that is less by more than a tenth: --renew holds it")
    if grown and not options.renew:
        sys.exit(
            f"more instructions than {MORE:.0%} above what is kept: {'; '.join(grown)}\n"
            f"Where that is meant: .ci/instructions.py {options.binary} --renew"
        )


if __name__ == "__main__":
    main()
