// The questions that come with the graph: fetched when the page is at rest, searched by words and topic.

import { make } from "./dom.js";
import { W } from "./words.js";

/** Fill a panel with the questions of the page at an address; `choose` gets the query of one. */
export function questions(panel, address, choose) {
  const request = new XMLHttpRequest();
  request.open("GET", address);
  request.responseType = "document";
  request.setRequestHeader("Accept", "text/html");
  request.addEventListener("load", () => {
    if (request.status === 200 && request.response) fill(panel, read(request.response), choose);
  });
  request.send();
}

function read(page) {
  return [...page.querySelectorAll("main section")].flatMap((section) => {
    const topic = section.querySelector("h2").textContent;
    return [...section.querySelectorAll("li a")].map((link) => ({
      topic,
      summary: link.textContent,
      href: link.getAttribute("href"),
      words: link.closest("li").textContent.toLowerCase(),
    }));
  });
}

function fill(panel, found, choose) {
  if (!found.length) return;
  const topics = [...new Set(found.map(({ topic }) => topic))];
  const field = make("input", { type: "search", id: "find", autocomplete: "off", oninput: show });
  const option = (topic) => make("option", { value: topic }, topic || W.everyTag);
  const topic = make("select", { id: "topic", onchange: show }, ...["", ...topics].map(option));
  const state = make("p", { class: "quiet", role: "status" });
  const list = make("ul", { class: "questions", tabIndex: 0, "aria-label": W.questions });
  const items = found.map((question) => {
    const link = make("a", { href: question.href }, question.summary);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(new URL(link.href).searchParams.get("query"));
    });
    return { ...question, item: make("li", {}, link) };
  });
  list.append(...items.map(({ item }) => item));
  panel.replaceChildren(
    make("div", { class: "pair" }, make("label", { for: "find" }, W.search), make("label", { for: "topic" }, W.topic), field, topic),
    state,
    list,
  );
  show();

  function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of items) {
      const fits = (!topic.value || one.topic === topic.value) && words.every((word) => one.words.includes(word));
      one.item.hidden = !fits;
      shown += fits;
    }
    state.textContent = shown ? W.found(shown) : W.none;
  }
}
