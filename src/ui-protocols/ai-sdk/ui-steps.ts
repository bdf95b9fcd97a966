import type { UiChunk } from './ui-chunk.js';

/** The steps of an assistant's message, and the text that is open in them. */
export class UiSteps {
  private isOpen = false;
  /** Whether the step has the result of a tool: what follows belongs to the next step. */
  private hasResult = false;
  /** The assistant's message that the step has text of. */
  private messageId?: string;
  private open?: { kind: 'text' | 'reasoning'; id: string };

  text(kind: 'text' | 'reasoning', id: string, delta: string): UiChunk[] {
    const { open } = this;
    const opening: UiChunk[] = [];
    if (open?.kind !== kind || open.id !== id || this.hasResult) {
      opening.push(...this.closeText());
      opening.push(...this.step(this.messageId !== undefined && this.messageId !== id));
      opening.push({ type: `${kind}-start`, id });
      this.open = { kind, id };
    }
    this.messageId = id;
    return [...opening, { type: `${kind}-delta`, id, delta }];
  }

  call(): UiChunk[] {
    return [...this.closeText(), ...this.step(false)];
  }

  /** Before the result of a tool, which may belong to an earlier step. */
  result(): UiChunk[] {
    this.hasResult = true;
    return this.closeText();
  }

  /** Begins a new step if the present one has results. */
  afterResults(): UiChunk[] {
    return this.hasResult ? this.step(true) : [];
  }

  closeText(): UiChunk[] {
    const { open } = this;
    this.open = undefined;
    return open ? [{ type: `${open.kind}-end`, id: open.id }] : [];
  }

  finish(): UiChunk[] {
    const closing = this.closeText();
    if (!this.isOpen) return closing;
    this.isOpen = false;
    return [...closing, { type: 'finish-step' }];
  }

  private step(isNew: boolean): UiChunk[] {
    if (this.isOpen && !isNew && !this.hasResult) return [];
    const closing = this.finish();
    this.isOpen = true;
    this.hasResult = false;
    this.messageId = undefined;
    return [...closing, { type: 'start-step' }];
  }
}
