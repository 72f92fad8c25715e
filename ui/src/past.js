// What was asked before: kept in this browser only, newest first, until it is cleared.

import { make } from "./dom.js";
import { W } from "./words.js";

const KEY = "kg-history";
const MOST = 50;
const LONGEST = 20_000;

export class Past {
  /** `panel` shows it; `choose` gets a query that is picked. */
  constructor(panel, choose) {
    Object.assign(this, { panel, choose });
    this.show();
  }

  add(query, told) {
    if (!query.trim() || query.length > LONGEST) return;
    const others = this.read().filter((item) => item.query !== query);
    this.write([{ query, told, at: Date.now() }, ...others].slice(0, MOST));
    this.show();
  }

  show() {
    const found = this.read();
    if (!found.length) {
      this.panel.replaceChildren(make("p", { class: "quiet" }, W.noHistory));
      return;
    }
    const items = found.map(({ query, told, at }) => {
      const button = make("button", { type: "button", class: "past", onclick: () => this.choose(query) }, summary(query));
      return make("li", {}, button, make("small", {}, `${new Date(at).toLocaleString()}${told ? ` · ${told}` : ""}`));
    });
    const clear = () => {
      this.write([]);
      this.show();
    };
    this.panel.replaceChildren(
      make("ul", { class: "questions", tabIndex: 0, "aria-label": W.history }, ...items),
      make("p", {}, make("button", { type: "button", class: "other", onclick: clear }, W.clear)),
    );
  }

  read() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return Array.isArray(found) ? found.filter((item) => typeof item?.query === "string") : [];
    } catch {
      return [];
    }
  }

  write(items) {
    try {
      localStorage.setItem(KEY, JSON.stringify(items));
    } catch {
      // a browser may forbid it, or be full
    }
  }
}

function summary(query) {
  const body = query.replace(/^\s*(#.*|(PREFIX|BASE)\s[^\n]*)$/gim, "").replace(/\s+/g, " ").trim();
  return (body || query).slice(0, 120);
}
