import type { VNode } from 'preact';

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** A time; with its date, unless that is today. */
export function Instant({ at }: { at: string }): VNode {
  const date = new Date(at);
  const day = DAY.format(date);
  const isToday = day === DAY.format(new Date());
  return (
    <time dateTime={at} title={at}>
      {isToday ? '' : `${day} `}
      {TIME.format(date)}
    </time>
  );
}

/** How long it was from one time to another, in words that fit a table. */
export function durationText(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
