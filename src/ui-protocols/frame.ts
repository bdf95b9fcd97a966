/** One server-sent event: JSON in one line of data. */
export function frame(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
