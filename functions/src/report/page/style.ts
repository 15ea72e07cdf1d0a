import { Html } from './html.js';

/** Colours follow the system by `light-dark()`. Paper is always light. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f5f2, #131416);
  --card: light-dark(#ffffff, #1d1f22);
  --ink: light-dark(#1c1e21, #eceae6);
  --muted: light-dark(#66696e, #9b9da1);
  --line: light-dark(#e1e0db, #34363a);
  --accent: light-dark(#4062bb, #8aa6f0);
  --auto: light-dark(#2f8f6b, #4fbf93);
  --review: light-dark(#e0a030, #e9b657);
  --failed: light-dark(#cf5545, #ee8172);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 28px 20px 48px; max-width: 1040px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { font-size: 30px; line-height: 1.15; letter-spacing: -0.02em; margin: 2px 0 0; text-wrap: balance; }
h2 { font-size: 16px; margin: 0 0 2px; letter-spacing: -0.005em; }
h3 { font-size: 14px; margin: 18px 0 2px; overflow-wrap: anywhere; }
p { margin: 0; }
a { color: var(--accent); }
.muted, figcaption { color: var(--muted); font-size: 13px; }
.lead { font-size: 18px; line-height: 1.45; margin: 14px 0 0; max-width: 46em; text-wrap: pretty; }
section, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; }
section { margin-top: 16px; min-width: 0; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; align-items: start; margin-top: 16px; }
.pair > section { margin-top: 0; height: 100%; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin-top: 20px; }
.tile { border-top: 4px solid var(--tone, var(--accent)); padding: 12px 16px 14px; }
.tile b { display: block; font-size: 30px; line-height: 1.15; letter-spacing: -0.02em; }
.findings { list-style: none; margin: 20px 0 0; padding: 0; display: grid; gap: 8px; }
.findings li {
  background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 8px;
  padding: 10px 14px;
}
.findings b { margin-right: 6px; }
.ok { --tone: var(--auto); } .warning { --tone: var(--review); } .critical { --tone: var(--failed); }
figure { margin: 0; }
.plot { width: 100%; height: auto; margin-top: 8px; overflow: visible; }
.plot text { fill: var(--ink); }
.key { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin: 0 4px 0 10px; background: var(--tone); }
.key:first-child { margin-left: 0; }
.gallery { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 14px 12px; margin-top: 14px; }
.gallery figure { min-width: 0; break-inside: avoid; }
.gallery img, .gallery .none {
  display: grid; place-items: center; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; border-radius: 8px;
  background: var(--page); border: 1px solid var(--line); color: var(--muted); font-size: 12px;
}
.gallery figcaption { line-height: 1.35; margin-top: 6px; font-size: 12px; overflow-wrap: anywhere; }
.gallery b { color: var(--ink); font-size: 13px; font-weight: 600; }
.gallery b, .gallery .name { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 10px; font-size: 14px; }
th, td { text-align: right; padding: 5px 0 5px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; overflow-wrap: anywhere; }
td.flip { overflow-wrap: break-word; min-width: 7em; }
.scroll + p { margin-top: 14px; }
.examples { width: 60%; text-align: left; white-space: normal; overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; font-size: 12px; }
tr:last-child td { border-bottom: 0; }
footer { margin-top: 24px; display: grid; gap: 4px; }
@media screen and (max-width: 760px) {
  body { padding: 18px 12px 32px; }
  h1 { font-size: 25px; }
  .lead { font-size: 16px; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  section, .card { padding: 14px; }
  .gallery { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 10px; }
}
@media print {
  :root { color-scheme: light; --page: #ffffff; }
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .pair { gap: 10px; margin-top: 10px; }
  .pair > section { height: auto; }
  section { padding: 12px 14px; margin-top: 10px; }
  section, .tile, .findings li, .pair { break-inside: avoid; }
  section.long { break-inside: auto; }
  .files { display: none; }
  footer { margin-top: 10px; gap: 0; }
  a { color: inherit; text-decoration: none; }
}
`);
