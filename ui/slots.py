"""Images in lettered places, each exchanged in a sheet beside the page. They stay while one goes from page to page."""

import random

import streamlit as st

from ui import cached, inputs, state, uploads
from ui.components.side_sheet import side_sheet
from ui.inputs import Chosen
from ui.state import Key
from ui.uploads import Upload
from vae_core.runs.run import Run

LETTERS = "ABCD"


class Slots:
    """The places of a page, one a letter: each shows a sample, until it is given an upload, a photo or a drawing."""

    def __init__(self, run: Run, count: int, page: Key) -> None:
        """Begin with the samples that the URL names, else with what was shown last, else with samples of different classes."""
        self._run, self._page, self._places = run, page, [page.of(letter) for letter in LETTERS[:count]]
        self._open, self._arrived, self._photo = page.of("open"), page.of("arrived"), page.of("photo_before")
        requested = state.requested_samples(len(cached.originals(run).images))
        numbers = requested if len(requested) == count else [None] * count
        for place, number, usual in zip(self._places, numbers, usual_samples(run, count), strict=True):
            sample = inputs.sample_key(run, place)
            state.initialise(sample, number, st.session_state.get(sample, usual))
            state.initialise(_source(place), "Sample" if requested else None, st.session_state.get(_source(place), "Sample"))
        state.initialise(self._open, None, None)
        self._hand_out(st.session_state.pop(self._arrived, {}))

    @property
    def open(self) -> int | None:
        """The number of the place whose image is being exchanged."""
        number: int | None = st.session_state[self._open]
        return number if number in range(len(self._places)) else None

    def toggle(self, number: int) -> None:
        """Open the sheet for a place, or close it."""
        st.session_state[self._open] = None if number == self.open else number
        if self.open is not None:
            inputs.keep_on(self._run, self._places[number])
            st.session_state[self._photo] = uploads.kept_photo(self._places[number])

    def close(self) -> None:
        """Close the sheet."""
        st.session_state[self._open] = None

    def shuffle(self) -> None:
        """Show other samples, of different classes."""
        for place, number in zip(self._places, _different_samples(self._run, len(self._places), random.Random()), strict=True):
            st.session_state[inputs.sample_key(self._run, place)] = number
            _choose_source(place, "Sample")

    def images(self) -> list[Chosen]:
        """What the places show. Draws the sheet if it is open."""
        return [self._exchange(place) if number == self.open else self._shown(place) for number, place in enumerate(self._places)]

    def _shown(self, place: Key) -> Chosen:
        return inputs.shown(self._run, st.session_state[_source(place)], place) or self._sample(place)

    def _sample(self, place: Key) -> Chosen:
        return inputs.sample(self._run, st.session_state[inputs.sample_key(self._run, place)])

    def _exchange(self, place: Key) -> Chosen:
        """Draw the ways to choose an image. Until its source gives one, it is the sample."""
        with side_sheet(place, self.close):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
                st.markdown("**Another image**", width="content")
                st.button("Close", icon=":material/close:", type="tertiary", key=self._page.of("close"), on_click=self.close)
            st.session_state.setdefault(place.of("source"), st.session_state[_source(place)])
            source = inputs.choose_source(self._run, place, requested=st.session_state[_source(place)])
            known = uploads.kept_uploads(place)
            chosen = inputs.choose(self._run, source, place)
            if source == "Upload":
                st.caption("Several files at once fill the next letters too.")
            if source != "Sample":
                st.caption("Your own images stay while you go from page to page. A link does not carry them.")
        st.session_state[_source(place)] = source
        self._close_after_a_choice(source, place, known)
        return chosen or self._sample(place)

    def _close_after_a_choice(self, source: str, place: Key, known: dict[str, Upload]) -> None:
        """Close the sheet when a class was chosen, or when a photo or files have arrived: the next run hands those out."""
        arrived = {name: upload for name, upload in uploads.kept_uploads(place).items() if name not in known}
        photo = uploads.kept_photo(place) if source == "Camera" else None
        is_photo_new = photo is not None and photo is not st.session_state.get(self._photo) and inputs.is_readable(photo)
        readable = {name: upload for name, upload in arrived.items() if inputs.is_readable(upload)}
        is_class_chosen = st.session_state.get(place.of(self._run.id, "class"), inputs.ANY) != inputs.ANY
        if readable:
            st.session_state[self._arrived] = readable
        elif is_photo_new or (source == "Sample" and is_class_chosen):
            self.close()
        else:
            return
        st.rerun()

    def _hand_out(self, arrived: dict[str, Upload]) -> None:
        """Give what has arrived to the place that was open and to those after it."""
        if not arrived or self.open is None:
            return
        places = self._places[self.open :] + self._places[: self.open]
        for place, (name, upload) in zip(places, arrived.items(), strict=False):
            uploads.give(place, name, upload)
            _choose_source(place, "Upload")
        self.close()


def usual_samples(run: Run, count: int) -> list[int]:
    """The samples that are shown at first: the same for everybody."""
    return _different_samples(run, count, random.Random(0))


def _source(place: Key) -> Key:
    """The session's key of the source that a place shows: its controls, and their own keys, are there only while the sheet is open."""
    return place.of("shown")


def _choose_source(place: Key, source: str) -> None:
    st.session_state[_source(place)] = source
    st.session_state.pop(place.of("source"), None)


def _different_samples(run: Run, count: int, chance: random.Random) -> list[int]:
    """Random places of held-out images, of different classes as long as there are any; repeated where there are too few images."""
    labels = cached.originals(run).labels.tolist()
    shuffled = chance.sample(range(len(labels)), len(labels))
    one_of_each = list({labels[place]: place for place in reversed(shuffled)}.values())
    ranked = one_of_each + [place for place in shuffled if place not in one_of_each]
    return [ranked[index % len(ranked)] for index in range(count)]
