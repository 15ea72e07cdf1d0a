import { signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Reports as StoredReports } from './backend.js';
import { type Column, Columns } from './chart.jsx';
import { FindingText } from './health.jsx';
import type { Session } from './session.js';
import type { ShownReport } from './stored.js';
import { strings } from './strings.js';

const chosen = signal('');

/** The report of one day, the days before it, and its week beside the week before. */
export function Reports({ session }: { session: Session }) {
  const backend = session.backend.value;
  const reports = useSignal<StoredReports | undefined>(undefined);
  useEffect(() => {
    reports.value = undefined;
    return backend?.listenToReports((all) => {
      reports.value = all;
    });
  }, [backend]);
  if (reports.value === undefined) return <main class="notice">{strings.connecting}</main>;
  const { readable, unreadable } = reports.value;
  const report = readable.find(({ day }) => day === chosen.value) ?? readable[0];
  const failure = unreadable.length > 0 && (
    <p class="failure">{strings.unreadableReports(unreadable.join(', '))}</p>
  );
  if (report === undefined) return <main class="notice">{failure || strings.noReport}</main>;
  return (
    <main class="report">
      {failure}
      <div class="filter">
        <label>
          {strings.day}{' '}
          <select
            value={report.day}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            {readable.map(({ day }) => (
              <option key={day}>{day}</option>
            ))}
          </select>
        </label>
        <Downloads report={report} api={session.reportsUrl} />
      </div>
      {report.findings.map(({ condition, severity, text, values }) => (
        <div key={condition} class={`finding ${severity}`}>
          <FindingText {...{ condition, text, values }} />
        </div>
      ))}
      <Week report={report} />
      <div class="charts">
        <Columns label={strings.lastDays(report.trend.length)} columns={report.trend.map(trendColumn)} />
        <Columns
          label={strings.byHour}
          columns={report.hours.map(({ hour, count }) => ({ name: hour, parts: [{ kind: 'done', count }] }))}
        />
      </div>
      <Categories report={report} />
    </main>
  );
}

function trendColumn({ day, counts }: ShownReport['trend'][number]): Column {
  const kinds = ['done', 'review', 'failed'] as const;
  return { name: day, parts: counts && kinds.map((kind) => ({ kind, count: counts[kind] })) };
}

/** The numbers as JSON are made here. The files with one line for each image are those of the API. */
function Downloads({ report, api }: { report: ShownReport; api: string | undefined }) {
  const json = `data:application/json,${encodeURIComponent(JSON.stringify(report, null, 2))}`;
  return (
    <p class="downloads">
      <a href={json} download={`${report.day}.json`}>
        JSON
      </a>
      {api !== undefined &&
        (['csv', 'html'] as const).map((format) => (
          <a key={format} href={`${api}/${report.day}?format=${format}`} target="_blank" rel="noreferrer">
            {format.toUpperCase()}
          </a>
        ))}
    </p>
  );
}

function Week({ report: { day, totals, week } }: { report: ShownReport }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{strings.images}</th>
          <th scope="col">{day}</th>
          <th scope="col">{strings.sevenDays(week.reportedDays)}</th>
          <th scope="col">{strings.sevenDaysBefore(week.reportedDaysBefore)}</th>
          <th scope="col">{strings.change}</th>
        </tr>
      </thead>
      <tbody>
        {week.lines.map(({ what, count, before, change }) => (
          <tr key={what}>
            <th scope="row">{what === 'received' ? strings.received : strings.statuses[what]}</th>
            <td>{totals[what].toLocaleString()}</td>
            <td>{count.toLocaleString()}</td>
            <td>{before.toLocaleString()}</td>
            <td>{change === null ? '–' : `${change > 0 ? '+' : ''}${Math.round(change * 100)} %`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Categories({ report: { categories } }: { report: ShownReport }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{strings.category}</th>
          <th scope="col">{strings.images}</th>
          <th scope="col">{strings.share}</th>
          <th scope="col">{strings.tiers['AUTO_PROCESS']}</th>
        </tr>
      </thead>
      <tbody>
        {categories.map(({ category, count, share, automatic }) => (
          <tr key={category}>
            <th scope="row">{category}</th>
            <td>{count.toLocaleString()}</td>
            <td>{Math.round(share * 100)} %</td>
            <td>{automatic.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
