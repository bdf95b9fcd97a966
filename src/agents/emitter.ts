import { checkEvent } from './event-check.js';
import type { EmittedEvent } from './emitted-event.js';

/** Maximum size of all events of one turn, in bytes of JSON. */
const MAX_EVENTS = 16 * 1024 * 1024;

/** What an agent emits in one run, within the limits of its turn. */
export class Emitter {
  constructor(
    /** The size of what earlier runs of the turn have emitted. */
    private bytes: number,
    private readonly send: (event: EmittedEvent) => void,
  ) {}

  emit(emitted: unknown): void {
    const event = checkEvent(emitted);
    if (!event) return;
    if (this.bytes + event.bytes > MAX_EVENTS) {
      throw new RangeError(
        `turn.emit: the events of one turn may have at most ${MAX_EVENTS} bytes (16 MiB) of JSON`,
      );
    }
    this.send(event);
    this.bytes += event.bytes;
  }
}
