// What the scripts say to people, in one place.

const apple = /Mac|iP(hone|ad|od)/.test(navigator.platform);
export const RUN_KEY = apple ? "⌘ Enter" : "Ctrl Enter";

export const W = {
  editor: `Query in SPARQL. ${apple ? "Command" : "Control"} and Enter run it. Tab leaves the field; where proposals are open, Escape closes them first.`,
  keys: `${RUN_KEY} runs · Ctrl Space proposes · Esc, then Tab leaves the field`,
  cancel: "Cancel",
  running: (seconds) => (seconds < 1 ? "Running…" : `Running for ${seconds} s…`),
  cancelled: "Cancelled; the server has stopped working on it.",
  timing: (milliseconds) => `${count(milliseconds)} ms`,
  failed: "See below what stood in the way.",
  garbled: "The query in the address cannot be read: a part of it may be missing.",
  unaddressed: "The query is too long for a permalink.",
  unreachable: ["The server was not reached.", "The network or the server is away. Your query is still here: run it again in a while."],
  strange: ["The answer could not be read.", "Something between you and the server answered instead of it. Run the query again."],
  position: (line, column) => `Line ${line}, column ${column}: `,
  prefixless: (prefix, known) => (known ? `The prefix ${prefix}: is not declared.` : `The prefix ${prefix}: is not declared, and not known here.`),
  declare: (prefix, namespace) => `Add PREFIX ${prefix}: <${namespace}>`,
  meant: (name) => `Did you mean ${name}?`,
  write: (name) => `Write ${name}`,
  unknown: (name) => `The vocabulary has no ${name}.`,
  absent: (name) => `Nothing in the graph is called ${name}.`,
  unused: (name) => `Nothing in this graph has ${name}.`,
  uses: (kind, uses) => `${kind}, ${uses ? `used ${count(uses)} time${uses === 1 ? "" : "s"}` : "not used yet"}`,
  variable: "variable of this query",
  keyword: "SPARQL",
  function: "function",
  questions: "Questions",
  search: "With the words",
  everyTag: "every topic",
  topic: "Topic",
  found: (number) => (number === 1 ? "1 question" : `${count(number)} questions`),
  none: "No question has these words.",
  history: "History",
  noHistory: "Queries that you run are listed here. They stay in this browser.",
  clear: "Clear the history",
  filter: "Filter these rows",
  shown: (from, to, total, all) => {
    if (!total) return `none of ${count(all)} rows`;
    return `rows ${count(from)} to ${count(to)} of ${count(total)}${total === all ? "" : `, filtered from ${count(all)}`}`;
  },
  before: "Previous",
  after: "Next",
  copy: "Copy",
  copied: "Copied",
  nearer: "Zoom in",
  farther: "Zoom out",
  whole: "Show all",
  loosen: "Arrange anew",
  bitmap: "Save as PNG",
  suggested: (number) => (number ? `${number} suggestion${number === 1 ? "" : "s"}, with the arrow keys` : "No suggestions"),
  suggestions: "Suggestions",
};

/** A number as people read it. */
export function count(number) {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
