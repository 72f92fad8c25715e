// <kg-explore>: each step of /explore without a new page, and names while they are typed. The server makes every
// page whole; what is new on it is put into this one.

import { make } from "./dom.js";

const PAUSE = 150; // milliseconds after a key until names are asked for
const NAMES = 8;
const STEPS = new Set(["#count", "#add"]); // where a step leads to; any other is a place on the page

class Explore extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("submit", (event) => this.sent(event));
    this.addEventListener("input", (event) => this.typed(event));
    this.at = whole(location.href);
    addEventListener("popstate", () => whole(location.href) !== this.at && this.load(location.href, false));
  }

  clicked(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    const url = new URL(link.getAttribute("href"), location); // a link in a picture has no text as its href
    if (url.pathname !== location.pathname || (url.hash && whole(url.href) === whole(location.href) && !STEPS.has(url.hash))) return;
    event.preventDefault();
    this.load(url.href);
  }

  sent(event) {
    event.preventDefault();
    const { target, submitter } = event;
    const url = new URL(target.action);
    url.search = new URLSearchParams(new FormData(target, submitter)).toString();
    this.load(url.href);
  }

  /** Put the page at an address into this one; the browser takes it where that fails. */
  load(address, isNew = true) {
    this.request?.abort();
    const request = (this.request = new XMLHttpRequest());
    const { hash } = new URL(address);
    request.open("GET", address);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.addEventListener("load", () => {
      const made = request.response?.querySelector("kg-explore");
      if (!made) return location.assign(address);
      const open = new Set([...this.querySelectorAll("details[open] > summary")].map((item) => item.textContent));
      this.replaceChildren(...[...made.childNodes].map((node) => document.importNode(node, true)));
      for (const summary of this.querySelectorAll("details > summary")) summary.parentElement.open = open.has(summary.textContent);
      document.title = request.response.title;
      const form = hash === "#add" && this.querySelector("#add fieldset");
      if (isNew) history.pushState(null, "", request.responseURL.split("#")[0] + (form ? "#add" : ""));
      this.at = whole(location.href);
      this.removeAttribute("aria-busy");
      this.lead(form);
    });
    request.addEventListener("error", () => location.assign(address));
    this.setAttribute("aria-busy", "true");
    request.send();
  }

  /** Lead the keyboard on: to what is wrong or is to be filled in, else to the count, which is then read out. */
  lead(form) {
    const told = this.querySelector("#count") ?? this.querySelector("h1");
    told.tabIndex = -1;
    (form ? form.querySelector(".advice a, input") : told).focus();
  }

  // ---- names while they are typed

  typed({ target }) {
    if (!target.matches?.("input[data-types]")) return;
    clearTimeout(this.clock);
    this.clock = setTimeout(() => this.propose(target), PAUSE);
  }

  propose(input) {
    if (input.value.trim().length < 2) return;
    const asked = new URLSearchParams([["q", input.value], ["limit", NAMES]]);
    for (const type of input.dataset.types.split(" ").filter(Boolean)) asked.append("type", type);
    const request = new XMLHttpRequest();
    request.open("GET", `${this.dataset.search}?${asked}`);
    request.responseType = "json";
    request.addEventListener("load", () => {
      const names = (request.response?.results ?? []).map(({ label }) => label);
      const list = this.querySelector("#names") ?? make("datalist", { id: "names" });
      list.replaceChildren(...[...new Set(names)].map((name) => make("option", { value: name })));
      input.after(list);
      input.setAttribute("list", "names");
    });
    request.send();
  }
}

/** An address without the place on its page. */
function whole(address) {
  return address.split("#")[0];
}

customElements.define("kg-explore", Explore);
