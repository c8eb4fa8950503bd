"""A picture of what was measured, as SVG: bars for each query and hunt, curves on logarithmic axes with their values beneath. It follows
what the reader's screen prefers, light or dark."""

import html
import math

WIDTH, EDGE, LABELS, VALUES = 800, 24, 150, 70
BAR, STEP, GAP, PLOT, INSET = 16, 22, 26, 200, 36
# In light and in dark: paper, ink, what is said aside, lines behind a plot.
GROUND = [("paper", "#ffffff", "#14181d"), ("ink", "#1c2127", "#e4e8ec"), ("aside", "#5c6670", "#98a3ae"), ("line", "#dde2e7", "#2d353d")]
CONTESTANTS = {"trapline": 0, "duckdb": 1, "chdb": 2, "polars": 3}
COLOURS = [("#0a7d55", "#35c48d"), ("#b98a00", "#e0b93f"), ("#8648a0", "#c08ad8"), ("#2f6db3", "#6ea8e6"), ("#7a838c", "#8d97a1")]
OTHERS = len(COLOURS) - 1
DASHES = ["", "7 3", "2 3", "9 3 2 3", "1 4"]


def drawn(title, bars, curves):
    """`bars`: a title, what is counted, and how much by contestant; `curves`: a title, what is counted on each axis, and points by series."""
    parts = [text(EDGE, 34, title, size=18, weight="bold")]
    y = 66
    for group in bars:
        y = bar_group(parts, *group, y)
    for plot in curves:
        y = curve(parts, *plot, y)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" font-family="system-ui, sans-serif">'
        f"<style>{style()}</style>" + f'<rect class="paper" width="{WIDTH}" height="{y}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def style():
    def rules(place):
        for name, *colours in GROUND:
            kind = "stroke" if name == "line" else "fill"
            yield f".{name}{{{kind}:{colours[place]}}}"
        for number, colours in enumerate(COLOURS):
            yield f".f{number}{{fill:{colours[place]}}}.s{number}{{stroke:{colours[place]};fill:none}}"

    return "".join(rules(0)) + "@media (prefers-color-scheme: dark){" + "".join(rules(1)) + "}"


def bar_group(parts, title, unit, amounts, y):
    heading(parts, title, unit, y)
    most, room = max(amounts.values()), WIDTH - EDGE - LABELS - VALUES
    for name, amount in amounts.items():
        y += STEP
        length = max(1, room * amount / most)
        ours = "bold" if name == "trapline" else "normal"
        parts.append(text(LABELS - 8, y + 5, name, "end", weight=ours))
        parts.append(f'<rect class="f{CONTESTANTS.get(name, OTHERS)}" x="{LABELS}" y="{y - 7}" width="{length:.1f}" height="{BAR}" rx="2"/>')
        parts.append(text(LABELS + length + 6, y + 5, shown(amount), weight=ours))
    return y + GAP + STEP


def curve(parts, title, noun, unit, series, y):
    heading(parts, title, f"{unit}; both axes logarithmic", y)
    top = y + 16
    left, right, bottom = LABELS, WIDTH - EDGE, top + PLOT
    counts = sorted({count for points in series.values() for count in points})
    values = [value for points in series.values() for value in points.values()]
    low, high = bounds(min(values), max(values))

    def across(count):
        span = math.log10(counts[-1] / counts[0]) or 1
        return left + INSET + (right - left - 2 * INSET) * math.log10(count / counts[0]) / span

    def up(value):
        return bottom - PLOT * math.log10(value / low) / math.log10(high / low)

    for value in steps(low, high):
        parts.append(f'<line class="line" x1="{left}" y1="{up(value):.1f}" x2="{right}" y2="{up(value):.1f}"/>')
        parts.append(text(left - 8, up(value) + 4, shown(value), "end", 11, "aside"))
    row = bottom + 20
    parts.append(text(EDGE, row, noun, size=11, kind="aside"))
    for count in counts:
        parts.append(f'<line class="line" x1="{across(count):.1f}" y1="{top}" x2="{across(count):.1f}" y2="{bottom}"/>')
        parts.append(text(across(count), row, f"{count:,}", "middle", 11, "aside"))
    for place, (name, points) in enumerate(series.items()):
        colour = place % len(COLOURS) if name != "loading alone" else OTHERS
        dots = [(across(count), up(value)) for count, value in sorted(points.items())]
        line = " ".join(f"{x:.1f},{height:.1f}" for x, height in dots)
        dash = f' stroke-dasharray="{DASHES[colour]}"' if DASHES[colour] else ""
        parts.append(f'<polyline class="s{colour}" points="{line}" stroke-width="2"{dash}/>')
        parts += [f'<circle class="f{colour}" cx="{x:.1f}" cy="{height:.1f}" r="3.5"/>' for x, height in dots]
        row += 18
        parts.append(f'<line class="s{colour}" x1="{EDGE}" y1="{row - 4}" x2="{EDGE + 28}" y2="{row - 4}" stroke-width="2"{dash}/>')
        parts.append(text(EDGE + 34, row, name, size=11))
        parts += [text(across(count), row, shown(value), "middle", 11) for count, value in points.items()]
    return row + GAP + STEP


def bounds(least, most):
    """Steps of 1, 2 and 5 around the values, at least a decade apart: what is flat must look flat."""
    low = max(step for step in scale(least) if step <= least * 1.0001)
    high = min(step for step in scale(most) if step >= most * 0.9999)
    return (low, high) if high >= 10 * low else (high / 10, high)


def steps(low, high):
    decades = math.log10(high / low)
    return [step for step in scale(low, high) if low * 0.999 <= step <= high * 1.001 and (decades < 3 or first_digit(step) == 1)]


def scale(low, high=None):
    first, last = math.floor(math.log10(low)) - 1, math.floor(math.log10(high or low)) + 1
    return [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 5)]


def first_digit(value):
    return round(value / 10.0 ** math.floor(math.log10(value) + 1e-9))


def heading(parts, title, unit, y):
    parts.append(
        f'<text x="{EDGE}" y="{y}" class="ink" font-size="14"><tspan font-weight="bold">{html.escape(title)}</tspan>'
        f'<tspan class="aside" dx="8" font-size="12">{html.escape(unit)}</tspan></text>'
    )


def shown(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    if value <= 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def text(x, y, words, anchor="start", size=12, kind="ink", weight="normal"):
    weight = f' font-weight="{weight}"' if weight != "normal" else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}>{html.escape(words)}</text>'
