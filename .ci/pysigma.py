#!/usr/bin/env python3
"""pySigma as a second reader of the Sigma rules: fields, modifiers, values and condition trees have to be what our parser sees.

  pysigma.py [--xtask PATH] [RULES...]

The rules of the manual are read too, for correlations.

Values are compared twice: as they are written (texts and wildcards once escapes are undone), and as patterns once their modifiers
have been applied (dashes, encodings, open sides). Prints each difference; fails where there is one that is not listed below.
Without pySigma, or without the rules in ../shared, there is nothing to do here.
"""
import argparse, collections, json, pathlib, re, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT.parent / "shared" / "corpus" / "sigma" / "rules"
PAGES = [ROOT / "spec" / "sigma" / page for page in ("correlations.md", "collections.md", "matching.md", "modifiers.md")]
SHOWN = 5
# One meaning under several names: the first is the one that the specification explains.
SAME = {"ignorecase": "i", "multiline": "m", "dotall": "s", "wide": "utf16le"}
# Where the two are meant to differ: a word for the kind, and whether a difference is of it. `about` is the search, or pySigma's error.
KNOWN = {
    "keywords are open at both sides: pySigma leaves that to its backends":
        lambda what, about, ours, theirs: what == "texts" and about["field"] is None and theirs is not None and ours == [
            [merged(["*", *pattern, "*"]) for pattern in patterns] for patterns in theirs],
    "a placeholder without values is refused: pySigma leaves that to its pipelines":
        lambda what, about, ours, theirs: what == "texts" and ours is None and "expand" in about["modifiers"],
    "a correlation's condition may be a range: the specification has it, pySigma takes one bound":
        lambda what, about, ours, theirs: what == "is refused" and not ours and "exactly one condition item" in about,
    "utf16le is another name of wide: the specification has it, pySigma does not":
        lambda what, about, ours, theirs: what == "is refused" and not ours and "Unknown modifier 'utf16le'" in about,
    "a number may be written as a text: pySigma compares numbers alone":
        lambda what, about, ours, theirs: what == "is refused" and not ours and "GreaterThanModifier incompatible" in about,
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
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        examples(pathlib.Path(folder))
        command = [options.xtask, "rules", *options.rules, folder]
        for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
            ours = json.loads(line)
            compare(score, ours, *their_rules(pathlib.Path(ours["file"])))
    return score.end()


def examples(folder):
    """The rules of the manual, a file for each section: published rules have no correlation. pySigma wants ids to be UUIDs."""
    for page in PAGES:
        sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.M)[1:]
        for number, section in enumerate(sections):
            blocks = re.findall(r"^```(?:rules|sigma)(?! placeholders).*?\n(.*?)^```", section, flags=re.M | re.S)
            text = re.sub(r"^id: [a-z]+\n", "", "---\n".join(blocks), flags=re.M)
            if text:
                folder.joinpath(f"{page.stem}-{number}.yml").write_text(text, encoding="utf-8")


class Score:
    def __init__(self):
        self.files = self.rules = self.checks = 0
        self.known, self.told = collections.Counter(), collections.Counter()

    def equal(self, file, what, ours, theirs, about=None):
        self.checks += 1
        if ours == theirs:
            return
        kind = next((kind for kind, is_of in KNOWN.items() if is_of(what, about, ours, theirs)), None)
        if kind:
            self.known[kind] += 1
            return
        self.told[what] += 1
        if self.told[what] <= SHOWN:
            print(f"  {file}: {what}\n    ours   {ours}\n    theirs {theirs}" + (f"\n    {about}" if isinstance(about, str) else ""))

    def end(self):
        for kind, count in self.known.items():
            print(f"  known: {kind}: {count}")
        for what, count in self.told.items():
            print(f"  {what}: {count} differences")
        print(f"pysigma: {self.files} files, {self.rules} rules, {self.checks} checks, {self.told.total()} differences")
        return 1 if self.told else 0


def compare(score, ours, theirs, correlations, error):
    file = ours["file"]
    score.files += 1
    score.rules += len(ours["rules"]) + len(ours["correlations"])
    score.equal(file, "is refused", bool(ours["errors"]), bool(error), error)
    if ours["errors"] or error:
        return
    score.equal(file, "correlations", [one | {"condition": plain_of(one["condition"])} for one in ours["correlations"]], correlations)
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
    import yaml
    from sigma.collection import SigmaCollection
    from sigma.exceptions import SigmaError
    from sigma.rule import SigmaRule
    try:
        collection = SigmaCollection.from_yaml(path.read_text(encoding="utf-8"), collect_filters=True, resolve_references=False)
        rules = [their_rule(rule) for rule in collection.rules if isinstance(rule, SigmaRule)]
        return rules, [their_correlation(rule) for rule in collection.rules if not isinstance(rule, SigmaRule)], None
    except (SigmaError, yaml.YAMLError) as error:
        return [], [], str(error)


def their_correlation(rule):
    from sigma.correlations import SigmaCorrelationCondition
    condition = rule.condition
    if isinstance(condition, SigmaCorrelationCondition):
        fields = condition.fieldref or []
        asked = {"bounds": [[condition.op.name.lower(), float(condition.count)]], "percentile": condition.percentile,
                 "field": [fields] if isinstance(fields, str) else fields}
        asked["percentile"] = condition.percentile and float(condition.percentile)
        names = [reference.reference for reference in rule.rules]
    else:
        names = [reference.reference for reference in rule.rules or []] or condition.get_referenced_rules()
        asked = plain(together(condition.parsed, names))
    return {
        "title": rule.title, "type": rule.type.name.lower(), "rules": names, "group_by": rule.group_by or [],
        "seconds": rule.timespan.seconds, "generate": rule.generate, "condition": asked,
        "aliases": [[alias.alias, [[reference.reference, field] for reference, field in alias.mapping.items()]]
                    for alias in rule.aliases],
    }


def together(tree, names):
    from sigma import correlations
    if isinstance(tree, correlations.SigmaRuleReference):
        return names.index(tree.reference)
    parts = [together(part, names) for part in tree.args]
    kinds = {correlations.CorrelationConditionNOT: "not", correlations.CorrelationConditionAND: "and"}
    kind = kinds.get(type(tree), "or")
    return {kind: parts[0] if kind == "not" else parts}


def plain_of(condition):
    return condition if isinstance(condition, dict) and "bounds" in condition else plain(condition)


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
            return {"regex": value.original} if is_regex else {"text": merged(joined(spelt(value.s)))}
    raise TypeError(type(value))


def joined(pieces):
    """With placeholders as the texts that they were: pySigma puts them into the value itself."""
    out = []
    for piece in pieces:
        piece = "=" + piece if piece[0] == "%" else piece
        if out and piece[0] == "=" == out[-1][0]:
            out[-1] += piece[1:]
        else:
            out.append(piece)
    return out


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
