#!/usr/bin/env python3
"""pySigma as a second reader of the Sigma rules: fields, modifiers, values and condition trees have to be what our parser sees.

  pysigma.py [--xtask PATH] [RULES...]

Values are compared twice: as they are written (texts and wildcards once escapes are undone), and as patterns once their modifiers
have been applied (dashes, encodings, open sides). Prints each difference; fails where there is one that is not listed below.
Without pySigma, or without the rules in ../shared, there is nothing to do here.
"""
import argparse, collections, json, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT.parent / "shared" / "corpus" / "sigma" / "rules"
SHOWN = 5
# One meaning under several names: the first is the one that the specification explains.
SAME = {"ignorecase": "i", "multiline": "m", "dotall": "s", "wide": "utf16le"}
# Where the patterns of the two are meant to differ: a word for the kind, and whether a difference is of it.
KNOWN = {
    "keywords are open at both sides: pySigma leaves that to its backends":
        lambda search, ours, theirs: search["field"] is None and theirs is not None and ours == [
            [merged(["*", *pattern, "*"]) for pattern in patterns] for patterns in theirs],
    "a placeholder without values is refused: pySigma leaves that to its pipelines":
        lambda search, ours, theirs: ours is None and "expand" in search["modifiers"] and "%" in str(theirs),
}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--xtask", type=pathlib.Path, default=ROOT / "target/debug/xtask")
    options.add_argument("rules", type=pathlib.Path, nargs="*", default=[RULES])
    options = options.parse_args()
    try:
        import sigma.collection
    except ImportError:
        print("pysigma: skipped, the package pysigma is not installed")
        return 0
    absent = [str(path) for path in options.rules if not path.exists()]
    if absent:
        print(f"pysigma: skipped, there is no {', '.join(absent)}")
        return 0
    lines = subprocess.run([options.xtask, "rules", *options.rules], check=True, capture_output=True, text=True).stdout
    score = Score()
    for line in lines.splitlines():
        ours = json.loads(line)
        compare(score, ours, their_rules(pathlib.Path(ours["file"])))
    return score.end()


class Score:
    def __init__(self):
        self.files = self.rules = self.checks = 0
        self.known, self.told = collections.Counter(), collections.Counter()

    def equal(self, file, what, ours, theirs, search=None):
        self.checks += 1
        if ours == theirs:
            return
        kind = next((kind for kind, is_of in KNOWN.items() if what == "texts" and is_of(search, ours, theirs)), None)
        if kind:
            self.known[kind] += 1
            return
        self.told[what] += 1
        if self.told[what] <= SHOWN:
            print(f"  {file}: {what}\n    ours   {ours}\n    theirs {theirs}")

    def end(self):
        for kind, count in self.known.items():
            print(f"  known: {kind}: {count}")
        for what, count in self.told.items():
            print(f"  {what}: {count} differences")
        print(f"pysigma: {self.files} files, {self.rules} rules, {self.checks} checks, {self.told.total()} differences")
        return 1 if self.told else 0


def compare(score, ours, theirs):
    file = ours["file"]
    score.files += 1
    score.rules += len(ours["rules"])
    score.equal(file, "is refused", bool(ours["errors"]), isinstance(theirs, Exception))
    if ours["errors"] or isinstance(theirs, Exception):
        return
    score.equal(file, "rules", [rule["title"] for rule in ours["rules"]], [rule["title"] for rule in theirs])
    for one, other in zip(ours["rules"], theirs):
        for part in ("id", "logsource", "conditions"):
            mine = [plain(condition) for condition in one[part]] if part == "conditions" else one[part]
            score.equal(file, part, mine, other[part])
        score.equal(file, "selections", [name for name, _ in one["selections"]], [name for name, _ in other["selections"]])
        for (name, mine), (_, yours) in zip(one["selections"], other["selections"]):
            for mine, yours in pairs(score, file, plain(our_search(mine)), plain(yours)):
                for part in ("field", "modifiers", "values", "texts"):
                    score.equal(file, part, mine[part], yours[part], mine)


def pairs(score, file, mine, yours):
    """The fields of two searches, which have to be built alike."""
    score.equal(file, "shape", shape(mine), shape(yours))
    if shape(mine) == shape(yours):
        yield from zip(leaves(mine), leaves(yours))


def shape(search):
    if "field" in search:
        return "field"
    (kind, parts), = search.items()
    return [kind, *map(shape, parts)]


def leaves(search):
    if "field" in search:
        yield search
    else:
        for parts in search.values():
            for part in parts:
                yield from leaves(part)


def plain(tree):
    """Without joints of one part, and without a negation of a negation."""
    if not isinstance(tree, dict) or "field" in tree:
        return tree
    (kind, parts), = tree.items()
    if kind == "not":
        inner = plain(parts)
        return inner["not"] if isinstance(inner, dict) and "not" in inner else {"not": inner}
    parts = [plain(part) for part in parts]
    return parts[0] if len(parts) == 1 else {kind: parts}


def our_search(search):
    if "field" not in search:
        return {kind: [our_search(part) for part in parts] for kind, parts in search.items()}
    texts = search["texts"] and [sorted(map(merged, patterns)) for patterns in search["texts"]]
    values = [{"text": merged(value["text"])} if isinstance(value, dict) and "text" in value else value
              for value in search["values"]]
    return search | {"modifiers": [SAME.get(name, name) for name in search["modifiers"]], "values": values, "texts": texts}


def merged(pieces):
    """Two runs of anything are one."""
    return [piece for index, piece in enumerate(pieces) if not (piece == "*" and index and pieces[index - 1] == "*")]


def their_rules(path):
    from sigma.collection import SigmaCollection
    from sigma.rule import SigmaRule
    try:
        collection = SigmaCollection.from_yaml(path.read_text(encoding="utf-8"))
        return [their_rule(rule) for rule in collection.rules if isinstance(rule, SigmaRule)]
    except Exception as error:
        return error


def their_rule(rule):
    from sigma.conditions import SigmaCondition
    detections = rule.detection.detections
    names = list(detections)
    source = rule.logsource
    trees = [SigmaCondition(text, rule.detection).parse(postprocess=False) for text in rule.detection.condition]
    return {
        "id": rule.id and str(rule.id), "title": rule.title,
        "logsource": [source.product, source.category, source.service],
        "selections": [(name, their_search(detection)) for name, detection in detections.items()],
        "conditions": [plain(their_condition(tree, rule.detection, names)) for tree in trees],
    }


def their_condition(tree, detections, names):
    from sigma import conditions
    inner = lambda: [their_condition(part, detections, names) for part in tree.args]
    match tree:
        case conditions.ConditionIdentifier():
            return names.index(tree.identifier)
        case conditions.ConditionSelector():
            found = [names.index(one.identifier) for one in tree.resolve_referenced_detections(detections)]
            return {"and" if tree.args[0] == "all" else "or": found}
        case conditions.ConditionNOT():
            return {"not": inner()[0]}
        case conditions.ConditionAND():
            return {"and": inner()}
        case conditions.ConditionOR():
            return {"or": inner()}
    raise TypeError(type(tree))


def their_search(detection):
    from sigma.conditions import ConditionAND
    from sigma.rule import SigmaDetection
    if isinstance(detection, SigmaDetection):
        kind = "all" if detection.item_linking is ConditionAND else "any"
        return {kind: [their_search(item) for item in detection.detection_items]}
    from sigma.modifiers import reverse_modifier_mapping
    names = [reverse_modifier_mapping[modifier.__name__] for modifier in detection.modifiers]
    names = [SAME.get(name, name) for name in names]
    return {
        "field": detection.field, "modifiers": names,
        "values": [their_value(value, "re" in names) for value in detection.original_value],
        "texts": their_texts(detection.value),
    }


def their_value(value, is_regex):
    from sigma import types
    match value:
        case types.SigmaNull():
            return None
        case types.SigmaBool():
            return value.boolean
        case types.SigmaNumber():
            return {"number": str(value.number)}
        case types.SigmaString():
            return {"regex": value.original} if is_regex else {"text": merged(spelt(value.s))}
    raise TypeError(type(value))


def their_texts(values):
    """The patterns of each value; none where a value is no text."""
    from sigma import types
    texts = []
    for value in values:
        match value:
            case types.SigmaExpansion():
                inner = their_texts(value.values)
                if inner is None:
                    return None
                texts.append(sorted(pattern for patterns in inner for pattern in patterns))
            case types.SigmaString():
                texts.append([merged(spelt(value.s))])
            case types.SigmaBool():
                texts.append([["=" + str(value.boolean).lower()]])
            case types.SigmaNumber():
                texts.append([["=" + str(value.number)]])
            case _:
                return None
    return texts


def spelt(parts):
    from sigma.types import SpecialChars
    signs = {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}
    one = lambda part: "=" + part if isinstance(part, str) else signs[part] if isinstance(part, SpecialChars) else f"%{part.name}%"
    return [one(part) for part in parts if part != ""]


if __name__ == "__main__":
    sys.exit(main())
