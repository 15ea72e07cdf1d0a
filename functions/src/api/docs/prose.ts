/** Text of the description, in which code stands between backticks. */
import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

const CODE_OR_URL = /(`[^`]+`|https:\/\/[^\s`]+)/;

export function proseHtml(text = ''): Html {
  return html`${text.split(CODE_OR_URL).map((part) => {
    if (part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    return part.startsWith('https://') ? html`<a href="${part}">${part}</a>` : part;
  })}`;
}

/** A long path may be wrapped after a slash. */
export function pathHtml(path: string): Html {
  return html`${path.split(/(?<=\/)/).map((part) => html`${part}<wbr>`)}`;
}
