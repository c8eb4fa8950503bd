#!/usr/bin/env python3
"""Layers of ATT&CK Navigator, loaded by MITRE's own library.

  layer.py [--trapline PATH]

Loads what `trapline coverage --format navigator` writes, strictly, and compares what comes out again with what went in. Without the package
mitreattack-python there is nothing to do here.
"""
import argparse, contextlib, io, json, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Arguments, and how many techniques the layer has to have at least.
LAYERS = [
    (["samples"], 8),
    (["samples", "--detections", "spec/cli/narrow"], 0),
    (["spec/cli/logons.ndjson"], 8),
]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trapline", type=pathlib.Path, default=ROOT / "target/debug/trapline")
    options = options.parse_args()
    try:
        from mitreattack.navlayers import Layer
    except ImportError:
        print("layer: skipped, the package mitreattack-python is not installed")
        return 0
    wrong = techniques = 0
    for arguments, least in LAYERS:
        command = [options.trapline, "coverage", *arguments, "--format", "navigator", "--quiet"]
        ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                loaded = Layer(ours, strict=True)
            whys = compare(ours, loaded.to_dict() or {})
        except Exception as error:
            whys = [f"is refused: {error!r}"]
        whys += said.getvalue().splitlines()
        techniques += len(ours["techniques"])
        if len(ours["techniques"]) < least:
            whys.append(f"{len(ours['techniques'])} techniques, and {least} at least are wanted")
        for why in whys:
            print(f"  {' '.join(arguments)}: {why}")
        wrong += len(whys)
    print(f"layer: {len(LAYERS)} layers, {techniques} techniques, {wrong} faults")
    return 1 if wrong else 0


def compare(ours, theirs):
    """What the library took of each part; what it adds by itself does not matter."""
    whys = [f"{key} is {theirs.get(key)}, not {ours[key]}" for key in ours if key != "techniques" and theirs.get(key) != ours[key]]
    taken = {one["techniqueID"]: one for one in theirs.get("techniques", [])}
    for one in ours["techniques"]:
        other = taken.get(one["techniqueID"], {})
        whys += [f"{one['techniqueID']}: {key} is {other.get(key)}, not {one[key]}" for key in one if other.get(key) != one[key]]
    return whys


if __name__ == "__main__":
    sys.exit(main())
