/**
 * A small dot chart: from the baseline (ring) to the target (dot), a line for each plan, on one scale.
 * @module
 */
import type { TemplateResult } from 'lit';
import { html, nothing, svg } from 'lit';
import type { BoardRow } from './types.ts';

const WIDTH = 260;
const LINE = 20;
const NAME_WIDTH = 84;
const MARGIN = 8;

/** The chart of a row; none where values may not be compared, or fewer than two are numbers. */
export function chartView(
  { comparable, indicators, numbers, unit }: BoardRow,
  nameOf: (planId: string) => string,
): TemplateResult | typeof nothing {
  const lines = indicators.flatMap(({ planId }, i) => {
    const { baseline, target } = numbers[i] ?? {};
    return target === undefined ? [] : [{ name: nameOf(planId), baseline, target }];
  });
  if (!comparable || lines.length < 2) return nothing;
  const values = lines.flatMap(({ baseline, target }) => [
    target,
    ...(baseline === undefined ? [] : [baseline]),
  ]);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const x = (value: number) =>
    NAME_WIDTH + MARGIN + ((value - low) / span) * (WIDTH - NAME_WIDTH - 2 * MARGIN);
  const said = lines
    .map(
      ({ name, baseline, target }) => `${name} ${baseline === undefined ? '' : `${baseline} 到 `}${target}`,
    )
    .join('，');
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${lines.length * LINE}" width=${WIDTH} height=${lines.length * LINE}
    role="img" aria-label="图：${said}${unit ? `（${unit}）` : ''}">
    ${lines.map(({ name, baseline, target }, i) => {
      const y = (i + 0.5) * LINE;
      return svg`
        <text x="0" y=${y} dy="0.36em">${shorten(name)}</text>
        <line class="axis" x1=${NAME_WIDTH} x2=${WIDTH} y1=${y} y2=${y} />
        ${
          baseline === undefined
            ? nothing
            : svg`<line class="way" x1=${x(baseline)} x2=${x(target)} y1=${y} y2=${y} />
              <circle class="from" cx=${x(baseline)} cy=${y} r="4" />`
        }
        <circle class="to" cx=${x(target)} cy=${y} r="5" />`;
    })}
  </svg>`;
}

const shorten = (name: string) => (name.length > 6 ? `${name.slice(0, 5)}…` : name);
