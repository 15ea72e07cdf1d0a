import type { Failure } from './attempt.js';
import { LANGUAGE, strings } from './strings.js';

/** Read out when it appears. */
export function FailureText({ failure }: { failure: Failure | undefined }) {
  return (
    <div class="failure" role="alert">
      {failure?.text}
      {failure?.details !== undefined && <InEnglish lines={[failure.details]} />}
    </div>
  );
}

interface InEnglishProps {
  readonly lines: readonly string[];
  readonly isFolded?: boolean;
}

/** What others wrote in English: also folded where the page has another language. */
export function InEnglish({ lines, isFolded = false }: InEnglishProps) {
  return (
    <details lang="en" open={LANGUAGE === 'en' && !isFolded}>
      <summary lang={LANGUAGE}>{strings.details}</summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}
