"""The reliability diagram: accuracy against confidence."""

SIDE, MARGIN = 300, 46


def reliability_diagram(bins: list[dict], bin_count: int = 15) -> str:
    """An SVG with a bar for each bin of confidence; a darker bar has more pictures. Perfect
    calibration is the diagonal.
    """
    total = sum(row["n"] for row in bins)
    step = SIDE / bin_count
    bars = "".join(
        f'<rect x="{row["bin"] * step + 1:.1f}" y="{SIDE * (1 - row["accuracy"]):.1f}" width="{step - 2:.1f}" '
        f'height="{SIDE * row["accuracy"]:.1f}" fill="#2b6cb0" fill-opacity="{0.3 + 0.7 * row["n"] / total:.2f}">'
        f"<title>{row['n']} pictures, confidence {row['confidence']:.3f}, right {row['accuracy']:.3f}</title></rect>"
        f'<text x="{(row["bin"] + 0.5) * step:.1f}" y="{SIDE * (1 - row["accuracy"]) - 3:.1f}" font-size="7" '
        f'text-anchor="middle">{row["n"]}</text>'
        for row in bins
    )
    ticks = "".join(
        f'<text x="{SIDE * share:.0f}" y="{SIDE + 14}" text-anchor="middle">{share:.1f}</text>'
        f'<text x="-6" y="{SIDE * (1 - share) + 4:.0f}" text-anchor="end">{share:.1f}</text>'
        for share in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    size = SIDE + MARGIN + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="10">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><g transform="translate({MARGIN} 14)">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="#f7f7f7"/>{bars}'
        f'<path d="M0 {SIDE}L{SIDE} 0" stroke="#c05621" stroke-dasharray="4 3"/>{ticks}'
        f'<text x="{SIDE / 2}" y="{SIDE + 28}" text-anchor="middle">confidence</text>'
        f'<text transform="translate(-32 {SIDE / 2}) rotate(-90)" text-anchor="middle">share right</text>'
        "</g></svg>\n"
    )
