/** The value below which the given share (0 to 1) of the values lies. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export function median(values) {
  return quantile(values, 0.5);
}

/** Summary statistics of durations. */
export function summarize(milliseconds) {
  return {
    p50: round(quantile(milliseconds, 0.5)),
    p95: round(quantile(milliseconds, 0.95)),
    p99: round(quantile(milliseconds, 0.99)),
    max: round(quantile(milliseconds, 1)),
  };
}

export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}
