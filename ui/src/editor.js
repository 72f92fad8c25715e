// <kg-editor>: makes a form for SPARQL into an editor. Without it, the form and its answer are whole pages.

import { codeField, explain } from "./code.js";
import { make } from "./dom.js";
import { Lexicon } from "./lexicon.js";
import { unpacked } from "./permalink.js";
import { Past } from "./past.js";
import { questions } from "./questions.js";
import { Runner } from "./running.js";
import { enrich } from "./table.js";
import { RUN_KEY, W } from "./words.js";

class Editor extends HTMLElement {
  connectedCallback() {
    if (this.field) return;
    this.form = this.querySelector("form");
    this.area = this.form.elements.query;
    const action = this.form.action.split("#")[0];
    const { lexicon, search } = this.dataset;
    this.lexicon = new Lexicon({ lexicon, search, sparql: action });
    this.runner = new Runner(action, {
      told: (words) => this.say(words),
      ended: (result) => this.ended(result),
    });
    this.append(this.outcome); // an error stands above the form where nothing else leads to it
    this.furnish();
    if (matchMedia("(max-width: 60rem)").matches) this.panel("questions").closest("details").open = false;
    this.past = new Past(this.panel("history"), (query) => this.take(query));
    const calm = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 200));
    calm(() => questions(this.panel("questions"), this.dataset.questions, (query) => this.take(query, true)));
    addEventListener("popstate", () => {
      if (pageOf(location.href) !== this.address) location.reload(); // not for a place on the same page
    });
    this.address = pageOf(location.href);
    this.open(location.hash);
  }

  /** Take up a query that stands behind the # of the address, with its graphs. */
  async open(hash) {
    const shared = await unpacked(hash);
    if (!shared) this.say(W.garbled);
    const query = shared?.get("query");
    if (!query) {
      this.settle();
      this.shown = this.field.text;
      return;
    }
    const graphs = [...shared].filter(([name]) => name.endsWith("-graph-uri"));
    this.form.append(...graphs.map(([name, value]) => make("input", { type: "hidden", name, value })));
    this.take(query, true);
  }

  /** Put the field of code, its buttons and its line of notes into the form. */
  furnish() {
    const place = make("div", { class: "code" });
    const label = this.form.querySelector("label[for=query]");
    this.area.after(place);
    this.note = make("p", { class: "note" });
    place.after(this.note);
    this.field = codeField(place.attachShadow({ mode: "open" }), this.area.value, {
      lexicon: this.lexicon,
      run: () => this.run(),
      changed: (update) => this.changed(update),
      told: (found, state) => this.faults(found, state),
    });
    this.area.hidden = true;
    label.addEventListener("click", (event) => {
      event.preventDefault();
      this.field.view.focus();
    });
    this.button = this.form.querySelector("button");
    this.button.title = RUN_KEY;
    this.button.setAttribute("aria-keyshortcuts", "Control+Enter Meta+Enter");
    this.cancel = make("button", { type: "button", class: "other", hidden: true, onclick: () => this.stop() }, W.cancel);
    this.status = make("span", { role: "status", class: "quiet" });
    this.button.after(this.cancel, this.status);
    this.form.addEventListener("submit", (event) => {
      this.area.value = this.field.text;
      if (this.form.elements.format.value) return; // a file: the browser takes it
      event.preventDefault();
      this.run();
    });
    this.form.elements.sources.addEventListener("change", () => this.run());
    this.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.runner.isRunning && !event.defaultPrevented) this.stop();
    });
    this.faults([], this.field.view.state);
  }

  panel(name) {
    return this.querySelector(`[data-panel=${name}]`);
  }

  get outcome() {
    return document.getElementById("outcome");
  }

  say(words) {
    this.status.textContent = words;
  }

  // ---- asking

  /** Take up a query that is picked; run it where `run` says so. */
  take(query, run = false) {
    this.field.text = query;
    this.form.elements.view.value = "";
    if (run) this.run();
    else this.field.view.focus();
  }

  /** Run what is in the field, or a query that was run before. */
  run(query = this.field.text) {
    const given = [...this.form.querySelectorAll("input[type=hidden], input:checked")].map(({ name, value }) => [name, value]);
    this.busy(true);
    this.runner.run(query, given.filter(([, value]) => value));
  }

  stop() {
    if (this.runner.stop()) this.say(W.cancelled);
    this.busy(false);
  }

  busy(running) {
    this.cancel.hidden = !running;
    this.outcome.toggleAttribute("aria-busy", running);
    if (running && !document.activeElement?.closest("kg-editor")) this.field.view.focus();
  }

  async ended({ query, outcome, milliseconds, permalink }) {
    const left = this.cancel.matches(":focus");
    this.busy(false);
    if (left) this.button.focus();
    const switched = ["[data-sources]", ".views"].find((where) => document.activeElement?.closest(where));
    this.outcome.replaceWith(document.importNode(outcome, true));
    if (switched) this.outcome.querySelector(switched === ".views" ? ".views [aria-current]" : switched)?.focus();
    const total = this.outcome.querySelector("[data-told]")?.dataset.told;
    this.say(total ? `${total}, ${W.timing(milliseconds)}` : W.failed);
    this.past.add(query, total ?? "");
    this.settle(query === this.shown ? this.arrangement?.() : undefined);
    this.shown = query;
    const own = await permalink;
    if (!own) this.say(`${this.status.textContent}. ${W.unaddressed}`);
    const address = own ?? this.runner.action;
    if (address !== location.href) window.history.pushState(null, "", address);
    this.address = pageOf(location.href);
  }

  /** Make what the server answered as able as it can be; a table is arranged as one of the same query was. */
  settle(like) {
    const table = this.outcome.querySelector(".rows table");
    this.arrangement = table ? enrich(table, like) : null;
    if (this.outcome.querySelector("kg-network")) import(this.dataset.network).catch(() => {}); // it stands still then
    for (const text of this.outcome.querySelectorAll("pre[data-copy]")) {
      const button = make("button", { type: "button", class: "other" }, W.copy);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = W.copied;
        setTimeout(() => (button.textContent = W.copy), 2000);
      });
      text.after(button);
    }
    this.outcome.querySelector("[data-sources]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.form.elements.sources.click();
    });
    for (const link of this.outcome.querySelectorAll("a[data-query]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.take(new URL(link.href).searchParams.get("query"), true);
      });
    }
    for (const link of this.outcome.querySelectorAll(".views a")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        this.form.elements.view.value = link.dataset.view;
        this.run(new URL(link.href).searchParams.get("query"));
      });
    }
    const { line, column, message } = this.outcome.querySelector(".fault")?.dataset ?? {};
    if (line) this.field.blame({ line: Number(line), column: Number(column), message });
  }

  // ---- the line of notes

  changed(update) {
    this.area.value = this.field.text;
    if (!update.docChanged || !this.found?.length) this.explain();
  }

  faults(found, state) {
    this.found = found;
    const [first] = ["error", "warning", "info"].flatMap((kind) => found.filter(({ severity }) => severity === kind));
    if (!first) {
      this.note.setAttribute("aria-live", "off"); // what the cursor is on is not read out
      this.explain();
      return;
    }
    this.note.setAttribute("aria-live", "polite");
    const line = state.doc.lineAt(first.from);
    const buttons = first.fixes.map(({ label, ...change }) =>
      make("button", { type: "button", class: "other", onclick: () => this.field.edit(change) }, label));
    const place = make("strong", {}, W.position(line.number, first.from - line.from + 1));
    this.note.replaceChildren(place, first.message, " ", ...buttons);
    this.note.className = `note ${first.severity === "info" ? "hint" : "wrong"}`;
  }

  async explain() {
    if (this.found?.length) return;
    const { state } = this.field.view;
    const turn = (this.turn = {});
    const told = await explain(state, state.selection.main.head, this.lexicon);
    if (this.found?.length || turn !== this.turn) return;
    this.note.className = "note";
    if (!told) this.note.replaceChildren(W.keys);
    else this.note.replaceChildren(make("strong", {}, told.label), ...[told.detail, told.definition].filter(Boolean).map((text) => ` · ${text}`), " · ", make("code", {}, told.iri));
  }
}

function pageOf(address) {
  const [page, place = ""] = address.split("#");
  return /^q(uery)?=/.test(place) ? address : page; // where a query stands behind the #, it is another page
}

customElements.define("kg-editor", Editor);
