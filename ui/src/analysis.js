// What is known of the text in the field at each moment: its tokens, and what the server said of it.

import { StateEffect, StateField } from "@codemirror/state";
import { prologue, tokenize } from "./sparql/tokens.js";

const LONG = 300_000; // characters; longer texts are plain

/** The tokens of the text, with and without white space, and what PREFIX declares; none where it `isPlain`. */
export const analysis = StateField.define({
  create: (state) => analyse(state.doc.toString()),
  update: (value, change) => (change.docChanged ? analyse(change.newDoc.toString()) : value),
});

function analyse(text) {
  const isPlain = text.length > LONG;
  const all = isPlain ? [] : tokenize(text, true);
  const tokens = all.filter(({ kind }) => kind !== "space" && kind !== "comment");
  return { text, isPlain, all, tokens, ...prologue(tokens) };
}

/** The token at an offset, or ending there. */
export function tokenAt({ all }, offset) {
  return all.findLast(({ from, to }) => from <= offset && offset <= to && from < to) ?? null;
}

export const learnt = StateEffect.define(); // names in the text were asked for, and are known now

export const setServerFault = StateEffect.define();
/** What the server found wrong with the text as it stands: `{line, column, message}` or null. */
export const serverFault = StateField.define({
  create: () => null,
  update: (value, change) => {
    for (const effect of change.effects) if (effect.is(setServerFault)) return effect.value;
    return change.docChanged ? null : value;
  },
});
