/**
 * Small plots as inline SVG: they need no script, scale to a phone and print.
 * @module
 */
import type { Interval } from '../statistics.ts';
import { escapeHtml } from './html-text.ts';

/** How many values lie in each of up to `bins` equal steps; the label of a bar is where its step begins. */
export function histogram(
  title: string,
  values: readonly number[],
  options: { readonly unit: string; readonly bins?: number },
): string {
  if (values.length === 0) return '';
  const { unit, bins = 16 } = options;
  const sorted = [...values].sort((a, b) => a - b);
  // The last percent would squeeze everything else into one bar.
  const top = sorted[Math.floor((sorted.length - 1) * 0.99)] as number;
  const step = niceStep(Math.max(top, 1e-9) / bins);
  const counts: number[] = [];
  for (const value of values) {
    const bin = Math.min(Math.floor(value / step), Math.ceil(top / step));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const bars = Array.from({ length: counts.length }, (_, i) => counts[i] ?? 0);
  const labels = bars.map(
    (_, i) => `${round(i * step)}${i === bars.length - 1 && bars.length > 1 ? '+' : ''}`,
  );
  return columns(title, bars, labels, unit);
}

/** One column per label. */
export function columns(
  title: string,
  counts: readonly number[],
  labels: readonly string[],
  unit: string,
): string {
  const width = 320;
  const height = 130;
  const base = height - 26;
  const highest = Math.max(...counts, 1);
  const step = width / counts.length;
  const every = Math.ceil(counts.length / 8);
  const parts = counts.map((count, i) => {
    const h = (count / highest) * (base - 18);
    const x = i * step;
    const label = i % every === 0 || i === counts.length - 1 ? labels[i] : undefined;
    const middle = (x + step / 2).toFixed(1);
    return [
      `<rect x="${(x + 1).toFixed(1)}" y="${(base - h).toFixed(1)}" width="${Math.max(1, step - 2).toFixed(1)}" height="${h.toFixed(1)}"><title>${escapeHtml(labels[i] ?? '')} ${escapeHtml(unit)}: ${count}</title></rect>`,
      count > 0 && step > 17 ? `<text x="${middle}" y="${(base - h - 3).toFixed(1)}">${count}</text>` : '',
      label === undefined ? '' : `<text x="${middle}" y="${base + 12}">${escapeHtml(label)}</text>`,
    ].join('');
  });
  return figure(
    title,
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}<line x1="0" x2="${width}" y1="${base}" y2="${base}"/><text x="${width}" y="${height - 2}" class="end">${escapeHtml(unit)}</text></svg>`,
  );
}

/** A share per label, each with its interval as a whisker. */
export function shareBars(
  title: string,
  rows: readonly { readonly label: string; readonly value: number; readonly interval?: Interval }[],
): string {
  if (rows.length === 0) return '';
  const left = 116;
  const width = 320;
  const line = 18;
  const span = width - left - 44;
  const x = (share: number) => (left + share * span).toFixed(1);
  const parts = rows.map(({ label, value, interval }, i) => {
    const y = i * line;
    const whisker = interval
      ? `<line x1="${x(interval.low)}" x2="${x(interval.high)}" y1="${y + 9}" y2="${y + 9}" class="whisker"/>`
      : '';
    return `<text x="${left - 4}" y="${y + 13}" class="end">${escapeHtml(label)}</text><rect x="${left}" y="${y + 3}" width="${(value * span).toFixed(1)}" height="${line - 6}"/>${whisker}<text x="${width}" y="${y + 13}" class="end">${(value * 100).toFixed(0)}%</text>`;
  });
  return figure(
    title,
    `<svg viewBox="0 0 ${width} ${rows.length * line}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`,
  );
}

const figure = (title: string, svg: string) =>
  `<figure class="whole"><figcaption>${escapeHtml(title)}</figcaption>${svg}</figure>`;

function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((f) => f * power >= step) ?? 10;
  return factor * power;
}

const round = (value: number) => Math.round(value * 100) / 100;
