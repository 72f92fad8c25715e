// The field of code: CodeMirror with the tokens of SPARQL; faults, proposals and explanations hang on these.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { bracketMatching, indentService, indentUnit } from "@codemirror/language";
import { forceLinting, linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightSpecialChars, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { analysis, learnt, serverFault, setServerFault, tokenAt } from "./analysis.js";
import { make } from "./dom.js";
import { faults, ownNames } from "./faults.js";
import { proposals } from "./proposals.js";
import { AGGREGATES, FUNCTIONS, KEYWORDS } from "./sparql/grammar.js";
import { theme } from "./theme.js";
import { W } from "./words.js";

const WORD_CLASS = new Map([
  ...KEYWORDS.map((word) => [word, "word"]),
  ...[...AGGREGATES, ...Object.keys(FUNCTIONS)].map((word) => [word, "function"]),
]);

function colour({ kind, text, word }) {
  if (kind === "word") return text === "a" ? "word" : WORD_CLASS.get(word) ?? "odd";
  return { variable: "variable", name: "name", iri: "iri", string: "string", open: "string", language: "string", number: "number", comment: "comment", blank: "variable", odd: "odd" }[kind];
}

const MARKS = Object.fromEntries(
  ["word", "function", "variable", "name", "iri", "string", "number", "comment", "odd"].map((name) => [name, Decoration.mark({ class: `k-${name}` })]),
);

const colours = EditorView.decorations.compute([analysis], (state) => {
  const ranges = [];
  for (const token of state.field(analysis).all) {
    const name = colour(token);
    if (name) ranges.push(MARKS[name].range(token.from, token.to));
  }
  return Decoration.set(ranges);
});

// Chrome puts the style of what is typed over into the page, which the policy of the page forbids.
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.inputType !== "insertText" || !event.data || main.empty || view.composing) return false;
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, event.data, insert))) view.dispatch(insert());
    return true;
  },
});

const indentation = indentService.of(({ state }, offset) => {
  const { tokens } = state.field(analysis);
  const line = state.doc.lineAt(offset);
  let depth = 0;
  for (const { word, from } of tokens) {
    if (from >= line.from) break;
    if ("{([".includes(word) && word) depth += 1;
    else if ("})]".includes(word) && word) depth -= 1;
  }
  if (/^\s*[})\]]/.test(line.text)) depth -= 1;
  return 2 * Math.max(0, depth);
});

/** Have the server asked for names that only it knows, once nobody has typed or chosen for a while. */
function inquire(view, lexicon) {
  clearTimeout(lexicon.clock);
  lexicon.clock = setTimeout(async () => {
    if (completionStatus(view.state)) {
      inquire(view, lexicon);
      return;
    }
    const names = ownNames(view.state, lexicon).map(({ iri }) => iri);
    if (await lexicon.learn(names)) view.dispatch({ effects: learnt.of(null) });
  }, 600);
}

/**
 * Put a field of code into an element.
 *
 * `lexicon` knows the words of the graph; `run` is called by the key for it, `changed` with each new state, and
 * `told` with the faults found.
 */
export function codeField(parent, text, { lexicon, run, changed, told }) {
  const view = new EditorView({
    parent,
    root: parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        analysis,
        serverFault,
        colours,
        theme,
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        bracketMatching(),
        closeBrackets(),
        indentation,
        typedOver,
        indentUnit.of("  "),
        highlightSelectionMatches(),
        EditorView.lineWrapping,
        EditorState.languageData.of(() => [{ commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } }]),
        EditorView.contentAttributes.of({ "aria-label": W.editor, autocapitalize: "off", spellcheck: "false" }),
        linter(async (view) => {
          await lexicon.ready;
          const found = faults(view.state, lexicon);
          told(found, view.state);
          inquire(view, lexicon);
          return found;
        }, { delay: 300, needsRefresh: ({ transactions }) => transactions.some(({ effects }) => effects.some((effect) => effect.is(learnt) || effect.is(setServerFault))) }),
        lintGutter(),
        autocompletion({
          override: [(context) => proposals(context, lexicon)],
          icons: false,
          maxRenderedOptions: 60,
          addToOptions: [{ render: ({ kind }) => make("span", { class: "k-kind" }, kind ?? ""), position: 90 }],
        }),
        hoverTooltip(async ({ state }, offset) => {
          const told = await explain(state, offset, lexicon);
          if (!told) return null;
          const create = () => ({ dom: make("div", { class: "k-told" }, make("strong", {}, told.label), make("span", {}, told.detail), told.definition, make("code", {}, told.iri)) });
          return { pos: told.from, end: told.to, above: true, create };
        }),
        keymap.of([
          { key: "Mod-Enter", run: () => (run(), true) },
          { key: "Mod-/", run: toggleComment },
          { key: "Tab", run: acceptCompletion },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...lintKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged || update.selectionSet) changed(update);
        }),
      ],
    }),
  });
  return {
    view,
    get text() {
      return view.state.doc.toString();
    },
    set text(value) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, selection: { anchor: 0 }, scrollIntoView: true });
    },
    /** Mark what the server found wrong. */
    blame(fault) {
      view.dispatch({ effects: setServerFault.of(fault) });
      forceLinting(view);
    },
    /** Make an edit, as `{from, to, insert}`. */
    edit(change) {
      view.dispatch({ changes: change });
      view.focus();
    },
  };
}

/** What is known of the name at an offset: `{from, to, label, detail, definition, iri}`, or null. */
export async function explain(state, offset, lexicon) {
  const found = state.field(analysis);
  const token = tokenAt(found, offset);
  await lexicon.ready;
  const iri = token && lexicon.expand(token, found.prefixes);
  if (!iri || token.to <= found.end) return null;
  const { from, to } = token;
  const term = lexicon.byIri.get(iri);
  if (term) return { from, to, iri, label: term.label || term.name, detail: W.uses(term.kind, term.uses), definition: term.definition };
  const label = await lexicon.label(iri);
  return label ? { from, to, iri, label, detail: "", definition: "" } : null;
}
