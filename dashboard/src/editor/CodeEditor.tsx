// CodeMirror, loaded when it is needed: `lazy(() => import("~/editor/CodeEditor"))`.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, defaultHighlightStyle, indentOnInput, indentUnit, syntaxHighlighting, HighlightStyle } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useEffectEvent, useRef } from "react";
import { nonce } from "~/theme/nonce";
import { languageFor } from "./languages";

export interface CodeEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Ctrl or Cmd with Enter. */
  readonly onSubmit: () => void;
  /** A language of the API, for its colours. */
  readonly language: string;
  readonly label: string;
}

const DARK = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "#c792ea" },
  { tag: [tags.string, tags.special(tags.string)], color: "#a5d6a7" },
  { tag: [tags.number, tags.bool, tags.null], color: "#f78c6c" },
  { tag: [tags.comment, tags.meta], color: "#9aa5b1", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "#82aaff" },
  { tag: [tags.typeName, tags.className], color: "#ffcb6b" },
  { tag: [tags.propertyName, tags.attributeName], color: "#89ddff" },
]);

export default function CodeEditor({ value, onChange, onSubmit, language, label }: CodeEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const parts = useRef({ language: new Compartment(), theme: new Compartment() });
  const scheme = useComputedColorScheme("light");
  const changed = useEffectEvent((text: string) => onChange(text));
  const submitted = useEffectEvent(() => onSubmit());
  const first = useEffectEvent(() => value);

  useEffect(() => {
    if (place.current === null) return undefined;
    const { language: languagePart, theme: themePart } = parts.current;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first(),
        extensions: [
          EditorView.cspNonce.of(nonce),
          keymap.of([{ key: "Mod-Enter", run: () => (submitted(), true) }, ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
          lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), highlightSelectionMatches(), history(), drawSelection(),
          indentOnInput(), bracketMatching(), closeBrackets(), autocompletion(), indentUnit.of("    "),
          placeholder("The program. Files can be dropped here."),
          EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
          EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-description": "Escape, then Tab, leaves it" }),
          languagePart.of([]),
          themePart.of([]),
          SIZE,
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (editor !== null && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    const colours = syntaxHighlighting(scheme === "dark" ? DARK : defaultHighlightStyle, { fallback: true });
    view.current?.dispatch({ effects: parts.current.theme.reconfigure([EditorView.theme({}, { dark: scheme === "dark" }), colours]) });
  }, [scheme]);

  useEffect(() => {
    let wanted = true;
    void languageFor(language).then((support) => {
      if (wanted) view.current?.dispatch({ effects: parts.current.language.reconfigure(support) });
    });
    return () => {
      wanted = false;
    };
  }, [language]);

  return <div ref={place} />;
}

const SIZE = EditorView.theme({
  "&": { height: "100%", minHeight: "320px", fontSize: "14px", border: "1px solid var(--mantine-color-default-border)", borderRadius: "var(--mantine-radius-sm)" },
  "&.cm-focused": { outline: "2px solid var(--mantine-primary-color-filled)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", minHeight: "320px", maxHeight: "60vh", overflow: "auto" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--mantine-color-dimmed)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--mantine-color-default-hover)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  ".cm-placeholder": { color: "var(--mantine-color-dimmed)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "light-dark(#b2e2d2, #2b5d4f)" },
});
