/** Which screen is shown, and its filter: the part of the address after `#`. */
import { computed, signal } from '@preact/signals';
import { type Filter, parseFilter, queryOf } from './filter.js';
import type { ReviewOrder } from './image.js';

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

/** `wall` without a hash. */
export const screen = computed(() => hash.value.slice(1).split('?')[0] || 'wall');

const queryText = computed(() => hash.value.split('?')[1] ?? '');
const query = computed(() => new URLSearchParams(queryText.value));

/** What is reviewed: `#review?queue=suspects`, or all that waits for it. */
export const queue = computed(() => (query.value.get('queue') === 'suspects' ? 'suspects' : 'review'));

/** What is reviewed first: `#review?order=age`, or the least certain. */
export const order = computed<ReviewOrder>(() =>
  query.value.get('order') === 'age' ? 'age' : 'uncertainty',
);

const filterQuery = computed(() => (screen.value === 'wall' ? queryText.value : ''));
export const filter = computed(() => parseFilter(filterQuery.value));

/** Leaves no entry in the history, since each letter of a search is a change. */
export function changeFilter(change: Filter): void {
  const query = queryOf({ ...filter.value, ...change });
  hash.value = query === '' ? '#wall' : `#wall?${query}`;
  history.replaceState(null, '', hash.value);
}
