// Tabs: one panel is open, its button is in the order of Tab, and arrow keys go to the others.

/** @typedef {{button: HTMLElement, panel: HTMLElement}} Tab */

export class Tabs {
  /** The name of the open panel. */
  open = "";

  /**
   * @param {HTMLElement} root with a button of role "tab" for each panel, whose class it names by `data-opens`
   * @param {(name: string) => void} onOpen is called when a hand has opened another one
   */
  constructor(root, onOpen) {
    this.onOpen = onOpen;
    /** @type {Map<string, Tab>} */
    this.tabs = new Map();
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[role=tab]"))) {
      const name = button.dataset.opens ?? "";
      const panel = /** @type {HTMLElement} */ (root.querySelector(`.${name}[role=tabpanel]`));
      this.tabs.set(name, { button, panel });
      button.onclick = () => this.choose(name);
      button.onkeydown = (event) => this.type(event, name);
    }
  }

  /** Those that this model has. */
  get names() {
    return [...this.tabs].filter(([, { button }]) => !button.hidden).map(([name]) => name);
  }

  /** Take a panel away that means nothing here. @param {string} name */
  remove(name) {
    const tab = this.tabs.get(name);
    if (tab) tab.button.hidden = tab.panel.hidden = true;
  }

  /** Open a panel, the first one where there is none of that name. @param {string} name */
  show(name) {
    this.open = this.names.includes(name) ? name : this.names[0];
    for (const [each, { button, panel }] of this.tabs) {
      const isOpen = each === this.open;
      panel.hidden = !isOpen;
      button.setAttribute("aria-selected", String(isOpen));
      button.tabIndex = isOpen ? 0 : -1;
    }
  }

  /** @param {string} name */
  choose(name) {
    this.show(name);
    this.onOpen(name);
    this.tabs.get(name)?.panel.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {string} name
   */
  type(event, name) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { names } = this;
    const next = names[(names.indexOf(name) + step + names.length) % names.length];
    this.choose(next);
    this.tabs.get(next)?.button.focus();
  }
}
