"""What detections find, for scripts that hold one form of them against another."""
import collections, io, json, pathlib, re, subprocess, sys, tempfile


def rules_by_id(folder):
    for path in sorted(folder.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        identity = re.search(r"^id:\s*(\S+)", text, re.M)
        if identity:
            yield identity[1], text


def found_by(hunter, evidence, detections, count=0):
    """The events of each detection, where the record number alone does not name an event: files hold several hosts. Where a
    count is given, so many detections have to run."""
    found = collections.defaultdict(set)
    with tempfile.TemporaryDirectory() as folder:
        summary = pathlib.Path(folder, "summary")
        command = [hunter, "hunt", evidence, "--detections", detections, "--keep-twins", "--quiet", "--format", "ndjson",
                   "--summary", summary]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        ran = done.returncode in (0, 1) and json.loads(summary.read_text(encoding="utf-8"))["detections"]
        if count and (not ran or ran["failed"] or ran["ran"] + len(ran["blind"]) < count):
            sys.exit(f"not every detection ran: {ran or done.stderr[-2000:]}")
        if not ran:
            print(f"{detections}: exit {done.returncode}: {done.stderr[-3000:]}", file=sys.stderr)
    for line in io.StringIO(done.stdout):
        finding = json.loads(line)
        whole, _, part = (finding["time"] or "").rstrip("Z").partition(".")
        time = f"{whole}.{part[:3]:0<3}"  # AQL counts milliseconds
        for event in finding["events"]:
            host = (finding["host"] or "").lower()
            found[finding["detection"]].add((event["file"], event["channel"].lower(), event["record"], time, host))
    return found
