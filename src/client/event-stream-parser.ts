/** One event of a `text/event-stream`. */
export interface StreamedEvent {
  /** Its `event`; `message` if there is none. */
  type: string;
  /** The lines of its `data`. */
  data: string;
}

/** Parses a `text/event-stream` as the HTML standard says, piece by piece; the text comes from a TextDecoder. */
export class EventStreamParser {
  /** The last `id`; undefined before the first, empty if it was reset. */
  lastEventId: string | undefined;
  /** The last `retry`, in ms. */
  retry: number | undefined;

  private line = '';
  private endsWithCr = false;
  private id: string | undefined;
  private type = '';
  private data: string | undefined;

  /** The events that this piece of the stream completes. */
  push(chunk: string): StreamedEvent[] {
    const events: StreamedEvent[] = [];
    const ends = /\r\n?|\n/g;
    // A CR LF may be divided by two pieces.
    let start = this.endsWithCr && chunk.startsWith('\n') ? 1 : 0;
    ends.lastIndex = start;
    for (let end = ends.exec(chunk); end; end = ends.exec(chunk)) {
      const event = this.read(this.line + chunk.slice(start, end.index));
      if (event) events.push(event);
      this.line = '';
      start = ends.lastIndex;
    }
    this.line += chunk.slice(start);
    if (chunk !== '') this.endsWithCr = chunk.endsWith('\r');
    return events;
  }

  private read(line: string): StreamedEvent | undefined {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    switch (field) {
      case 'data':
        this.data = this.data === undefined ? value : `${this.data}\n${value}`;
        break;
      case 'event':
        this.type = value;
        break;
      case 'id':
        if (!value.includes('\0')) this.id = value;
        break;
      case 'retry':
        if (/^\d+$/.test(value)) this.retry = Number(value);
        break;
    }
    return undefined;
  }

  private dispatch(): StreamedEvent | undefined {
    const { type, data } = this;
    // An id counts from its blank line on, also without data.
    this.lastEventId = this.id;
    this.type = '';
    this.data = undefined;
    return data === undefined ? undefined : { type: type || 'message', data };
  }
}
