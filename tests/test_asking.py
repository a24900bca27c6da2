"""Questions to processes with torch: the newest first, none behind another for long, none that nobody waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ui import estimate
from vae_core.presets import configure
from vae_core.processes import asking

MODULE = "counted"
# Answers with what it is asked and its process id; told to sleep or to die, it does.
PROCESS = """
import os, sys, time
for line in sys.stdin:
    word = line.strip()
    if word == "die":
        os._exit(1)
    if word == "sleep":
        time.sleep(60)
    print("" if word == "nothing" else f"{word} {os.getpid()}", flush=True)
"""


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> None:
    asking._desk.cache_clear()
    monkeypatch.setattr(asking, "AT_ONCE", 1)


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Real processes of a module that answers at once."""
    (tmp_path / f"{MODULE}.py").write_text(PROCESS)
    monkeypatch.setattr("vae_core.processes.subprocesses.PROGRAM", tmp_path)
    yield
    for process, timer in asking._IDLE.pop(MODULE, []):
        timer.cancel()
        process.end()


class Answerer:
    """Stands for the process: keeps every question until it is let go, and notes the order."""

    def __init__(self) -> None:
        self.asked, self._go = [], threading.Semaphore(0)

    def __call__(self, module: str, question: str, seconds: float | None) -> bytes:
        self.asked.append(question)
        assert self._go.acquire(timeout=10)
        return question.encode()

    def let(self, count: int) -> None:
        for _ in range(count):
            self._go.release()


@pytest.fixture
def answerer(monkeypatch: pytest.MonkeyPatch) -> Answerer:
    answerer = Answerer()
    monkeypatch.setattr(asking, "ask", answerer)
    return answerer


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def result(question: str) -> bytes | None:
    until(lambda: asking.answer(MODULE, question).done)
    return asking.answer(MODULE, question).result


def test_a_question_is_asked_once_however_many_wait(answerer: Answerer) -> None:
    assert not any(asking.answer(MODULE, "one").done for _ in range(20))
    answerer.let(1)
    assert [result("one") for _ in range(3)] == [b"one"] * 3
    assert answerer.asked == ["one"]


def test_the_newest_question_is_answered_first(answerer: Answerer) -> None:
    asking.answer(MODULE, "one")
    until(lambda: answerer.asked)
    for question in ("two", "three", "four", "two"):  # who asks again does not lose the place to those who came later
        asking.answer(MODULE, question)
    answerer.let(4)
    assert result("two") == b"two"
    assert answerer.asked == ["one", "four", "three", "two"]


def test_a_question_that_nobody_asks_again_is_dropped(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ABANDONED_SECONDS", 0.2)
    for question in ("one", "two"):
        asking.answer(MODULE, question)
        until(lambda: answerer.asked)
    time.sleep(0.3)
    asking.answer(MODULE, "three")
    answerer.let(9)
    assert result("three") == b"three"
    time.sleep(0.1)
    assert answerer.asked == ["one", "three"]


def test_what_was_not_answered_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: asked.append(question))
    assert [result("one"), result("one"), len(asked)] == [None, None, 1]
    monkeypatch.setattr(asking, "FAILED_SECONDS", 0.0)
    assert not asking.answer(MODULE, "one").done
    until(lambda: len(asked) == 2)


@pytest.mark.parametrize(("limit", "most"), [("MOST_KEPT", 2), ("MOST_BYTES", 7)])
def test_the_oldest_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    asked = []
    monkeypatch.setattr(asking, limit, most)
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: asked.append(question) or question.encode())
    for question in ("one", "two", "three", "three", "one"):
        assert result(question) == question.encode()
    assert asked == ["one", "two", "three", "one"]


def test_a_long_answer_of_one_module_holds_up_no_other(answerer: Answerer) -> None:
    asking.answer("another.module", "long")
    until(lambda: answerer.asked)
    asking.answer(MODULE, "short")
    until(lambda: answerer.asked == ["long", "short"])
    answerer.let(2)
    assert result("short") == b"short"


def test_one_process_answers_many_questions(processes: None) -> None:
    answers = [asking.ask(MODULE, question) for question in ("one", "two", "three")]
    words, numbers = zip(*(answer.split() for answer in answers), strict=True)
    assert words == (b"one", b"two", b"three")
    assert len(set(numbers)) == 1


def test_an_empty_answer_is_none_and_the_process_goes_on(processes: None) -> None:
    first = asking.ask(MODULE, "one")
    assert asking.ask(MODULE, "nothing") is None
    assert asking.ask(MODULE, "one") == first


@pytest.mark.parametrize("question", ["die", "sleep"])
def test_a_process_that_dies_or_takes_too_long_holds_nobody_up(processes: None, question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asking.ask(MODULE, "one")
    monkeypatch.setattr(asking, "SECONDS_AT_MOST", 0.5)
    began = time.monotonic()
    assert asking.ask(MODULE, question) is None
    assert time.monotonic() - began < 5
    monkeypatch.setattr(asking, "SECONDS_AT_MOST", 8.0)
    again = asking.ask(MODULE, "one")
    assert again != first
    assert again.startswith(b"one")


def test_a_process_that_nobody_needs_ends(processes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "IDLE_SECONDS", 0.2)
    assert asking.ask(MODULE, "one")
    [(process, _)] = asking._IDLE[MODULE]
    until(lambda: process._process.poll() is not None)
    assert not asking._IDLE[MODULE]
    assert asking.ask(MODULE, "one")


def test_a_module_that_is_not_there_is_no_answer(processes: None) -> None:
    assert asking.ask("nothing_of_that_name", "one") is None


def test_trainings_of_one_shape_are_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: asked.append(question) or b'{"images_per_second": 100.0}')
    configs = [configure("mnist-2d-quick", settings) for settings in ({}, {"epochs": 7}, {"beta": 4.0}, {"learn_sigma": "no"})]
    for config in configs:
        until(lambda config=config: estimate.is_known(config))
    assert len(asked) == 1
    assert estimate.seconds_to_train(configs[1]) == pytest.approx(7 * 8000 / 100 * 1.1)
    until(lambda: estimate.is_known(configure("mnist-2d-quick", {"latent_dim": 3})))
    assert len(asked) == 2
