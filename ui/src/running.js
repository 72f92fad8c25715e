// Running a query: the server makes the page with its answer, and the outcome on it is put into this page.

import { make } from "./dom.js";
import { packed, plain } from "./permalink.js";
import { W } from "./words.js";

export class Runner {
  /** `action`: the address of the endpoint; `told` gets what to say while it runs; `ended` the outcome. A long query goes in a form. */
  constructor(action, { told, ended }) {
    Object.assign(this, { action, told, ended, request: null, clock: 0 });
  }

  get isRunning() {
    return this.request !== null;
  }

  /** Ask, in the place of what is asked now. `parameters` are others of the protocol. */
  run(query, parameters = []) {
    this.stop();
    const body = new URLSearchParams([["query", query], ...parameters]);
    const address = plain(this.action, body);
    const request = new XMLHttpRequest();
    const begun = performance.now();
    const end = (outcome) => {
      if (this.request !== request) return;
      this.clear();
      this.ended({ query, outcome, milliseconds: performance.now() - begun, permalink: address ?? packed(this.action, body) });
    };
    request.open(address ? "GET" : "POST", address ?? this.action);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.addEventListener("load", () => end(request.response?.getElementById("outcome") ?? fault(W.strange, "strange")));
    request.addEventListener("error", () => end(fault(W.unreachable, "unreachable")));
    this.request = request;
    this.clock = setInterval(() => this.told(W.running(Math.floor((performance.now() - begun) / 1000))), 1000);
    this.told(W.running(0));
    request.send(address ? null : body);
  }

  /** Give up what is asked now; the server stops working on it. True when something was asked. */
  stop() {
    const { request } = this;
    this.clear();
    request?.abort();
    return request !== null;
  }

  clear() {
    clearInterval(this.clock);
    this.request = null;
  }
}

function fault([title, text], code) {
  return make("div", { id: "outcome" }, make("div", { class: "fault", "data-code": code }, make("p", {}, make("strong", {}, title), ` ${text}`)));
}
