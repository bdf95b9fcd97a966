import { CONCURRENCIES, turnFigures } from './figures.mjs';

const LABELS = 210;
const PANEL = { width: 200, gap: 24, top: 62, row: 24, bar: 15 };
const OURS = '#c2255c';
const OTHERS = '#868e96';

/** Two rows of bar charts: turns per second and the median turn, each with 1, 8 and 32 clients. */
export function drawChart(servers, lines) {
  const measured = servers.filter(({ id }) => turnFigures(lines, id, CONCURRENCIES[0]));
  const height = PANEL.top + measured.length * PANEL.row;
  const rows = [
    drawRow(measured, lines, 'Turns per second (more is better)', ({ perSecond }) => perSecond),
    drawRow(measured, lines, 'Median turn, POST to answer, ms (less is better)', ({ p50 }) => p50),
  ];
  const width = LABELS + CONCURRENCIES.length * (PANEL.width + PANEL.gap);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${rows.length * height + 16}"`,
    '  font-family="system-ui, sans-serif" font-size="12" fill="#212529" role="img">',
    '  <title>Turns per second and median turn of each server</title>',
    `  <rect width="100%" height="100%" fill="#ffffff"/>`,
    ...rows.map((row, index) => `  <g transform="translate(0 ${index * height})">\n${row}\n  </g>`),
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(servers, lines, title, pick) {
  const names = servers.map(({ title: name }, index) =>
    text(LABELS - 10, barMiddle(index), name, { 'text-anchor': 'end' }),
  );
  return [
    text(12, 24, title, { 'font-weight': 'bold', 'font-size': 14 }),
    ...names,
    ...CONCURRENCIES.flatMap((concurrency, column) => drawPanel(servers, lines, concurrency, column, pick)),
  ]
    .map((line) => `    ${line}`)
    .join('\n');
}

function drawPanel(servers, lines, concurrency, column, pick) {
  const left = LABELS + column * (PANEL.width + PANEL.gap);
  const figures = servers.map(({ id }) => turnFigures(lines, id, concurrency));
  const most = Math.max(...figures.map((figure) => (figure ? pick(figure) : 0)));
  const scale = (PANEL.width - 45) / (most || 1);
  return [
    text(left, PANEL.top - 12, `${concurrency} ${concurrency === 1 ? 'client' : 'clients'}`, {
      fill: '#495057',
    }),
    ...servers.flatMap(({ isPeer }, index) => {
      const figure = figures[index];
      if (!figure) return [text(left, barMiddle(index), 'not measured', { fill: '#868e96' })];
      const value = pick(figure);
      const top = PANEL.top + index * PANEL.row;
      const length = Math.max(1, Math.round(value * scale));
      return [
        `<rect x="${left}" y="${top}" width="${length}" height="${PANEL.bar}" rx="2" fill="${isPeer ? OTHERS : OURS}"/>`,
        text(left + length + 5, barMiddle(index), String(value >= 100 ? Math.round(value) : value)),
      ];
    }),
  ];
}

/** The base line of text beside a bar. */
function barMiddle(index) {
  return PANEL.top + index * PANEL.row + 12;
}

function text(x, y, content, attributes = {}) {
  const list = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<text x="${x}" y="${y}"${list.join('')}>${content}</text>`;
}
