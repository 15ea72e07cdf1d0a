/** Numbers and dates for people. They do not depend on the language of the machine. */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const NO_BREAK = '\u00a0';

export function count(value: number): string {
  return WHOLE.format(value);
}

/** "1 image", "2 images". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function percent(share: number): string {
  const value = share * 100;
  const digits = value !== 0 && Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0);
  return `${digits}${NO_BREAK}%`;
}

export function signedPercent(change: number): string {
  return `${change > 0 ? '+' : change < 0 ? '−' : '±'}${percent(Math.abs(change))}`;
}

export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1000) return `${count(ms)}${NO_BREAK}ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))}${NO_BREAK}s`;
  return ms < 5_400_000
    ? `${count(ms / 60_000)}${NO_BREAK}min`
    : `${Number((ms / 3_600_000).toFixed(1))}${NO_BREAK}h`;
}

export function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}

/** "Friday 20 November 2026". */
export function longDate(day: Day): string {
  const date = new Date(`${day}T12:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(date);
  return `${part({ weekday: 'long' })} ${part({ day: 'numeric' })} ${part({ month: 'long' })} ${day.slice(0, 4)}`;
}
