// <kg-suggest> around the search form: proposes things while one types (the combobox of the ARIA practices).

import { make } from "./dom.js";
import { W } from "./words.js";

const MOST = 8;
const PAUSE = 150;

class Suggest extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=search]");
    this.chosen = -1;
    this.list = make("ul", { id: "suggestions", class: "suggestions", role: "listbox", "aria-label": W.suggestions, hidden: true });
    this.status = make("p", { class: "unseen", role: "status" });
    this.input.after(this.list);
    this.append(this.status);
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions" };
    for (const [name, value] of Object.entries(roles)) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.soon());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // The field keeps the focus while one presses in the list.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
  }

  soon() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < 2) this.close();
    else this.timer = setTimeout(() => this.ask(text), PAUSE);
  }

  async ask(text) {
    this.asking = new AbortController();
    const address = new URL(this.form.action);
    address.searchParams.set("q", text);
    address.searchParams.set("limit", MOST);
    for (const { value } of this.form.querySelectorAll("[name=type]")) address.searchParams.append("type", value);
    try {
      const answer = await fetch(address, { headers: { accept: "application/json" }, signal: this.asking.signal });
      if (answer.ok) this.show((await answer.json()).results);
    } catch {
      // Without suggestions the form is what it is without scripts.
    }
  }

  show(results) {
    if (document.activeElement !== this.input) return;
    this.results = results;
    this.list.replaceChildren(
      ...results.map((thing, i) =>
        make(
          "li",
          { role: "option", id: `suggestion-${i}`, "aria-selected": "false" },
          make("span", thing.language ? { lang: thing.language, dir: "auto" } : {}, ...parts(thing)),
          make("small", {}, thing.types[0]?.label ?? ""),
          thing.match.text !== thing.label && ["alternative", "label"].includes(thing.match.field)
            ? make("small", { class: "also", ...(thing.match.language ? { lang: thing.match.language } : {}) }, ...marked(thing.match))
            : "",
        ),
      ),
    );
    this.open(results.length > 0);
    this.status.textContent = W.suggested(results.length);
  }

  open(is) {
    this.chosen = -1;
    this.list.hidden = !is;
    this.input.setAttribute("aria-expanded", String(is));
    this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.open(false);
    this.status.textContent = "";
  }

  key(event) {
    const isOpen = !this.list.hidden;
    const last = this.list.children.length - 1;
    if (event.key === "Escape" && isOpen) this.close();
    else if (event.key === "ArrowDown" && isOpen) this.choose(this.chosen >= last ? -1 : this.chosen + 1);
    else if (event.key === "ArrowUp" && isOpen) this.choose(this.chosen < 0 ? last : this.chosen - 1);
    else if (event.key === "ArrowDown" && this.input.value.trim().length > 1) this.ask(this.input.value.trim());
    else if (event.key === "Enter" && isOpen && this.chosen >= 0) this.take(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  choose(place) {
    this.chosen = place;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === place)));
    if (place < 0) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", `suggestion-${place}`);
      this.list.children[place].scrollIntoView({ block: "nearest" });
    }
  }

  /** Go to a thing of ours at its own address, and search for any other by its name. */
  take(option) {
    const thing = option && this.results[[...this.list.children].indexOf(option)];
    if (!thing) return;
    const { base, root } = this.dataset;
    if (thing.iri.startsWith(base)) location.assign(root + thing.iri.slice(base.length));
    else {
      this.input.value = thing.label;
      this.form.submit();
    }
  }
}

/** The name of a thing, marked where it is what matched. */
function parts({ label, match }) {
  return match.text === label ? marked(match) : [label];
}

/** A text with the places in it that matched; they count characters, not the units of JavaScript. */
function marked({ text, highlights }) {
  const letters = [...text];
  const found = [];
  let at = 0;
  for (const [start, end] of highlights) {
    found.push(letters.slice(at, start).join(""), make("mark", {}, letters.slice(start, end).join("")));
    at = end;
  }
  return [...found, letters.slice(at).join("")];
}

customElements.define("kg-suggest", Suggest);
