import type { Piece, TextPiece } from './shown-action.js';

/** What to do with a piece: show these, possibly after the rest of what was shown before has become void. */
export interface Verdict {
  show: Piece[];
  /** Pieces of the earlier run that have turned out to be void. */
  void?: Piece[];
  /** The piece of the earlier run that this one repeats. */
  repeats?: Piece;
}

/**
 * Recognizes what a run repeats of an earlier run that a client was already shown, so that it is not shown twice.
 * An agent that streams outside its steps streams the same again after an answer. At the first difference, the rest
 * of the earlier run is void.
 */
export class RepeatedPieces {
  /** The message of this run that repeats the text at the head, and its text so far. */
  private current?: TextPiece;
  /** Messages of this run that continue a message of the earlier run. */
  private readonly aliases = new Map<string, string>();

  constructor(private queue: Piece[]) {}

  /** What has not been repeated so far. */
  get rest(): readonly Piece[] {
    return this.queue;
  }

  judge(piece: Piece): Verdict {
    const head = this.queue[0];
    const { current } = this;
    if (current && isText(piece) && piece.messageId === current.messageId && piece.kind === current.kind) {
      return this.compare({ ...current, delta: current.delta + piece.delta });
    }
    this.current = undefined;
    if (current && head && isText(head)) {
      if (head.delta !== current.delta) return this.differ([current, piece]);
      this.aliases.set(current.messageId, head.messageId);
      this.queue.shift();
    }
    return this.compare(piece);
  }

  private compare(piece: Piece): Verdict {
    const head = this.queue[0];
    if (!head) return { show: [this.renamed(piece)] };
    if (isText(piece)) {
      if (!isText(head) || head.kind !== piece.kind) return this.differ([piece]);
      if (head.delta.startsWith(piece.delta)) {
        this.current = piece;
        return { show: [], repeats: head };
      }
      if (!piece.delta.startsWith(head.delta)) return this.differ([piece]);
      this.current = undefined;
      this.queue.shift();
      this.aliases.set(piece.messageId, head.messageId);
      return {
        show: [this.renamed({ ...piece, delta: piece.delta.slice(head.delta.length) })],
        repeats: head,
      };
    }
    if (!isSame(head, piece)) return this.differ([piece]);
    this.queue.shift();
    return { show: [], repeats: head };
  }

  private differ(show: Piece[]): Verdict {
    const rest = this.queue;
    this.queue = [];
    this.current = undefined;
    return { show: show.map((piece) => this.renamed(piece)), void: rest };
  }

  private renamed(piece: Piece): Piece {
    return { ...piece, messageId: this.aliases.get(piece.messageId) ?? piece.messageId };
  }
}

function isText(piece: Piece): piece is TextPiece {
  return piece.kind === 'text' || piece.kind === 'reasoning';
}

function isSame(a: Piece, b: Piece): boolean {
  if (a.kind === 'call' && b.kind === 'call') {
    return a.callId === b.callId && a.name === b.name && a.args === b.args;
  }
  return a.kind === 'result' && b.kind === 'result' && a.callId === b.callId && a.content === b.content;
}
