"""The ten questions: every run answers its own with yes, and three measurements tell runs apart."""

import re
from pathlib import Path

import numpy as np
import pytest

from ravine import descent, rules, zoo
from ravine.experiments import ten_questions as ten
from ravine.experiments.ten_questions import MAY_ALSO, QUESTIONS, SEEN, Answers
from ravine.live.figures import ten_questions as live

NUMBERS = range(1, 11)
PAGE = (Path(__file__).parents[1] / "book" / "ten-questions.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers.load()


def test_every_run_answers_its_own_question_with_yes_for_every_seed(answers):
    assert (np.diag(answers.matrix()) == 1).all()


def test_every_cured_run_answers_its_own_question_with_no_for_every_seed(answers):
    assert (answers["well"] == 1).all()


def test_other_answers_are_no_but_for_those_declared(answers):
    for number, row in zip(NUMBERS, answers.matrix(), strict=True):
        also = {q for q, share in zip(NUMBERS, row, strict=True) if share > 0} - {number}
        assert also == MAY_ALSO.get(number, set()), f"run {number}"


def test_the_picture_of_answers_shows_every_share(answers):
    (ax,) = answers.plot().axes
    shown = {(text.get_position()[1], text.get_position()[0]): float(text.get_text()) for text in ax.texts}
    share = answers.matrix()
    assert shown == {(i, j): share[i - 1, j - 1] for i in NUMBERS for j in NUMBERS if share[i - 1, j - 1] > 0}
    assert len(shown) == 18 and ax.yaxis_inverted()
    assert re.search(r"eight entries, one in row 6, one in row 7, two in row 8 and four in row 10", PAGE)


def test_two_measurements_single_out_each_run_after_a_look(answers):
    """For every seed, sight and run: two, its own among them, whose answers no other gives."""
    share = answers.matrix()
    can = {
        (k, q): {bool(yes) for yes in (0, 1) if share[k - 1, q - 1] != 1 - yes}
        for k in NUMBERS
        for q in NUMBERS
    }
    for seed in answers.seeds:
        matrix = answers.matrix(seed)
        for sight in SEEN.values():
            for k in sight:
                others = [j for j in sight if j != k]
                assert any(
                    all(any(bool(matrix[k - 1, q - 1]) not in can[j, q] for q in (k, other)) for j in others)
                    for other in NUMBERS
                ), f"seed {seed}, run {k} among {sight}"


def test_whoever_follows_the_proposals_needs_four_at_most():
    figure = live.diagnosis()
    n_deals = len(live.constants()["DEALS"])
    needed = []
    for deal in range(n_deals):
        trouble = live.constants()["DEALS"][deal]["trouble"]
        for sight, numbers in SEEN.items():
            if trouble in numbers:
                values = {"deal": deal, "seen": sight}
                while not (now := figure.compute(values))["sure"]:
                    (alone,) = numbers_of(now["told"])[-1:] if now["n_open"] == 1 else [now["next"]]
                    values[f"ask_{alone}"] = True
                needed.append(now["n_asked"])
                assert str(now["n_asked"]) in now["told"]
    assert len(needed) >= n_deals and max(needed) == 4
    assert "needs four at most" in PAGE


def numbers_of(text):
    return [int(number) for number in re.findall(r"\d+", text)]


def test_a_rate_far_too_large_says_yes_to_four():
    """As the page prints it, for 20 seeds."""
    valley = zoo.quadratic(40)
    for seed in range(20):
        starts = np.random.default_rng(seed).uniform(-2, 2, (5, 2))
        for rate, expected in ((0.1, [4, 8, 9, 10]), (0.04, [])):
            trace = descent.minimise(valley, rules.gradient_descent(rate), starts, n_steps=200)
            run = ten.Run(valley, trace, rate, hvp=lambda theta, v: valley.hess(theta) @ v)
            assert [k for k, yes in enumerate(ten.answers(run), 1) if yes] == expected, seed


def test_every_question_can_be_seen():
    assert {k for sight in SEEN.values() for k in sight} == set(NUMBERS)
    assert max(map(len, SEEN.values())) == 5


def test_runs_look_as_the_page_says(answers):
    """For every seed: what is flat, what bounces, what jumps, and where test and training cost part."""
    for seed in answers.seeds:
        cost, counts, other = answers.drawn(seed).transpose(1, 0, 2)
        assert np.ptp(cost[[5, 6]], axis=1).max() < 0.01, "flat from the start"
        assert np.diff(cost[[7, 9]]).max(axis=1).min() > 0.2, "spikes"
        turns = np.diff(np.sign(np.diff(cost)), axis=1)[:, -12:] != 0
        assert turns[3].all() and np.abs(np.diff(cost[3])[-12:]).min() > 0.1, "oscillates"
        assert np.abs(np.diff(cost[[0, 4, 5, 6]])[:, -12:]).max() < 0.02, "does not"
        assert counts[0, -1] > 0.1 > 0.02 > cost[0, -1], "training good, test bad"
        assert cost[4, 1] < 0.6 and 0 < cost[4, 1] - cost[4, -1] < 0.1, "slow"
        assert np.array_equal(counts[3:], cost[3:]), (
            "nothing but the cost counts where there are no test data"
        )
        assert not np.array_equal(other, cost)


@pytest.mark.parametrize("number", [2, 4, 5, 9])
def test_answers_are_those_of_the_file(number, answers):
    assert ten.answers(ten.run(number, seed=3)) == tuple(answers.matrix(3)[number - 1].astype(bool))


@pytest.mark.parametrize("number", [2, 4, 5, 9])
def test_curves_are_those_of_the_file(number, answers):
    drawn = ten.run(number, seed=3).curves(ten.N_POINTS)
    assert drawn.min() >= 0 and drawn.max() == 1
    assert np.allclose(drawn, answers.drawn(3)[number - 1], atol=2e-3)


def test_what_a_run_does_not_have_is_trivial():
    plain = ten.run(5)
    assert plain.J_test == plain.J[-1] and plain.noise(plain.theta) == 0
    assert np.array_equal(plain.g_hat, plain.g) and plain.way(plain.theta).tolist() == [1.0]


def test_the_top_of_the_valley_is_its_condition_number():
    assert ten.top(ten.run(5), np.zeros(2)) == pytest.approx(1e4)
    assert ten.spectrum(ten.run(5)) == pytest.approx([1, 1e4])


def test_mean_of_short_chains_vanishes_where_the_biased_run_rests():
    run = ten.run(2)
    assert np.linalg.norm(run.g_hat) < np.linalg.norm(run.g) < 10 * np.linalg.norm(run.g_hat - run.g)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: ten.run(0), "question"),
        (lambda: ten.run(11), "question"),
        (lambda: ten.run(5, seed=-1), "seed"),
        (lambda: Answers.load().matrix(99), "seed"),
        (lambda: Answers.load().drawn(99), "seed"),
    ],
)
def test_bad_arguments_are_named(call, argument):
    with pytest.raises(ValueError, match=f"^{argument}: got"):
        call()


def test_the_table_of_the_page_is_that_of_the_package():
    rows = re.findall(r"^\| (\d+)\. (.*)$", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(NUMBERS)
    for (_, row), question in zip(rows, QUESTIONS, strict=True):
        assert row.startswith(f"{{ref}}`{question.title} <")
        assert all(f"<{chapter}>" in row for chapter in question.chapters)
        plain = re.sub(r"\{ref\}`([^<`]*) <[^`]*`", r"\1", row)
        plain = plain.replace("$", "").lower()
        assert f"{question.cure}. {question.wrong}".lower() in plain


def test_a_measurement_is_one_line():
    assert len({question.line for question in QUESTIONS}) == 10
    assert all("run" in question.line and "\n" not in question.line for question in QUESTIONS)
