"""A picture of what was measured, as SVG: bars of rows a second for each query, curves of seconds on logarithmic axes."""

import html
import math

WIDTH, LABELS, BAR, GAP, PLOT = 760, 90, 16, 30, 220
COLOURS = {"trapline": "#0b6e4f", "duckdb": "#c9a227", "chdb": "#8c4f9f", "polars": "#3a6ea5"}


def text(x, y, words, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{html.escape(words)}</text>'


def drawn(bars, curves):
    """`bars`: a title and what each contestant did a second; `curves`: a title, what is counted, and seconds by count."""
    parts, y = [], 24
    for title, speeds in bars:
        most = max(speeds.values())
        parts.append(text(10, y, f"{title}: million rows a second", size=13))
        for name, speed in speeds.items():
            y += BAR + 4
            length = (WIDTH - LABELS - 90) * speed / most
            parts.append(text(LABELS - 6, y + 8, name, "end"))
            parts.append(f'<rect x="{LABELS}" y="{y - 4}" width="{length:.1f}" height="{BAR}" fill="{COLOURS.get(name, "#777")}"/>')
            parts.append(text(LABELS + length + 6, y + 8, f"{speed / 1e6:.1f}"))
        y += BAR + GAP
    for title, noun, points in curves:
        parts.append(text(10, y, f"{title} (both axes logarithmic)", size=13))
        parts += curve(points, noun, y + 14)
        y += PLOT + 60
    style = 'font-family="sans-serif" fill="#222"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}">'
        f'<rect width="{WIDTH}" height="{y}" fill="#fff"/><g {style}>' + "\n".join(parts) + "</g></svg>\n"
    )


def curve(points, noun, top):
    logs = {count: (math.log10(count), math.log10(seconds)) for count, seconds in points.items()}
    low = [math.floor(min(pair[axis] for pair in logs.values())) for axis in (0, 1)]
    high = [max(math.ceil(max(pair[axis] for pair in logs.values())), low[axis] + 1) for axis in (0, 1)]
    left, right, bottom = LABELS, WIDTH - 60, top + PLOT

    def place(pair):
        x = left + (right - left) * (pair[0] - low[0]) / (high[0] - low[0])
        return x, bottom - PLOT * (pair[1] - low[1]) / (high[1] - low[1])

    parts = [f'<rect x="{left}" y="{top}" width="{right - left}" height="{PLOT}" fill="none" stroke="#999"/>']
    for power in range(low[0], high[0] + 1):
        parts.append(text(place((power, low[1]))[0], bottom + 16, f"{10**power:,}", "middle"))
    for power in range(low[1], high[1] + 1):
        parts.append(text(left - 6, place((low[0], power))[1] + 4, f"{10.0**power:g} s", "end"))
    parts.append(text((left + right) / 2, bottom + 34, noun, "middle"))
    dots = [place(pair) for pair in logs.values()]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#0b6e4f" stroke-width="2"/>')
    for (x, y), (count, seconds) in zip(dots, points.items()):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0b6e4f"/>')
        parts.append(text(x, y - 7, f"{seconds:.2f}", "middle", 10))
    return parts
