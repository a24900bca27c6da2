// A state that both Python and a person's hand can set: each is told once, and neither undoes what the other has just done.
// Knows no component.

/** States are compared as JSON. */
export class ControlledState {
  /** @type {string | undefined} what Python named last */
  #given;
  /** @type {string | undefined} what Python knows to be shown */
  #committed;

  /** Whether Python names a state now that it has not named before, and that it was not told of: then it is to be shown. @param {unknown} state */
  isNew(state) {
    const text = JSON.stringify(state);
    const isNew = text !== this.#given && text !== this.#committed;
    this.#given = text;
    return isNew;
  }

  /** What is shown now is what Python asked for. @param {unknown} state */
  keep(state) {
    this.#committed = JSON.stringify(state);
  }

  /** Whether a state is another than Python knows, and so is to be sent; from now on it is known. @param {unknown} state */
  commit(state) {
    const text = JSON.stringify(state);
    if (text === this.#committed) return false;
    this.#committed = text;
    return true;
  }
}
