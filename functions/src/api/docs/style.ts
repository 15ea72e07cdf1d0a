/** The style of the page, whose hash is in its content security policy. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: #1d2330; --soft: #5a6475; --line: #dfe3ea; --page: #ffffff; --panel: #f5f7fa; --accent: #0b5cad;
  --get: #0a6a4b; --post: #0b5cad; --delete: #b3261e; --code: #10151f; --code-text: #e8ecf3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9ef; --soft: #a3acbb; --line: #2c323d; --page: #13161b; --panel: #1b1f26; --accent: #7db8f7;
    --get: #5fd0a5; --post: #7db8f7; --delete: #ff9a91; --code: #0b0d11; --code-text: #e8ecf3;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--page); }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.875em; }
p { margin: 0.5rem 0; overflow-wrap: anywhere; }
p:empty, .limits:empty { display: none; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.5rem; margin: 0; }
h3 { font-size: 1.125rem; margin: 0; }
h4 { font-size: 0.875rem; margin: 1.25rem 0 0.25rem; }
main { min-width: 0; padding: 1.5rem 1rem 4rem; }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 2rem; }
article { margin-top: 2rem; padding-top: 2rem; border-top: 1px dashed var(--line); }
pre { background: var(--code); color: var(--code-text); border-radius: 8px; padding: 0.9rem 1rem; margin: 0.75rem 0; overflow: auto; max-height: 26rem; tab-size: 2; }
nav { border-bottom: 1px solid var(--line); background: var(--panel); padding: 0.75rem 1rem; font-size: 0.875rem; max-height: 40vh; overflow: auto; }
nav strong { font-size: 1rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; padding: 0.2rem 0; color: var(--text); overflow-wrap: anywhere; line-height: 1.35; }
nav p { margin: 0.9rem 0 0.2rem; font-weight: 600; }
.method { font: 700 0.7rem/1.4 ui-monospace, monospace; letter-spacing: 0.02em; flex: 0 0 3.2rem; padding-top: 0.1rem; }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
.call { display: flex; gap: 0.5rem; align-items: baseline; overflow-wrap: anywhere; }
.call .method { font-size: 0.85rem; flex: none; }
.access { color: var(--soft); font-size: 0.9rem; }
.access b { color: var(--text); background: var(--panel); border: 1px solid var(--line); border-radius: 999px; padding: 0.05rem 0.55rem; font-weight: 600; }
.fields { list-style: none; margin: 0.5rem 0; padding: 0; border-top: 1px solid var(--line); }
.fields li { border-bottom: 1px solid var(--line); padding: 0.45rem 0; overflow-wrap: anywhere; }
.fields li p { margin: 0.1rem 0 0; color: var(--soft); font-size: 0.9rem; }
.fields code { font-weight: 600; }
.type, .optional, .limits { color: var(--soft); font-size: 0.85rem; overflow-wrap: anywhere; }
.optional { font-style: italic; }
.limits { font-family: ui-monospace, monospace; font-size: 0.75rem; }
.status { color: var(--get); }
.schema { margin-top: 2rem; }
:target > h3, :target > .text > h3 { color: var(--accent); }
@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; max-height: none; border: 0; border-right: 1px solid var(--line); padding: 1.5rem 1.25rem; }
  main { padding: 2.5rem 2.5rem 6rem; max-width: 72rem; }
}
@media (min-width: 75rem) {
  article { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 0.85fr); gap: 2rem; }
  .example pre:first-child { margin-top: 0; }
}
`;
