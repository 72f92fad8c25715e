// The table of an answer: sorted by a click on a head, filtered, and in pages.

import { make } from "./dom.js";
import { W } from "./words.js";

const PAGE = 50;
const compare = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" }).compare;

/**
 * Add the means to a table that the server made, and arrange it `like` another one of the same answer. Returns what
 * tells how it is arranged: `{words, by, down}`.
 */
export function enrich(table, like = {}) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, cells: [...row.cells].map(valueOf), text: row.textContent.toLowerCase() }));
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent.trim());
  let chosen = rows;
  let page = 0;

  const state = make("span", { role: "status" });
  const before = make("button", { type: "button", class: "other", onclick: () => turn(-1) }, W.before);
  const after = make("button", { type: "button", class: "other", onclick: () => turn(1) }, W.after);
  const field = make("input", { type: "search", id: "filter", autocomplete: "off", oninput: () => choose() });
  const bar = make("p", { class: "row bar" }, make("label", { for: "filter" }, W.filter), field, state, before, after);
  if (rows.length > 5) table.closest(".scroll").before(bar);

  heads.forEach((head, column) => {
    const button = make("button", { type: "button", class: "sort", onclick: () => sort(head, column) }, ...head.childNodes);
    head.replaceChildren(button);
  });
  field.value = like.words ?? "";
  const column = names.indexOf(like.by);
  for (const _ of column < 0 ? [] : like.down ? "↑↓" : "↑") sort(heads[column], column);
  choose();
  return () => {
    const by = heads.findIndex((head) => head.hasAttribute("aria-sort"));
    return { words: field.value, by: names[by], down: heads[by]?.getAttribute("aria-sort") === "descending" };
  };

  function sort(head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const empty = (item) => item.cells[column] === "";
    rows.sort((one, other) => {
      if (empty(one) || empty(other)) return empty(one) - empty(other); // what is not there goes last
      return compare(one.cells[column], other.cells[column]) * (down ? -1 : 1);
    });
    body.append(...rows.map((item) => item.row));
    choose();
  }

  function choose() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    chosen = rows.filter(({ text }) => words.every((word) => text.includes(word)));
    page = 0;
    show();
  }

  function turn(by) {
    page += by;
    show();
  }

  function show() {
    const from = page * PAGE;
    const to = Math.min(from + PAGE, chosen.length);
    const here = new Set(chosen.slice(from, to));
    const kept = new Set(chosen);
    for (const item of rows) {
      item.row.hidden = !here.has(item);
      item.row.classList.toggle("elsewhere", kept.has(item)); // on another page: printed all the same
    }
    state.textContent = W.shown(from + 1, to, chosen.length, rows.length);
    before.disabled = page === 0;
    after.disabled = to >= chosen.length;
    before.hidden = after.hidden = chosen.length <= PAGE;
  }
}

function valueOf(cell) {
  return cell.firstChild?.textContent.trim() ?? "";
}
