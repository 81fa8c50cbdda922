"""Why a ball of the front page's maps goes home, or not: read off its path (twin: kernels/landscapes.mjs)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ravine._typing import Array

# What becomes of a ball, its path (n, 2) in the surface's own coordinates, and its cost at each step.
Run = tuple[str, Array, list[float]]

# A cost below LOW is home. WIDE: the width of the cliff's map.
LOW, WIDE = 0.02, 2.4
# A bounce to the other wall of the ravine, which noise alone does not make; where the star of the plateau
# lies; from where on the cost of the saddle is LOW, if the ball is down on the line between its stars.
BOUNCE, STAR, LEFT = -0.025, float(np.log(9)), 0.847

# How far home reaches across the floor of the ravine, from its middle.
HOME_WIDE = float(np.sqrt(2 * LOW / 40))

# What can be seen before a ball's fate is known.
GROUND = {
    "ravine": "steep walls, a floor that is nearly flat",
    "saddle": "a ridge between two hollows; the ball rolls down along its line",
    "cliff": "a wall that falls to a plain",
    "plateau": "nearly flat where the ball starts",
}

# name -> cause -> words.
WHY = {
    "ravine": {
        "bounces": "home. The bounces die out; what takes the time is the floor, where no step is "
        "longer than {along:.2g}.",
        "smooth": "home. No bounce: the steps are short. What takes the time is the floor, where "
        "none is longer than {along:.2g}.",
        "carried": "home. Along the floor the steps point one way, and momentum adds them up: to "
        "{came:.2g} by step {at}, without momentum {other:.2g}.",
        "braked": "home. Across, momentum still points outward when the slope pulls back, and "
        "shortens the bounce. Without momentum the last bounce is {across_without:.2g} wide.",
        "clipped": "home. Clipped, no bounce is wider than {widest:.2g}. Without clipping the last "
        "is {across_without:.2g} wide.",
        "late": "home, but {more} steps later than without momentum, which hands a part of each "
        "bounce on to the next: they die out more slowly.",
        "beyond": "home, but {more} steps later than without momentum, which carried the ball "
        "{over:.2g} past the star: the way back takes time.",
        "thrown": "lost. A step is rate times slope, and each bounce ends where the slope is "
        "larger: the last is {ratio:.2g} times as wide as the one before.",
        "slow": "too slow. Along the floor the slope is small: no step there is longer than "
        "{along:.2g}, and 300 of them leave {left:.3g} of 1.8.",
        "wall": "too slow. No step is longer than {longest:.2g}, and 300 of them do not reach the floor.",
        "wide": "no rest. To the last it bounces up to {swing:.2g} off the middle of the floor; home "
        "ends at {home:.2g}.",
    },
    "saddle": {
        "pushed": "home. Noise pushed the ball off the ridge line, by {push:.1g} at first. From "
        "there the slope leads on, away from the line.",
        "carried": "home. Noise pushed the ball off the ridge line, and momentum adds up the small "
        "steps from there: by step {at} it is {off:.2g} off the line, without momentum "
        "{off_without:.2g}.",
        "clipped": "home. Noise pushed the ball off the ridge line. Clipped, no step is longer than "
        "{longest:.2g}, so none throws it over the star for good.",
        "never": "never, at any rate. The ball stands exactly on the ridge line, where the slope "
        "sideways is 0: no step leaves it.",
        "thrown": "lost. Each step overshoots the star, to where the slope is larger: the last is "
        "{last:.2g} long.",
        "slow": "too slow. Noise has pushed the ball off the ridge line, but near the line the "
        "slope sideways is almost 0: after 300 steps it is {off:.2g} off.",
        "wide": "no rest. The steps are too long to settle at a star: the last goes {last:.2g}.",
    },
    "cliff": {
        "short": "home. The slope on the wall is {slope:.3g}, yet at this rate the first step is "
        "{first:.2g} long and stays on the map.",
        "leapt": "home, by chance. Its longest step, {longest:.2g}, leaps past the plain, and happens to "
        "land where the slope leads home.",
        "clipped": "home. The slope on the wall is {slope:.3g}: unclipped, the first step is "
        "{unclipped:.2g} long. Clipped, none is longer than {longest:.2g}.",
        "carried": "home. The steps are short but point one way, and momentum adds them up: to "
        "{came:.2g} by step {at}, without momentum {other:.2g}.",
        "steadied": "home. Momentum blends each step with those before it, and the swings die out; "
        "without it they do not.",
        "thrown": "lost. A step is rate times slope: step {leap_at} meets a slope of "
        "{leap_slope:.3g} and is {leap:.2g} long, on a map 2.4 wide.",
        "flat": "stranded. Step {leap_at}, {leap:.2g} long, leaves the map; where the ball is now, "
        "the slope is only {end_slope:.1g}.",
        "slow": "too slow. No step is longer than {longest:.2g}, and 300 of them do not reach the "
        "foot of the wall.",
        "wide": "no rest. Steps of up to {longest:.2g} are too long for the ground at the foot of the wall.",
        "flung": "lost. Momentum adds each step down the wall to the next: step {leap_at} is "
        "{leap:.2g} long, on a map 2.4 wide.",
        "past": "stranded. Steps of up to {longest:.2g} carried the ball past the foot of the wall; "
        "where it is now, the slope is only {end_slope:.1g}.",
    },
    "plateau": {
        "quick": "home. The slope at the start is only {slope:.1g}, but at this rate 300 steps are "
        "enough to leave the flat ground.",
        "carried": "home. On flat ground the steps point one way, and momentum adds them up: to "
        "{came:.2g} by step {at}, without momentum {other:.2g}.",
        "late": "home, but {more} steps later than without momentum, which carried the ball past the star.",
        "thrown": "lost. The last step is {last:.2g} long.",
        "slow": "too slow. The slope at the start is only {slope:.1g}, the first step {first:.1g} "
        "long: 300 steps get {came:.2g} far, of {way:.2g} to the green.",
        "wide": "no rest. Around the star, too, the steps are long: the last goes {last:.2g}.",
    },
}
for _name, _causes in WHY.items():
    _causes["lucky"] = "home. The push of the noise was a lucky one: without it the ball does not arrive."
    for _cause, _words in _causes.items():
        _causes[_cause] = f"{_name.capitalize()}: {_words.removesuffix('.')}"


def end(run: Run, running: int) -> int:
    """The step that tells what becomes of a ball."""
    fate, path, _ = run
    return len(path) - (running if fate == "arrived" else 1)


def size(vectors: Array) -> Any:
    """Lengths of vectors, by operations that round alike in both languages."""
    return np.sqrt(vectors[..., 0] * vectors[..., 0] + vectors[..., 1] * vectors[..., 1])


def cause(
    name: str,
    run: Run,
    others: Mapping[str, Run],
    values: Mapping[str, Any],
    grad: Callable[[Array], Array],
    running: int,
) -> tuple[str, dict[str, float]]:
    """Why a run went as it did, and numbers to say so; `others` are the runs without one helper."""
    fate, path, J = run
    lost = [helper for helper, (other, _, _) in others.items() if other != "arrived"]
    at, plain, moves = end(run, running), others.get("momentum", run), np.diff(path, axis=0)
    sizes, slower = size(moves), plain[1][min(at, len(plain[1]) - 1)]
    leaps = [int(t) for t in np.flatnonzero(sizes > WIDE)]
    leap = leaps[0] if leaps else 0
    unlike = others[lost[0]][1] if lost else path
    numbers = {
        "at": at,
        "more": at - end(plain, running),
        "came": size(path[at] - path[0]),
        "other": size(slower - path[0]),
        "first": sizes[0],
        "last": sizes[-1],
        "longest": sizes.max(),
        "slope": size(grad(path[0])),
        # Of the ravine.
        "along": np.abs(moves[:, 0]).max(),
        "widest": np.abs(moves[:, 1]).max(),
        "across": abs(moves[-1, 1]),
        "across_without": abs(unlike[-1, 1] - unlike[-2, 1]),
        "swing": np.abs(path[-10:, 1]).max(),
        "home": HOME_WIDE,
        "ratio": abs(moves[-1, 1]) / max(abs(moves[-min(2, len(moves)), 1]), 1e-300),
        "over": path[:, 0].max(),
        "left": abs(path[-1, 0]),
        # Of the saddle.
        "push": abs(path[1, 0]),
        "off": abs(path[at, 0]),
        "off_without": abs(slower[0]),
        # Of the cliff.
        "unclipped": values["rate"] * size(grad(path[0])),
        "leap": sizes[leap],
        "leap_at": leap + 1,
        "leap_slope": size(grad(path[leap])),
        "end_slope": 0.0 if fate == "thrown" else size(grad(path[-1])),
        # Of the plateau.
        "way": size(path[0] - np.array([STAR, 0.0])),
    }
    restless, stranded = J[-1] > 1.5 * min(J), numbers["end_slope"] < 1 and max(J[-10:]) < 1.5 * J[-1]
    why = fate
    if name == "ravine":
        why = _ravine(fate, path, at, lost, others, numbers["more"])
    elif name == "saddle" and fate == "arrived":
        why = next((w for h, w in (("momentum", "carried"), ("clipping", "clipped")) if h in lost), "pushed")
    elif name == "saddle" and fate == "out":
        why = "wide" if np.abs(path[:, 0]).max() > LEFT else "slow"
        why = why if values["noise"] else "never"
    elif name == "cliff" and fate == "arrived":
        near = numbers["other"] < numbers["came"]
        kinds = {"clipping": "clipped", "momentum": "carried" if near else "steadied", "noise": "lucky"}
        why = next((kinds[h] for h in kinds if h in lost), "leapt" if leaps else "short")
    elif name == "cliff" and fate == "thrown":
        why = "flung" if values["momentum"] and leap else "thrown"
    elif name == "cliff" and stranded and (leaps or restless):
        why = "flat" if leaps else "past"
    elif name == "cliff":
        why = "wide" if restless else "slow"
    elif name == "plateau" and fate == "arrived":
        late = numbers["more"] > 0 and path[:, 0].max() > STAR
        why = "carried" if numbers["more"] < 0 else "late" if late else "quick"
        why = "lucky" if lost == ["noise"] else why
    elif name == "plateau" and fate == "out":
        why = "wide" if restless else "slow"
    return why, numbers


def _ravine(fate: str, path: Array, at: int, lost: list[str], others: Mapping[str, Run], more: float) -> str:
    """On the floor the first coordinate counts, across it the second."""
    if fate == "out":
        return "wide" if _restless(path) else "wall" if 40 * path[-1, 1] ** 2 > path[-1, 0] ** 2 else "slow"
    if fate == "thrown":
        return "thrown"
    if "momentum" in lost:
        return "braked" if _restless(others["momentum"][1]) else "carried"
    if lost:
        return {"clipping": "clipped", "noise": "lucky"}[lost[0]]
    if more > 0:
        # What kept the cost up to the last.
        x, y = path[at - 1]
        return "late" if 40 * y * y > x * x else "beyond"
    if more < 0 and not _restless(others["momentum"][1][: at + 1]):
        return "carried"
    return "bounces" if (path[:, 1] < BOUNCE).any() else "smooth"


def _restless(path: Array) -> bool:
    """Whether it has been on both walls, and what is left of the cost is that of the way across."""
    x, y = path[-1]
    return bool((path[:, 1] < BOUNCE).any() and 40 * y * y > x * x)
